#include "rpc/deadline.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace dragoman::rpc {
namespace {

std::string Quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 64)) + "\""; }

}  // namespace

Result<Duration> ParseGrpcTimeout(std::string_view text) {
  const auto refuse = [&] {
    return Refuse(Reason::kInvalidRequest,
                  "header grpc-timeout: expected 1 to 8 digits and one of H M S m u n, got " + Quoted(text));
  };
  if (text.size() < 2 || text.size() > 9) return refuse();
  int64_t amount = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [parsed, error] = std::from_chars(text.data(), end, amount);
  if (error != std::errc() || parsed != end || text.front() == '-') return refuse();
  switch (text.back()) {
    case 'H':
      return std::chrono::hours(std::min<int64_t>(amount, 1'000'000));  // what nanoseconds can hold
    case 'M':
      return std::chrono::minutes(amount);
    case 'S':
      return std::chrono::seconds(amount);
    case 'm':
      return std::chrono::milliseconds(amount);
    case 'u':
      return std::chrono::microseconds(amount);
    case 'n':
      return std::chrono::nanoseconds(amount);
    default:
      return refuse();
  }
}

Result<Duration> ParseServerTimeout(std::string_view text) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (error != std::errc() || parsed != end || !(seconds >= 0) || seconds > 1e6) {
    return Refuse(Reason::kInvalidRequest,
                  "header x-server-timeout: expected seconds between 0 and 1000000, such as 1.5, got " + Quoted(text));
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Result<TimePoint> DeadlineOf(const Exchange& exchange, Duration timeout) {
  for (const Header& header : exchange.head().headers) {
    Result<Duration> asked = timeout;
    if (header.name == "grpc-timeout") {
      asked = ParseGrpcTimeout(header.value);
    } else if (header.name == "x-server-timeout") {
      asked = ParseServerTimeout(header.value);
    }
    if (!asked) return Refuse(asked.error());
    timeout = std::min(timeout, *asked);
  }
  return timeout == Duration::max() ? TimePoint::max() : exchange.started() + timeout;
}

}  // namespace dragoman::rpc
