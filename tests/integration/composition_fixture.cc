#include "composition_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

namespace dragoman::integration {

ComposeBackend::ComposeBackend() : process_({COMPOSITION_BACKEND}) { address_ = process_.WaitForLine("listening on "); }

GatewayOptions Composing(const ComposeBackend& backend, const std::string& compositions, const std::string& more) {
  GatewayOptions options;
  options.descriptors = "[{file: \"" COMPOSITION_DESCRIPTORS "\"}]";
  options.backend = "compose";
  options.endpoints = {backend.address()};
  options.services = R"([{name: "compose.v1.*", backend: compose}])";
  options.more = (compositions.empty() ? "" : "compositions:\n" + compositions + "\n") + more;
  return options;
}

std::string CallsOf(const Gateway& gateway) {
  HttpResponse response = Fetch(gateway.address(), "POST", "/compose.v1.Calls/Get");
  EXPECT_EQ(response.status, 200) << response.body;
  return response.body;
}

long CallCount(const Gateway& gateway, const std::string& method, const std::string& count) {
  return std::atol(JsonAt(CallsOf(gateway), "counts." + method + "." + count).c_str());
}

void WaitForCallCount(const Gateway& gateway, const std::string& method, const std::string& count, long value) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  long last = -1;
  while (std::chrono::steady_clock::now() < end) {
    last = CallCount(gateway, method, count);
    if (last == value) return;
  }
  ADD_FAILURE() << method << " " << count << " is " << last << ", expected " << value;
}

void AwaitFigure(const Gateway& gateway, const std::string& line) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  std::string page;
  while (std::chrono::steady_clock::now() < end) {
    page = AskAdmin(gateway, "GET", "/metrics").body;
    if (page.find("\n" + line + "\n") != std::string::npos) return;
  }
  ADD_FAILURE() << "no " << line << " in\n" << page;
}

}  // namespace dragoman::integration
