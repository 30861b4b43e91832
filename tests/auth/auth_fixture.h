#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/container/small_vector.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/side_thread.h"
#include "exchange/exchange.h"
#include "scripted_server.h"

namespace dragoman::auth {

inline config::TextSource Secret(std::string text) {
  return {.kind = config::TextSource::Kind::kText, .value = std::move(text), .at = {}};
}

// A loop that runs while a test waits.
class AuthTest : public testing::Test {
 protected:
  using Connection = ScriptedServer::Connection;

  // Runs the loop until `done`, which is asked every few milliseconds at the latest; false after ten seconds.
  bool RunUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    loop_.io().restart();
    const auto work = asio::make_work_guard(loop_.io());
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      loop_.io().run_one_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  Loop loop_;
  SideThread side_thread_;
};

}  // namespace dragoman::auth
