#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fake_redis.h"
#include "rate_limit/redis_windows.h"
#include "redis_server.h"
#include "run_until.h"

namespace dragoman::rate_limit {

using namespace std::chrono_literals;
using config::LimitWindow;

// Windows so long that nothing comes back while a test runs.
inline LimitWindow Rate(uint64_t amount, uint64_t burst, config::Milliseconds per = 10'000h) {
  LimitWindow window;
  window.kind = LimitWindow::Kind::kRate;
  window.name = "rate";
  window.amount = amount;
  window.burst = burst;
  window.per = per;
  return window;
}

inline LimitWindow Quota(uint64_t amount, config::Milliseconds per = 10'000h) {
  LimitWindow window;
  window.kind = LimitWindow::Kind::kQuota;
  window.name = "quota";
  window.amount = amount;
  window.per = per;
  return window;
}

// Patient with answers that are expected, and quick to come back.
inline store::RedisOptions OptionsOf(const std::string& url) {
  config::Redis redis;
  redis.url = config::TextSource{.kind = config::TextSource::Kind::kText, .value = url, .at = {}};
  auto options = store::RedisOptions::From(redis);
  EXPECT_TRUE(options);
  options->timeout = options->connect_timeout = 10s;
  options->min_pause = options->max_pause = 10ms;
  return *std::move(options);
}

// A worker as far as shared limits see it.
class Worker {
 public:
  explicit Worker(store::RedisOptions options)
      : redis_(loop_, side_thread_, std::move(options)), windows_(redis_, "p:") {}

  // Runs the loop until `done`; false after ten seconds.
  bool RunUntil(const std::function<bool()>& done) { return dragoman::RunUntil(loop_, done); }

  bool Connect() {
    return RunUntil([this] { return redis_.up(); });
  }

  // Nothing if the store does not answer.
  std::optional<std::vector<Verdict>> Take(const std::vector<Charge>& charges) {
    std::vector<Verdict> verdicts(charges.size());
    std::optional<bool> known;
    loop_.Spawn(TakeInto(windows_, charges, verdicts, known));
    EXPECT_TRUE(RunUntil([&] { return known.has_value(); }));
    if (!known.value_or(false)) return std::nullopt;
    return verdicts;
  }

  // "yes 4" with what remains, "no 0", "never 5"; "?" if the store does not answer.
  std::string Tell(const std::vector<Charge>& charges) {
    const auto verdicts = Take(charges);
    if (!verdicts) return "?";
    std::string told;
    for (const Verdict& verdict : *verdicts) {
      const bool never = verdict.retry_after == Duration::max();
      told.append(told.empty() ? "" : ", ").append(verdict.admitted ? "yes " : never ? "never " : "no ");
      told.append(std::to_string(verdict.remaining));
    }
    return told;
  }

  static Task<void> TakeInto(SharedWindows& windows, std::vector<Charge> charges, std::vector<Verdict>& verdicts,
                             std::optional<bool>& known) {
    const bool answered = co_await windows.Take(charges, verdicts);
    known = answered;
  }

  Loop& loop() { return loop_; }
  store::Redis& redis() { return redis_; }
  RedisWindows& windows() { return windows_; }

 private:
  Loop loop_;
  SideThread side_thread_;  // ends before the loop that it tells
  store::Redis redis_;
  RedisWindows windows_;
};

}  // namespace dragoman::rate_limit
