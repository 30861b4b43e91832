#include "base/timestamp.h"

#include <cstdint>

namespace dragoman {
namespace {

// `value` in `digits` decimal digits, zeros in front; returns the place behind them.
char* Put(char* at, uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

char* Put(char* at, char c) {
  *at = c;
  return at + 1;
}

}  // namespace

Timestamp::Timestamp(std::chrono::system_clock::time_point time) {
  using std::chrono::days;
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto day = std::chrono::floor<days>(milliseconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(milliseconds - day);

  char* at = text_.data();
  at = Put(at, static_cast<uint64_t>(static_cast<int>(date.year())), 4);
  at = Put(Put(at, '-'), static_cast<unsigned>(date.month()), 2);
  at = Put(Put(at, '-'), static_cast<unsigned>(date.day()), 2);
  at = Put(Put(at, 'T'), static_cast<uint64_t>(clock.hours().count()), 2);
  at = Put(Put(at, ':'), static_cast<uint64_t>(clock.minutes().count()), 2);
  at = Put(Put(at, ':'), static_cast<uint64_t>(clock.seconds().count()), 2);
  at = Put(Put(at, '.'), static_cast<uint64_t>(clock.subseconds().count()), 3);
  Put(at, 'Z');
}

}  // namespace dragoman
