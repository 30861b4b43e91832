#include "issuer_process.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace dragoman::integration {

IssuerProcess::IssuerProcess()
    : process_(std::make_unique<Process>(
          std::vector<std::string>{"node", (std::filesystem::path(ISSUER_FOLDER) / "server.js").string()})),
      url_(process_->WaitForLine("issuer ")),
      control_(process_->WaitForLine("control ")) {}

void IssuerProcess::AddKey(std::string_view kid, std::string_view algorithm) {
  Control("POST", "/keys?kid=" + std::string(kid) + "&alg=" + std::string(algorithm));
}

void IssuerProcess::WithdrawKey(std::string_view kid) { Control("DELETE", "/keys?kid=" + std::string(kid)); }

std::string IssuerProcess::Token(std::string_view kid, std::string_view more) {
  return Control("GET", "/token?aud=shop-api&sub=joe&kid=" + std::string(kid) + std::string(more));
}

void IssuerProcess::Behave(std::string_view manners) { Control("POST", "/manners?are=" + std::string(manners)); }

int IssuerProcess::served() { return std::atoi(Control("GET", "/served").c_str()); }

std::string IssuerProcess::Control(std::string_view http_method, const std::string& target) {
  const HttpResponse response = Fetch(control_, http_method, target);
  EXPECT_EQ(response.status, 200) << target << ": " << response.body;
  return response.body;
}

}  // namespace dragoman::integration
