#include "weather.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

#include "pause.h"

namespace dragoman::soak {
namespace {

using std::chrono::steady_clock;

// An address of its own: on 127.0.0.1 a client's connection could take the port while the backend is down.
constexpr const char* kAnyPort = "127.0.0.2:0";
constexpr double kStormSeconds = 0.3;

}  // namespace

Weather::Weather(std::string shop_backend) : shop_backend_(std::move(shop_backend)) { Start(kAnyPort); }

void Weather::Start(const std::string& listen) {
  backend_ = std::make_unique<integration::Process>(std::vector<std::string>{shop_backend_, "--listen", listen});
  address_ = backend_->WaitForLine("listening on ");
}

void Weather::AwaitFair(const std::string& gateway_address) {
  auto end = steady_clock::now() + integration::kPatience;
  for (int served = 0; served < kProbes;) {
    if (steady_clock::now() > end) {
      ADD_FAILURE() << "the gateway does not find the backend again";
      return;
    }
    served = integration::Fetch(gateway_address, "GET", "/v1/users/ada").status == 200 ? served + 1 : 0;
  }
}

void Weather::Blow(const std::string& gateway_address, double seconds, double fair) {
  auto end = steady_clock::now() + std::chrono::duration<double>(seconds);
  for (int storm = 0; steady_clock::now() + std::chrono::duration<double>(fair) < end; ++storm) {
    Pause(fair);
    ++epoch_;
    backend_->Signal(storm % 2 == 0 ? SIGKILL : SIGTERM);
    backend_->Wait();
    Pause(kStormSeconds);
    Start(address_);
    AwaitFair(gateway_address);
    ++epoch_;
  }
  Pause(std::chrono::duration<double>(end - steady_clock::now()).count());
}

}  // namespace dragoman::soak
