#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <functional>

#include "base/loop.h"

namespace dragoman {

// Runs the loop until `done`, which is asked after each of its handlers and once in `look` besides; false after a minute.
inline bool RunUntil(Loop& loop, const std::function<bool()>& done, std::chrono::milliseconds look = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  loop.io().restart();  // it stops when only another thread has something to do
  const auto work = asio::make_work_guard(loop.io());
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    loop.io().run_one_for(look);
  }
  return true;
}

}  // namespace dragoman
