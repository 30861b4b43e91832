#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "exchange/exchange.h"

namespace dragoman::http {

// Connections that one worker gave up, told to the log at most once each `pause`.
class RefusalLog {
 public:
  RefusalLog(std::string_view event, LogLevel level, Duration pause) : event_(event), level_(level), pause_(pause) {}

  // `why`: a sentence's end. The line has the number of those that were not told since the last.
  void Add(TimePoint now, const Peer& peer, std::string_view why);

 private:
  const std::string_view event_;
  const LogLevel level_;
  const Duration pause_;
  uint64_t untold_ = 0;
  TimePoint next_{};
};

}  // namespace dragoman::http
