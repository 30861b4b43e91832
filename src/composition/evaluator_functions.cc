#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "composition/evaluator.h"
#include "transcoding/buffer.h"
#include "transcoding/number_text.h"
#include "transcoding/quote.h"
#include "transcoding/scalar.h"

namespace dragoman::composition {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

Value IntegerValue(Kind kind, int64_t integer) {
  Value value;
  value.form = Value::Form::kScalar;
  value.kind = kind;
  value.integer = integer;
  return value;
}

template <typename Integer>
bool Set(Integer number, Value& value) {
  switch (value.kind) {
    case Kind::kInt32:
      value.integer = static_cast<int64_t>(number);
      return std::in_range<int32_t>(number);
    case Kind::kInt64:
      value.integer = static_cast<int64_t>(number);
      return std::in_range<int64_t>(number);
    case Kind::kUint32:
      value.natural = static_cast<uint64_t>(number);
      return std::in_range<uint32_t>(number);
    default:
      value.natural = static_cast<uint64_t>(number);
      return std::in_range<uint64_t>(number);
  }
}

template <typename Integer>
bool Read(std::string_view text, Integer& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool Evaluation::Call(const Term& term, Value& value) {
  const auto function = static_cast<Function>(term.function);
  Value first;
  Value second;
  if (function == Function::kHas) {
    if (!Guarded(*term.operands[0], first)) return false;
    value = BoolValue(!first.absent());
    return true;
  }
  if (!Evaluate(*term.operands[0], first)) return false;
  if (term.operands.size() > 1 && !Evaluate(*term.operands[1], second)) return false;
  value = Value();
  if (first.absent() || (term.operands.size() > 1 && second.absent())) return true;
  if (!fields_.Scan(first.bytes.size() + second.bytes.size())) return false;
  switch (function) {
    case Function::kSize:
      return Size(first, value);
    case Function::kFlatten:
      return Flatten(first, value);
    case Function::kFirst:
      if (!first.items.empty()) value = first.items.front();
      return true;
    case Function::kLast:
      if (!first.items.empty()) value = first.items.back();
      return true;
    case Function::kJoin:
      return Join(first, second.bytes, value);
    case Function::kLower:
    case Function::kUpper:
      return Letters(first.bytes, function, value);
    case Function::kStartsWith:
      value = BoolValue(first.bytes.starts_with(second.bytes));
      return true;
    case Function::kEndsWith:
      value = BoolValue(first.bytes.ends_with(second.bytes));
      return true;
    case Function::kContains:
      // In linear time, which std::string_view::find does not promise.
      value = BoolValue(memmem(first.bytes.data(), first.bytes.size(), second.bytes.data(), second.bytes.size()) !=
                            nullptr ||
                        second.bytes.empty());
      return true;
    default:
      return Convert(term, first, value);
  }
}

bool Evaluation::Size(const Value& of, Value& value) {
  size_t count = of.items.size();
  if (of.form == Value::Form::kScalar && of.kind == Kind::kMap) {
    if (!fields_.CountKeys(of, count)) return false;
  } else if (of.form == Value::Form::kScalar) {
    count = static_cast<size_t>(std::count_if(of.bytes.begin(), of.bytes.end(),
                                              [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
  }
  value =
      IntegerValue(Kind::kInt32, static_cast<int64_t>(std::min<size_t>(count, std::numeric_limits<int32_t>::max())));
  return true;
}

// What is absent in a list of lists has no elements.
bool Evaluation::Flatten(const Value& list, Value& value) {
  std::span<const Value> items = list.items;
  // One level at a time, until no element is a list.
  while (std::any_of(items.begin(), items.end(), [](const Value& item) { return item.form == Value::Form::kList; })) {
    size_t count = 0;
    for (const Value& item : items) count += item.items.size();
    Value* const flat = fields_.NewList(count);
    if (flat == nullptr) return false;
    Value* to = flat;
    for (const Value& item : items) to = std::copy(item.items.begin(), item.items.end(), to);
    items = {flat, count};
  }
  value = Value::List(items);
  return true;
}

// What is absent is passed over.
bool Evaluation::Join(const Value& list, std::string_view separator, Value& value) {
  size_t size = 0;
  bool first = true;
  for (const Value& item : list.items) {
    if (item.absent()) continue;
    size += item.bytes.size() + (first ? 0 : separator.size());
    first = false;
  }
  char* const joined = fields_.NewText(size);
  if (joined == nullptr) return false;
  char* to = joined;
  first = true;
  for (const Value& item : list.items) {
    if (item.absent()) continue;
    if (!first) to = std::copy(separator.begin(), separator.end(), to);
    to = std::copy(item.bytes.begin(), item.bytes.end(), to);
    first = false;
  }
  value = Value::Text({joined, size});
  return true;
}

bool Evaluation::Letters(std::string_view text, Function function, Value& value) {
  char* const letters = fields_.NewText(text.size());
  if (letters == nullptr) return false;
  std::transform(text.begin(), text.end(), letters, function == Function::kLower ? Lower : Upper);
  value = Value::Text({letters, text.size()});
  return true;
}

// `term` is the conversion. Of a list each element is converted.
bool Evaluation::Convert(const Term& term, const Value& from, Value& value) {
  if (from.form == Value::Form::kList) {
    Value* const items = fields_.NewList(from.items.size());
    if (items == nullptr) return false;
    for (size_t i = 0; i < from.items.size(); ++i) {
      if (!from.items[i].absent() && !Convert(term, from.items[i], items[i])) return false;
    }
    value = Value::List({items, from.items.size()});
    return true;
  }
  std::string_view text;
  switch (static_cast<Function>(term.function)) {
    case Function::kString:
      if (!ToText(*term.operands[0], from, text)) return false;
      value = Value::Text(text);
      return true;
    case Function::kBool:
      value = BoolValue(from.kind == Kind::kBool ? from.boolean : from.bytes == "true");
      return from.kind == Kind::kBool || value.boolean || from.bytes == "false" || Unfit(term, from);
    case Function::kDouble:
      return ToReal(term, from, value);
    default:
      return ToInteger(term, from, value);
  }
}

bool Evaluation::ToInteger(const Term& term, const Value& from, Value& value) {
  value = IntegerValue(term.type.kind, 0);
  bool fits = false;
  switch (from.kind) {
    case Kind::kInt32:
    case Kind::kInt64:
    case Kind::kEnum:
      fits = Set(from.integer, value);
      break;
    case Kind::kUint32:
    case Kind::kUint64:
      fits = Set(from.natural, value);
      break;
    case Kind::kFloat:
    case Kind::kDouble: {
      constexpr double kTwo63 = 9223372036854775808.0;
      const double real = from.real;
      if (std::trunc(real) != real) break;  // NaN too
      if (real >= -kTwo63 && real < kTwo63) {
        fits = Set(static_cast<int64_t>(real), value);
      } else if (real >= 0 && real < 2 * kTwo63) {
        fits = Set(static_cast<uint64_t>(real), value);
      }
      break;
    }
    default: {
      int64_t integer = 0;
      uint64_t natural = 0;
      if (Read(from.bytes, integer)) {
        fits = Set(integer, value);
      } else if (Read(from.bytes, natural)) {
        fits = Set(natural, value);
      }
    }
  }
  return fits || Unfit(term, from);
}

bool Evaluation::ToReal(const Term& term, const Value& from, Value& value) {
  value = IntegerValue(Kind::kDouble, 0);
  switch (from.kind) {
    case Kind::kInt32:
    case Kind::kInt64:
      value.real = static_cast<double>(from.integer);
      return true;
    case Kind::kUint32:
    case Kind::kUint64:
      value.real = static_cast<double>(from.natural);
      return true;
    case Kind::kFloat:
    case Kind::kDouble:
      value.real = from.real;
      return true;
    default: {
      double real = 0;
      const bool read =
          transcoding::ParseDouble(from.bytes, transcoding::TextKind::kUrl, real) == transcoding::Conversion::kOk;
      value.real = real;
      return read || Unfit(term, from);
    }
  }
}

bool Evaluation::Unfit(const Term& term, const Value& from) {
  std::string_view text;
  if (!ToText(*term.operands[0], from, text)) return false;
  const bool quoted = from.kind == Kind::kString;
  return Fail(Reason::kInvalidField, "expected " + term.type.ToString() + ", got " +
                                         (quoted ? transcoding::Quote(text) : transcoding::Excerpt(text)));
}

bool Evaluation::Copy(std::string_view text, std::string_view& copy) {
  char* const room = fields_.NewText(text.size());
  if (room == nullptr) return false;
  std::copy(text.begin(), text.end(), room);
  copy = {room, text.size()};
  return true;
}

// The text of a scalar that `term` has given: strings as they are, enums by name.
bool Evaluation::ToText(const Term& term, const Value& from, std::string_view& text) {
  char digits[24];
  const auto number = [&](auto value) {
    return Copy({digits, static_cast<size_t>(std::to_chars(digits, std::end(digits), value).ptr - digits)}, text);
  };
  switch (from.kind) {
    case Kind::kBool:
      text = from.boolean ? "true" : "false";
      return true;
    case Kind::kEnum: {
      const auto& names = term.type.enumeration->names;
      const auto name = names.find(static_cast<int32_t>(from.integer));
      if (name == names.end()) return number(from.integer);
      text = name->second;
      return true;
    }
    case Kind::kInt32:
    case Kind::kInt64:
      return number(from.integer);
    case Kind::kUint32:
    case Kind::kUint64:
      return number(from.natural);
    case Kind::kFloat:
    case Kind::kDouble: {
      Buffer real;
      if (from.kind == Kind::kFloat) {
        transcoding::AppendFloating(static_cast<float>(from.real), real);
      } else {
        transcoding::AppendFloating(from.real, real);
      }
      std::string_view shortest = real.view();
      if (shortest.starts_with('"')) shortest = shortest.substr(1, shortest.size() - 2);  // "NaN"
      return Copy(shortest, text);
    }
    default:
      text = from.bytes;
      return true;
  }
}

}  // namespace dragoman::composition
