#pragma once

#include <string_view>

#include "base/loop.h"
#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::rpc {

// "250m" → 250 ms (PROTOCOL-HTTP2: at most 8 digits and one of H M S m u n). Errors: kInvalidRequest.
Result<Duration> ParseGrpcTimeout(std::string_view text);

// "1.5" → 1500 ms (header X-Server-Timeout: seconds, at most a million). Errors: kInvalidRequest.
Result<Duration> ParseServerTimeout(std::string_view text);

// When the call must have ended: the smallest of `timeout`, the client's grpc-timeout and its X-Server-Timeout, counted
// from the start of the exchange; TimePoint::max() where none of them bounds it. Errors: kInvalidRequest.
Result<TimePoint> DeadlineOf(const Exchange& exchange, Duration timeout);

}  // namespace dragoman::rpc
