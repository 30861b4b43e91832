#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "exchange/exchange.h"

namespace dragoman::http {

// TLS handshakes of one worker that failed: counted, and told to the log at level debug, at most one each kPause.
class HandshakeLog {
 public:
  static constexpr auto kPause = std::chrono::milliseconds(100);

  // `why`: as Transport::failure() says it.
  void Failed(TimePoint now, const Peer& peer, std::string_view why);
  uint64_t failed() const { return failed_; }

 private:
  uint64_t failed_ = 0;
  uint64_t untold_ = 0;
  TimePoint next_{};
};

}  // namespace dragoman::http
