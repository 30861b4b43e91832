#include "transcoding/scalar.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "transcoding/base64.h"
#include "transcoding/padded_text.h"
#include "transcoding/utf8.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsQuotable(TextKind kind) { return kind != TextKind::kJsonLiteral; }

// JSON's number, taken apart: -12.50e3 is negative, whole "12", fraction "50", exponent 3.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;  // saturated at ±kFarExponent
};
constexpr int64_t kFarExponent = 1'000'000'000'000;

std::string_view TakeDigits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// RFC 8259, section 6: number = [ minus ] int [ frac ] [ exp ]. In a URL `int` may begin with zeros.
bool ParseDecimal(std::string_view text, TextKind kind, Decimal& decimal) {
  decimal.negative = text.starts_with('-');
  if (decimal.negative) text.remove_prefix(1);
  decimal.whole = TakeDigits(text);
  if (decimal.whole.empty()) return false;
  if (decimal.whole.size() > 1 && decimal.whole[0] == '0' && kind != TextKind::kUrl) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimal.fraction = TakeDigits(text);
    if (decimal.fraction.empty()) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    const bool minus = text.starts_with('-');
    if (minus || text.starts_with('+')) text.remove_prefix(1);
    const std::string_view digits = TakeDigits(text);
    if (digits.empty()) return false;
    for (const char digit : digits) {
      if (decimal.exponent < kFarExponent) decimal.exponent = decimal.exponent * 10 + (digit - '0');
    }
    if (minus) decimal.exponent = -decimal.exponent;
  }
  return text.empty();
}

// The digit at `place` of whole and fraction written behind one another; 0 beyond them.
uint64_t DigitAt(const Decimal& decimal, size_t place) {
  if (place < decimal.whole.size()) return static_cast<uint64_t>(decimal.whole[place] - '0');
  place -= decimal.whole.size();
  return place < decimal.fraction.size() ? static_cast<uint64_t>(decimal.fraction[place] - '0') : 0;
}

// The exact value of a decimal that is an integer: 1.50e1 is 15, 1.5 is none, 1e30 is out of range. Cost: one pass over
// the digits.
Conversion MagnitudeOf(const Decimal& decimal, uint64_t& magnitude) {
  const size_t digits = decimal.whole.size() + decimal.fraction.size();
  size_t first = 0;  // significant digit
  while (first < digits && DigitAt(decimal, first) == 0) ++first;
  magnitude = 0;
  if (first == digits) return Conversion::kOk;
  // Digits before the decimal point, once the exponent has moved it.
  const int64_t point = static_cast<int64_t>(decimal.whole.size()) + decimal.exponent;
  for (size_t place = first; place < digits; ++place) {
    if (static_cast<int64_t>(place) >= point && DigitAt(decimal, place) != 0) return Conversion::kWrongType;
  }
  if (point - static_cast<int64_t>(first) > std::numeric_limits<uint64_t>::digits10 + 1) return Conversion::kOutOfRange;
  for (auto place = static_cast<int64_t>(first); place < point; ++place) {
    const uint64_t digit = DigitAt(decimal, static_cast<size_t>(place));
    if (magnitude > (std::numeric_limits<uint64_t>::max() - digit) / 10) return Conversion::kOutOfRange;
    magnitude = magnitude * 10 + digit;
  }
  return Conversion::kOk;
}

// Eight digits at once, by three multiplications that join neighbours; false where one is none.
bool ParseEightDigits(const char* at, uint64_t& value) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  // A digit is 30 to 39, and is below 40 with 6 more.
  if (((word & (word + 0x0606060606060606)) & 0xF0F0F0F0F0F0F0F0) != 0x3030303030303030) return false;
  word = (word & 0x0F0F0F0F0F0F0F0F) * (uint64_t{10} << 8 | 1) >> 8;
  word = (word & 0x00FF00FF00FF00FF) * (uint64_t{100} << 16 | 1) >> 16;
  value = (word & 0x0000FFFF0000FFFF) * (uint64_t{10'000} << 32 | 1) >> 32;
  return true;
}

// Most integers are a few plain digits.
bool ParsePlainDigits(std::string_view text, TextKind kind, bool& negative, uint64_t& magnitude) {
  negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 19) return false;  // 19 digits always fit
  if (text[0] == '0' && text.size() > 1 && kind != TextKind::kUrl) return false;
  magnitude = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    uint64_t eight = 0;
    if (!ParseEightDigits(text.data(), eight)) return false;
    magnitude = magnitude * 100'000'000 + eight;
  }
  for (const char c : text) {
    if (!IsDigit(c)) return false;
    magnitude = magnitude * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

Conversion ParseMagnitude(std::string_view text, TextKind kind, bool& negative, uint64_t& magnitude) {
  if (!IsQuotable(kind)) return Conversion::kWrongType;
  if (ParsePlainDigits(text, kind, negative, magnitude)) return Conversion::kOk;
  Decimal decimal;
  if (!ParseDecimal(text, kind, decimal)) return Conversion::kWrongType;
  negative = decimal.negative;
  return MagnitudeOf(decimal, magnitude);
}

template <typename Integer>
Conversion ParseInteger(std::string_view text, TextKind kind, Integer& value) {
  bool negative = false;
  uint64_t magnitude = 0;
  const Conversion outcome = ParseMagnitude(text, kind, negative, magnitude);
  if (outcome != Conversion::kOk) return outcome;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<Integer>::max());
  constexpr uint64_t kMaxBelowZero = std::numeric_limits<Integer>::is_signed ? kMax + 1 : 0;
  if (magnitude > (negative ? kMaxBelowZero : kMax)) return Conversion::kOutOfRange;
  value = static_cast<Integer>(negative ? 0 - magnitude : magnitude);
  return Conversion::kOk;
}

// Most numbers are few digits with a point among them: 4.487 is 4487 / 1000. Where both are exact in `Float` the
// quotient is rounded once, and therefore right. `text` is a number of JSON's.
template <typename Float>
bool ParseFewDigits(std::string_view text, Float& value) {
  constexpr size_t kMost = std::numeric_limits<Float>::digits10;  // 15 or 6: as many digits are exact
  static constexpr Float kPowers[] = {Float(1e0),  Float(1e1),  Float(1e2),  Float(1e3), Float(1e4),  Float(1e5),
                                      Float(1e6),  Float(1e7),  Float(1e8),  Float(1e9), Float(1e10), Float(1e11),
                                      Float(1e12), Float(1e13), Float(1e14), Float(1e15)};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.size() > kMost + 1) return false;
  uint64_t digits = 0;
  size_t point = text.size();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      point = i;
    } else if (IsDigit(text[i])) {
      digits = digits * 10 + static_cast<uint64_t>(text[i] - '0');
    } else {
      return false;  // an exponent
    }
  }
  if (point == text.size() && point > kMost) return false;
  const size_t decimals = point == text.size() ? 0 : text.size() - point - 1;
  value = static_cast<Float>(digits) / kPowers[decimals];
  if (negative) value = -value;
  return true;
}

template <typename Float>
Conversion ParseFloating(std::string_view text, TextKind kind, Float& value) {
  if (!IsQuotable(kind)) return Conversion::kWrongType;
  if (kind != TextKind::kJsonNumber) {
    if (text == "NaN") value = std::numeric_limits<Float>::quiet_NaN();
    if (text == "Infinity") value = std::numeric_limits<Float>::infinity();
    if (text == "-Infinity") value = -std::numeric_limits<Float>::infinity();
    if (text == "NaN" || text == "Infinity" || text == "-Infinity") return Conversion::kOk;
    Decimal decimal;
    if (!ParseDecimal(text, kind, decimal)) return Conversion::kWrongType;
  }
  if (ParseFewDigits(text, value)) return Conversion::kOk;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return Conversion::kWrongType;
  if (error == std::errc::result_out_of_range) {
    // Too large or too small for the type; what is too small becomes zero, as everywhere.
    Decimal decimal;
    if (!ParseDecimal(text, kind, decimal)) return Conversion::kWrongType;
    size_t first = 0;
    const size_t digits = decimal.whole.size() + decimal.fraction.size();
    while (first < digits && DigitAt(decimal, first) == 0) ++first;
    const int64_t magnitude =
        static_cast<int64_t>(decimal.whole.size()) - static_cast<int64_t>(first) + decimal.exponent;
    if (first < digits && magnitude > 0) return Conversion::kOutOfRange;
    value = decimal.negative ? -Float{0} : Float{0};
    return Conversion::kOk;
  }
  return std::isinf(value) ? Conversion::kOutOfRange : Conversion::kOk;
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

Conversion ParseBool(std::string_view text, TextKind kind, bool& value) {
  if (kind == TextKind::kJsonString || kind == TextKind::kJsonNumber) return Conversion::kWrongType;
  if (kind == TextKind::kUrl) {
    value = text.empty() || text == "1" || EqualsIgnoringCase(text, "true") || EqualsIgnoringCase(text, "t");
    const bool no = text == "0" || EqualsIgnoringCase(text, "false") || EqualsIgnoringCase(text, "f");
    return value || no ? Conversion::kOk : Conversion::kWrongType;
  }
  value = text == "true";
  return value || text == "false" ? Conversion::kOk : Conversion::kWrongType;
}

Conversion ParseEnum(const EnumPlan& plan, std::string_view text, TextKind kind, int32_t& value) {
  if (kind == TextKind::kJsonLiteral) return Conversion::kWrongType;
  if (kind != TextKind::kJsonNumber) {
    if (const int32_t* number = plan.by_name.Find(text)) {
      value = *number;
      return Conversion::kOk;
    }
    if (kind != TextKind::kUrl) return Conversion::kUnknownName;
  }
  const Conversion outcome = ParseInteger(text, kind, value);
  if (outcome == Conversion::kWrongType && kind == TextKind::kUrl) return Conversion::kUnknownName;
  if (outcome == Conversion::kOk && plan.closed && !plan.names.contains(value)) return Conversion::kUnknownName;
  return outcome;
}

template <typename Integer, typename Append>
Conversion AppendInteger(std::string_view text, TextKind kind, Append append) {
  Integer value = 0;
  const Conversion outcome = ParseInteger(text, kind, value);
  if (outcome == Conversion::kOk) append(value);
  return outcome;
}

template <typename Float>
Conversion AppendFloating(std::string_view text, TextKind kind, Buffer& out) {
  Float value = 0;
  const Conversion outcome = ParseFloating(text, kind, value);
  if (outcome == Conversion::kOk) AppendFixed(out, value);
  return outcome;
}

bool IsString(TextKind kind) { return kind != TextKind::kJsonNumber && kind != TextKind::kJsonLiteral; }

Conversion AppendBytes(std::string_view text, TextKind kind, Buffer& out) {
  if (!IsString(kind)) return Conversion::kWrongType;
  // The length of the bytes follows from the text's, but for padding.
  std::string_view digits = text;
  if (text.size() % 4 == 0) {
    while (digits.size() + 2 > text.size() && digits.ends_with('=')) digits.remove_suffix(1);
  }
  const size_t before = out.size();
  AppendVarint(out, digits.size() * 3 / 4);
  if (AppendFromBase64(text, out)) return Conversion::kOk;
  out.Truncate(before);
  return Conversion::kWrongType;
}

}  // namespace

Conversion ParseDouble(std::string_view text, TextKind kind, double& value) { return ParseFloating(text, kind, value); }

Conversion AppendScalar(const FieldPlan& field, std::string_view text, TextKind kind, Buffer& out) {
  const auto varint = [&out](auto value) { AppendVarint(out, static_cast<uint64_t>(value)); };
  const auto fixed = [&out](auto value) { AppendFixed(out, value); };
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      if (!IsString(kind)) return Conversion::kWrongType;
      if (kind == TextKind::kUrl) {
        if (!IsUtf8(text)) return Conversion::kNotUtf8;
        AppendLengthDelimited(out, text);
        return Conversion::kOk;
      }
      AppendVarint(out, text.size());
      AppendPadded(text, out);
      return Conversion::kOk;
    case FieldDescriptor::TYPE_INT32:
      // A negative one takes ten bytes: it is sign-extended.
      return AppendInteger<int32_t>(text, kind, [&](int32_t value) { varint(int64_t{value}); });
    case FieldDescriptor::TYPE_INT64:
      return AppendInteger<int64_t>(text, kind, varint);
    case FieldDescriptor::TYPE_UINT32:
      return AppendInteger<uint32_t>(text, kind, varint);
    case FieldDescriptor::TYPE_UINT64:
      return AppendInteger<uint64_t>(text, kind, varint);
    case FieldDescriptor::TYPE_SINT32:
      return AppendInteger<int32_t>(text, kind, [&](int32_t value) { varint(ZigZag32(value)); });
    case FieldDescriptor::TYPE_SINT64:
      return AppendInteger<int64_t>(text, kind, [&](int64_t value) { varint(ZigZag64(value)); });
    case FieldDescriptor::TYPE_FIXED32:
      return AppendInteger<uint32_t>(text, kind, fixed);
    case FieldDescriptor::TYPE_FIXED64:
      return AppendInteger<uint64_t>(text, kind, fixed);
    case FieldDescriptor::TYPE_SFIXED32:
      return AppendInteger<int32_t>(text, kind, fixed);
    case FieldDescriptor::TYPE_SFIXED64:
      return AppendInteger<int64_t>(text, kind, fixed);
    case FieldDescriptor::TYPE_FLOAT:
      return AppendFloating<float>(text, kind, out);
    case FieldDescriptor::TYPE_DOUBLE:
      return AppendFloating<double>(text, kind, out);
    case FieldDescriptor::TYPE_BYTES:
      return AppendBytes(text, kind, out);
    case FieldDescriptor::TYPE_BOOL: {
      bool value = false;
      const Conversion outcome = ParseBool(text, kind, value);
      if (outcome == Conversion::kOk) out.Append(value ? '\1' : '\0');
      return outcome;
    }
    case FieldDescriptor::TYPE_ENUM: {
      int32_t value = 0;
      const Conversion outcome = ParseEnum(*field.enumeration, text, kind, value);
      if (outcome == Conversion::kOk) varint(int64_t{value});
      return outcome;
    }
    default:
      return Conversion::kWrongType;
  }
}

}  // namespace dragoman::transcoding
