#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/position.h"

// The spelling of single values: durations, sizes, whole numbers, dates, places.
namespace dragoman::config {

// "250ms", "5s", "1m", "1h": a whole number and a unit. Nothing for any other text and for over 10'000 hours.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
// The shortest of those forms: 90'000 ms → "90s", 60'000 ms → "1m".
std::string RenderDuration(std::chrono::milliseconds duration);

// "64KiB", "4MiB", "1GiB", "512B", or a plain number of bytes. Nothing for any other text and for 2^64 bytes and more.
std::optional<uint64_t> ParseSize(std::string_view text);
// The shortest of those forms: 65'536 → "64KiB", 1'000 → "1000B".
std::string RenderSize(uint64_t bytes);

// A whole number in decimal digits, with a sign or without. Nothing for any other text and outside 64 bits.
std::optional<int64_t> ParseInteger(std::string_view text);

// "2027-01-31T12:00:00Z" or "2027-01-31", in seconds since 1970; UTC. Nothing for any other text and for dates that
// there are not.
std::optional<int64_t> ParseDate(std::string_view text);

// "10/s", "1000/h", "5/15m": a whole number of things in a time.
struct Rate {
  uint64_t amount = 0;
  std::chrono::milliseconds per{};
};
// Nothing for any other text, a time of 0 included.
std::optional<Rate> ParseRate(std::string_view text);
// The shortest of those forms: 5 in 1'000 ms → "5/s", 5 in 900'000 ms → "5/15m".
std::string RenderRate(const Rate& rate);

// "dragoman.yaml:14:3" → its parts; nothing for a text that ends otherwise.
std::optional<Position> ParsePosition(std::string_view text);

}  // namespace dragoman::config
