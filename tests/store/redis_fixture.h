#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_redis.h"
#include "redis_server.h"
#include "run_until.h"
#include "store/redis.h"

namespace dragoman::store {

using namespace std::chrono_literals;

// What an answer comes to: ":5", "$text", "+OK", "-ERR …", "nil", "[:1 $a]"; "none" if there is none.
inline std::string Told(const Reply& reply) {
  switch (reply.type) {
    case Reply::Type::kNil:
      return "nil";
    case Reply::Type::kInteger:
      return ":" + std::to_string(reply.integer);
    case Reply::Type::kText:
      return "$" + std::string(reply.text);
    case Reply::Type::kStatus:
      return "+" + std::string(reply.text);
    case Reply::Type::kError:
      return "-" + std::string(reply.text);
    case Reply::Type::kArray:
      break;
  }
  std::string text = "[";
  for (const Reply& element : reply.elements) text.append(text.size() == 1 ? "" : " ").append(Told(element));
  return text + "]";
}

class RedisTest : public testing::Test {
 protected:
  // Patient with answers that are expected, and quick to come back.
  static RedisOptions OptionsOf(const std::string& url) {
    config::Redis redis;
    redis.url = config::TextSource{.kind = config::TextSource::Kind::kText, .value = url, .at = {}};
    auto options = RedisOptions::From(redis);
    EXPECT_TRUE(options) << options.error().what;
    options->timeout = options->connect_timeout = 10s;
    options->min_pause = options->max_pause = 10ms;
    return *std::move(options);
  }

  // Runs the loop until `done`; false after ten seconds.
  bool RunUntil(const std::function<bool()>& done) { return dragoman::RunUntil(loop_, done); }

  std::unique_ptr<Redis> Begin(RedisOptions options) {
    return std::make_unique<Redis>(loop_, side_thread_, std::move(options));
  }

  std::unique_ptr<Redis> Connect(RedisOptions options) {
    auto redis = Begin(std::move(options));
    EXPECT_TRUE(RunUntil([&] { return redis->up(); }));
    return redis;
  }

  // Does `begin` and runs the loop until the log holds `part`, ten seconds at most. What was logged.
  std::string LogUntil(std::string_view part, const std::function<void()>& begin) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    testing::internal::CaptureStderr();
    begin();
    std::string log = testing::internal::GetCapturedStderr();
    const auto work = asio::make_work_guard(loop_.io());
    loop_.io().restart();
    while (log.find(part) == std::string::npos && std::chrono::steady_clock::now() < end) {
      testing::internal::CaptureStderr();
      loop_.io().run_one_for(1s);
      log += testing::internal::GetCapturedStderr();
    }
    return log;
  }

  static Task<void> RunInto(Redis& redis, const Script& script, std::vector<std::string_view> keys,
                            std::vector<std::string_view> arguments, std::optional<std::string>& told) {
    const Reply* reply = co_await redis.Run(script, keys, arguments);
    if (reply == nullptr) {
      told = "none";
    } else {
      told = Told(*reply);
    }
  }

  std::string Run(Redis& redis, std::string_view text, std::vector<std::string_view> keys = {},
                  std::vector<std::string_view> arguments = {}) {
    const Script script(text);
    std::optional<std::string> told;
    loop_.Spawn(RunInto(redis, script, std::move(keys), std::move(arguments), told));
    if (!RunUntil([&] { return told.has_value(); })) return "still waiting";
    return *told;
  }

  // Runs the script again and again until it is answered so; false after `patience`.
  bool RunUntilTold(Redis& redis, std::string_view text, const std::string& told, Duration patience = 10s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (Run(redis, text) != told) {
      if (std::chrono::steady_clock::now() >= end) return false;
      bool turned = false;
      asio::steady_timer turn(loop_.io(), 5ms);
      turn.async_wait([&](const boost::system::error_code&) { turned = true; });
      RunUntil([&] { return turned; });
    }
    return true;
  }

  Loop loop_;
  SideThread side_thread_;  // ends before the loop that it tells
};

}  // namespace dragoman::store
