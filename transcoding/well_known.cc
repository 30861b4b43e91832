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
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

struct Date {
  int64_t year, month, day;
};

Date DateFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
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
  if (nanos % 1'000'000 == 0) return PutPadded(to, nanos / 1'000'000, 3);
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
  int64_t days = value.seconds / kSecondsPerDay;
  int64_t seconds = value.seconds % kSecondsPerDay;
  if (seconds < 0) {
    seconds += kSecondsPerDay;
    --days;
  }
  const Date date = DateFromDays(days);
  constexpr size_t kLongest = 32;
  char* const begin = out.Extend(kLongest);
  char* to = begin;
  const auto put = [&to](char before, int64_t number, size_t digits) {
    *to++ = before;
    to = PutPadded(to, static_cast<uint64_t>(number), digits);
  };
  put('"', date.year, 4);
  put('-', date.month, 2);
  put('-', date.day, 2);
  put('T', seconds / 3600, 2);
  put(':', seconds / 60 % 60, 2);
  put(':', seconds % 60, 2);
  to = PutNanos(to, static_cast<uint32_t>(value.nanos));
  *to++ = 'Z';
  *to++ = '"';
  out.Truncate(out.size() - kLongest + static_cast<size_t>(to - begin));
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
  constexpr size_t kLongest = 32;
  char* const begin = out.Extend(kLongest);
  char* to = PutDecimal(begin, static_cast<uint64_t>(std::abs(value.seconds)));
  to = PutNanos(to, static_cast<uint32_t>(std::abs(value.nanos)));
  *to++ = 's';
  *to++ = '"';
  out.Truncate(out.size() - kLongest + static_cast<size_t>(to - begin));
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
