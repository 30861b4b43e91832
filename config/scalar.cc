#include "config/scalar.h"

#include <charconv>
#include <limits>

namespace dragoman::config {
namespace {

constexpr uint64_t kMaxDuration = 36'000'000'000ull;  // ms; 10'000 hours

struct Unit {
  std::string_view name;
  uint64_t factor;
};
// Largest first.
constexpr Unit kDurationUnits[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizeUnits[] = {{"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}};

// `text` as digits and one of the units; `max` bounds the product.
template <size_t kCount>
std::optional<uint64_t> ParseQuantity(std::string_view text, const Unit (&units)[kCount], uint64_t max) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name = text.substr(static_cast<size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (name != unit.name) continue;
    if (number > max / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

template <size_t kCount>
std::string RenderQuantity(uint64_t number, const Unit (&units)[kCount]) {
  for (const Unit& unit : units) {
    if (number >= unit.factor && number % unit.factor == 0)
      return std::to_string(number / unit.factor) + std::string(unit.name);
  }
  return std::to_string(number) + std::string(units[kCount - 1].name);
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const std::optional<uint64_t> count = ParseQuantity(text, kDurationUnits, kMaxDuration);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(*count);
}

std::string RenderDuration(std::chrono::milliseconds duration) {
  return RenderQuantity(static_cast<uint64_t>(duration.count()), kDurationUnits);
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  constexpr Unit kPlain[] = {{"", 1}};
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  if (const std::optional<uint64_t> bytes = ParseQuantity(text, kPlain, kMax)) return bytes;
  return ParseQuantity(text, kSizeUnits, kMax);
}

std::string RenderSize(uint64_t bytes) { return RenderQuantity(bytes, kSizeUnits); }

std::optional<int64_t> ParseInteger(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// RFC 3339, of which these two forms.
std::optional<int64_t> ParseDate(std::string_view text) {
  const bool timed = text.size() == 20 && text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == 'Z';
  if ((text.size() != 10 && !timed) || text[4] != '-' || text[7] != '-') return std::nullopt;
  bool good = true;
  const auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) {
      good = good && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  const int hour = timed ? number(11, 2) : 0;
  const int minute = timed ? number(14, 2) : 0;
  const int second = timed ? number(17, 2) : 0;
  if (!good || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() / std::chrono::seconds(1) + hour * 3600 + minute * 60 + second;
}

std::optional<Rate> ParseRate(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<int64_t> amount = ParseInteger(text.substr(0, slash));
  std::string per(text.substr(slash + 1));
  if (per.empty() || per.front() < '0' || per.front() > '9') per.insert(0, "1");
  const std::optional<std::chrono::milliseconds> duration = ParseDuration(per);
  if (!amount || *amount < 0 || !duration || duration->count() == 0) return std::nullopt;
  return Rate{static_cast<uint64_t>(*amount), *duration};
}

std::string RenderRate(const Rate& rate) {
  const std::string per = RenderDuration(rate.per);
  const bool one = per.size() > 1 && per[0] == '1' && (per[1] < '0' || per[1] > '9');
  return std::to_string(rate.amount) + "/" + (one ? per.substr(1) : per);
}

std::optional<Position> ParsePosition(std::string_view text) {
  Position at;
  const size_t second = text.rfind(':');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const size_t first = text.rfind(':', second - 1);
  if (first == std::string_view::npos) return std::nullopt;
  const auto line = ParseInteger(text.substr(first + 1, second - first - 1));
  const auto column = ParseInteger(text.substr(second + 1));
  if (!line || !column) return std::nullopt;
  return Position{std::string(text.substr(0, first)), static_cast<int>(*line), static_cast<int>(*column)};
}

}  // namespace dragoman::config
