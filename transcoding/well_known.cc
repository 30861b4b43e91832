#include "transcoding/well_known.h"

#include <cstdlib>

#include "transcoding/number_text.h"
#include "transcoding/utf8.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

constexpr int64_t kFirstTimestamp = -62'135'596'800;   // 0001-01-01T00:00:00Z, seconds
constexpr int64_t kLastTimestamp = 253'402'300'799;    // 9999-12-31T23:59:59Z, seconds
constexpr int64_t kLongestDuration = 315'576'000'000;  // seconds
constexpr int32_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kCalendarEpoch = 719'468;  // days from 0000-03-01 to 1970-01-01

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Takes exactly `count` digits off the front.
bool TakeNumber(std::string_view& text, size_t count, int64_t& number) {
  if (text.size() < count) return false;
  number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return false;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool Take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

// An optional fraction of a second: ".5", one to nine digits.
bool TakeNanos(std::string_view& text, int32_t& nanos) {
  nanos = 0;
  if (!Take(text, '.')) return true;
  int32_t unit = kNanosPerSecond;
  while (!text.empty() && IsDigit(text[0])) {
    unit /= 10;
    if (unit == 0) return false;
    nanos += unit * (text[0] - '0');
    text.remove_prefix(1);
  }
  return unit != kNanosPerSecond;
}

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t DaysIn(int64_t year, int64_t month) {
  constexpr int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Years are counted from March, so that the leap
// day ends one.
int64_t DaysFromDate(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - kCalendarEpoch;
}

struct Date {
  uint32_t year, month, day;
};

// The other way, from days since 0000-03-01, by Neri and Schneider, "Euclidean affine functions and their application to
// calendar algorithms" (2022), whose factors divide by multiplying.
Date DateFromDays(uint32_t days) {
  const uint32_t quarters = 4 * days + 3;  // of a day
  const uint32_t century = quarters / 146'097;
  const uint32_t century_quarters = quarters % 146'097 | 3;
  const uint64_t years = uint64_t{2'939'745} * century_quarters;  // in the upper half, and a fraction of one below
  const uint32_t day_of_year = static_cast<uint32_t>(years) / 2'939'745 / 4;
  const uint32_t months = 2'141 * day_of_year + 197'913;  // in the upper half, counted on from March; the day below
  const uint32_t next_year = day_of_year >= 306 ? 1 : 0;
  return {100 * century + static_cast<uint32_t>(years >> 32) + next_year, (months >> 16) - 12 * next_year,
          (months & 0xFFFF) / 2'141 + 1};
}

// time-offset = "Z" / ("+" / "-") time-hour ":" time-minute; in seconds.
bool TakeOffset(std::string_view& text, int64_t& offset) {
  offset = 0;
  if (Take(text, 'Z')) return true;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return false;
  text.remove_prefix(1);
  int64_t hours = 0, minutes = 0;
  if (!TakeNumber(text, 2, hours) || !Take(text, ':') || !TakeNumber(text, 2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  offset = (hours * 60 + minutes) * 60;
  if (west) offset = -offset;
  return true;
}

// The fraction with 0, 3, 6 or 9 digits, as few as hold it.
char* PutNanos(char* to, uint32_t nanos) {
  if (nanos == 0) return to;
  *to++ = '.';
  if (nanos % 1'000'000 == 0) {
    const uint32_t millis = nanos / 1'000'000;
    *to++ = static_cast<char>('0' + millis / 100);
    return PutPair(to, millis % 100);
  }
  if (nanos % 1'000 == 0) return PutPadded(to, nanos / 1'000, 6);
  return PutPadded(to, nanos, 9);
}

void AppendSecondsAndNanos(const SecondsAndNanos& value, Buffer& out) {
  if (value.seconds != 0) {
    out.Append('\x08');
    AppendVarint(out, static_cast<uint64_t>(value.seconds));
  }
  if (value.nanos != 0) {
    out.Append('\x10');
    AppendVarint(out, static_cast<uint64_t>(int64_t{value.nanos}));
  }
}

// camelCase → snake_case at the end of `out`. False for what would not come back the same.
bool AppendSnakePath(std::string_view text, Buffer& out) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c == '_') return false;
    if (IsUpper(c)) {
      out.Append('_');
      out.Append(static_cast<char>(c + ('a' - 'A')));
    } else {
      out.Append(c);
    }
  }
  return true;
}

}  // namespace

// RFC 3339, section 5.6: date-time = full-date "T" full-time.
Conversion ParseTimestamp(std::string_view text, SecondsAndNanos& value) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() < kShape.size()) return Conversion::kWrongType;
  bool good = true;
  const auto two_digits = [&](size_t at) {
    const auto tens = static_cast<uint8_t>(text[at] - '0');
    const auto ones = static_cast<uint8_t>(text[at + 1] - '0');
    good &= tens <= 9 && ones <= 9;
    return int64_t{tens} * 10 + ones;
  };
  const int64_t year = two_digits(0) * 100 + two_digits(2);
  const int64_t month = two_digits(5), day = two_digits(8);
  const int64_t hour = two_digits(11), minute = two_digits(14), second = two_digits(17);
  for (const size_t at : {4, 7, 10, 13, 16}) good &= text[at] == kShape[at];
  if (!good) return Conversion::kWrongType;
  text.remove_prefix(kShape.size());
  int64_t offset = 0;
  if (!TakeNanos(text, value.nanos) || !TakeOffset(text, offset) || !text.empty()) return Conversion::kWrongType;
  if (month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) || hour > 23 || minute > 59 || second > 59) {
    return Conversion::kOutOfRange;
  }
  value.seconds = DaysFromDate(year, month, day) * kSecondsPerDay + (hour * 60 + minute) * 60 + second - offset;
  const bool in_range = value.seconds >= kFirstTimestamp && value.seconds <= kLastTimestamp;
  return in_range ? Conversion::kOk : Conversion::kOutOfRange;
}

bool AppendTimestamp(const SecondsAndNanos& value, Buffer& out) {
  if (value.seconds < kFirstTimestamp || value.seconds > kLastTimestamp) return false;
  if (value.nanos < 0 || value.nanos >= kNanosPerSecond) return false;
  const auto since_epoch = static_cast<uint64_t>(value.seconds + kCalendarEpoch * kSecondsPerDay);
  const auto days = static_cast<uint32_t>(since_epoch / kSecondsPerDay);
  const auto seconds = static_cast<uint32_t>(since_epoch % kSecondsPerDay);
  const Date date = DateFromDays(days);
  constexpr size_t kLongest = 32;
  char* to = out.Reserve(kLongest);
  *to++ = '"';
  to = PutPair(PutPair(to, date.year / 100), date.year % 100);
  *to++ = '-';
  to = PutPair(to, date.month);
  *to++ = '-';
  to = PutPair(to, date.day);
  *to++ = 'T';
  to = PutPair(to, seconds / 3600);
  *to++ = ':';
  to = PutPair(to, seconds % 3600 / 60);
  *to++ = ':';
  to = PutPair(to, seconds % 60);
  to = PutNanos(to, static_cast<uint32_t>(value.nanos));
  *to++ = 'Z';
  *to++ = '"';
  out.EndAt(to);
  return true;
}

Conversion ParseDuration(std::string_view text, SecondsAndNanos& value) {
  const bool negative = Take(text, '-');
  if (text.empty() || !IsDigit(text[0])) return Conversion::kWrongType;
  bool far = false;
  value.seconds = 0;
  while (!text.empty() && IsDigit(text[0])) {
    if (value.seconds <= kLongestDuration) value.seconds = value.seconds * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  far = value.seconds > kLongestDuration;
  if (!TakeNanos(text, value.nanos) || text != "s") return Conversion::kWrongType;
  if (far) return Conversion::kOutOfRange;
  if (negative) {
    value.seconds = -value.seconds;
    value.nanos = -value.nanos;
  }
  return Conversion::kOk;
}

bool AppendDuration(const SecondsAndNanos& value, Buffer& out) {
  if (value.seconds < -kLongestDuration || value.seconds > kLongestDuration) return false;
  if (value.nanos <= -kNanosPerSecond || value.nanos >= kNanosPerSecond) return false;
  if ((value.seconds < 0 && value.nanos > 0) || (value.seconds > 0 && value.nanos < 0)) return false;
  out.Append(value.seconds < 0 || value.nanos < 0 ? "\"-" : "\"");
  char* to = PutDecimal(out.Reserve(kLongestNumber), static_cast<uint64_t>(std::abs(value.seconds)));
  to = PutNanos(to, static_cast<uint32_t>(std::abs(value.nanos)));
  *to++ = 's';
  *to++ = '"';
  out.EndAt(to);
  return true;
}

Conversion AppendFieldMask(std::string_view text, Buffer& out) {
  if (text.empty()) return Conversion::kOk;
  const size_t before = out.size();
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view path = text.substr(0, comma);
    size_t upper = 0;
    for (const char c : path) upper += IsUpper(c) ? 1 : 0;
    out.Append('\x0A');
    AppendVarint(out, path.size() + upper);
    if (!AppendSnakePath(path, out)) {
      out.Truncate(before);
      return Conversion::kWrongType;
    }
    if (comma == std::string_view::npos) return Conversion::kOk;
    text.remove_prefix(comma + 1);
  }
}

bool AppendMaskPath(std::string_view path, Buffer& out) {
  const size_t before = out.size();
  bool good = !path.empty();
  for (size_t i = 0; i < path.size() && good; ++i) {
    char c = path[i];
    if (c == '_') {
      good = ++i < path.size() && IsLower(path[i]);
      if (good) c = static_cast<char>(path[i] - ('a' - 'A'));
    } else {
      good = !IsUpper(c) && c != ',' && c != '"' && c != '\\' && static_cast<uint8_t>(c) >= 0x20;
    }
    out.Append(c);
  }
  if (good && IsUtf8(path)) return true;
  out.Truncate(before);
  return false;
}

Conversion AppendScalarForm(const MessagePlan& plan, std::string_view text, TextKind kind, Buffer& out) {
  if (plan.well_known() == WellKnown::kWrapper) {
    const FieldPlan& value = plan.fields().front();
    const size_t before = out.size();
    AppendVarint(out, value.tag);
    const Conversion outcome = AppendScalar(value, text, kind, out);
    if (outcome != Conversion::kOk) out.Truncate(before);
    return outcome;
  }
  if (kind != TextKind::kJsonString && kind != TextKind::kUrl) return Conversion::kWrongType;
  if (plan.well_known() == WellKnown::kFieldMask) {
    if (kind == TextKind::kUrl && !IsUtf8(text)) return Conversion::kNotUtf8;
    return AppendFieldMask(text, out);
  }
  SecondsAndNanos value;
  const Conversion outcome =
      plan.well_known() == WellKnown::kTimestamp ? ParseTimestamp(text, value) : ParseDuration(text, value);
  if (outcome == Conversion::kOk) AppendSecondsAndNanos(value, out);
  return outcome;
}

}  // namespace dragoman::transcoding
