#include "json_constructs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string>

namespace dragoman::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using rapidjson::Value;
using transcoding::FieldPlan;
using transcoding::MessagePlan;
using transcoding::PlanSet;
using transcoding::WellKnown;

constexpr int kMaxDepth = 90;  // levels; the two readers count a few of them differently
constexpr std::string_view kPrefix = "type.googleapis.com/";

std::string_view TextOf(const Value& value) { return {value.GetString(), value.GetStringLength()}; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& text) {
  const std::string_view digits = text.substr(0, std::ranges::find_if_not(text, IsDigit) - text.begin());
  text.remove_prefix(digits.size());
  return digits;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// RFC 8259, section 6.
bool IsNumber(std::string_view text) {
  Take(text, '-');
  const std::string_view integer = TakeDigits(text);
  if (integer.empty() || (integer.size() > 1 && integer[0] == '0')) return false;
  if (Take(text, '.') && TakeDigits(text).empty()) return false;
  if (Take(text, 'e') || Take(text, 'E')) {
    if (!Take(text, '-')) Take(text, '+');
    if (TakeDigits(text).empty()) return false;
  }
  return text.empty();
}

// 2006-01-02T15:04:05[.123456789]Z
bool IsPlainTimestamp(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() < kForm.size()) return false;
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? !IsDigit(text[i]) : text[i] != kForm[i]) return false;
  }
  text.remove_prefix(kForm.size());
  if (Take(text, '.')) {
    const size_t digits = TakeDigits(text).size();
    if (digits < 1 || digits > 9) return false;
  }
  return text == "Z";
}

// -1.123456789s
bool IsPlainDuration(std::string_view text) {
  Take(text, '-');
  if (TakeDigits(text).empty()) return false;
  if (Take(text, '.')) {
    const size_t digits = TakeDigits(text).size();
    if (digits < 1 || digits > 9) return false;
  }
  return text == "s";
}

// One alphabet, and zeros in the bits of the last character that belong to no byte.
bool IsPlainBase64(std::string_view base64) {
  constexpr auto kNone = std::string_view::npos;
  if (base64.find_first_of("+/") != kNone && base64.find_first_of("-_") != kNone) return false;
  while (base64.ends_with('=')) base64.remove_suffix(1);
  if (base64.size() % 4 < 2) return true;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char last = base64.back();
  if (last == '-') last = '+';
  if (last == '_') last = '/';
  const size_t bits = kAlphabet.find(last);
  return (bits & (base64.size() % 4 == 2 ? 15 : 3)) == 0;
}

// Halfway between two floats, so that a reader that rounds to double first may take the other one.
bool IsFloatMidpoint(double number) {
  constexpr float kMost = std::numeric_limits<float>::max();
  if (!(std::abs(number) <= kMost)) return std::abs(number) < 3.5e38;
  const auto nearest = static_cast<float>(number);
  const float towards = number < nearest ? -kMost : kMost;
  return number != nearest && 2 * (number - nearest) == double{std::nextafter(nearest, towards)} - nearest;
}

class Finder {
 public:
  explicit Finder(const PlanSet& plans) : plans_(plans) {}

  void Top(const MessagePlan& plan, const Value& value) {
    if (value.IsNull() && plan.well_known() != WellKnown::kValue) Found(Construct::kNullAtTop);
    Message(plan, value, 1);
  }

  Constructs found;

 private:
  void Found(Construct construct) { found.set(static_cast<size_t>(construct)); }

  void Message(const MessagePlan& plan, const Value& value, int depth) {
    if (depth > kMaxDepth) return Found(Construct::kDeep);
    switch (plan.well_known()) {
      case WellKnown::kNone:
      case WellKnown::kEmpty:
      case WellKnown::kHttpBody:
        return Members(plan, value, depth);
      case WellKnown::kAny:
        return Any(value, depth);
      case WellKnown::kStruct:
      case WellKnown::kValue:
        return Free(value, depth);
      case WellKnown::kListValue:
        if (value.IsObject()) Found(Construct::kSpecialAsObject);
        return Free(value, depth);
      case WellKnown::kTimestamp:
      case WellKnown::kDuration:
      case WellKnown::kFieldMask:
      case WellKnown::kWrapper:
        break;
    }
    if (value.IsObject()) return Found(Construct::kSpecialAsObject);
    if (plan.well_known() == WellKnown::kWrapper) return Single(plan.fields()[0], value, depth);
    if (!value.IsString()) return;
    const std::string_view text = TextOf(value);
    if (plan.well_known() == WellKnown::kTimestamp) {
      if (!IsPlainTimestamp(text)) Found(Construct::kTimestampText);
      if (text.starts_with("0000-")) Found(Construct::kYearZero);
    }
    if (plan.well_known() == WellKnown::kDuration && !IsPlainDuration(text)) Found(Construct::kDurationText);
    if (plan.well_known() == WellKnown::kFieldMask) Mask(text);
  }

  void Mask(std::string_view text) {
    char before = ',';
    for (const char c : text) {
      const bool capital = c >= 'A' && c <= 'Z';
      const bool plain = capital || (c >= 'a' && c <= 'z') || IsDigit(c) || c == '.' || c == ',';
      if (!plain || ((c == ',' || c == '.') && (before == ',' || before == '.'))) Found(Construct::kMaskText);
      if (capital && !(before >= 'a' && before <= 'z') && !IsDigit(before)) Found(Construct::kMaskCapitals);
      before = c;
    }
    if (text.ends_with(',')) Found(Construct::kMaskText);
  }

  // Struct, Value, ListValue and what is not known: any JSON.
  void Free(const Value& value, int depth) {
    if (depth > kMaxDepth) return Found(Construct::kDeep);
    if (value.IsArray()) {
      for (const Value& element : value.GetArray()) Free(element, depth + 1);
    }
    if (!value.IsObject()) return;
    std::set<std::string_view> names;
    for (const auto& member : value.GetObject()) {
      if (!names.insert(TextOf(member.name)).second) Found(Construct::kDuplicateName);
      Free(member.value, depth + 1);
    }
  }

  void Any(const Value& value, int depth) {
    if (!value.IsObject()) return;
    const auto type = value.FindMember("@type");
    if (type == value.MemberEnd() || !type->value.IsString()) {
      if (value.MemberCount() > 0) Found(Construct::kAnyMembers);
      return Free(value, depth);
    }
    const std::string_view url = TextOf(type->value);
    if (!url.starts_with(kPrefix) || url.find('/') != url.rfind('/')) Found(Construct::kAnyPrefix);
    const MessagePlan* plan = plans_.Find(url.substr(url.rfind('/') + 1));
    if (plan == nullptr) return Free(value, depth);
    plan->Complete();
    if (plan->well_known() == WellKnown::kEmpty && value.HasMember("value")) Found(Construct::kAnyEmptyValue);
    if (!plan->special_form()) return Members(*plan, value, depth, true);
    const auto inner = value.FindMember("value");
    if (inner != value.MemberEnd()) {
      if (inner->value.IsNull()) Found(Construct::kNullInside);
      Message(*plan, inner->value, depth + 1);
    }
    std::set<std::string_view> names;
    for (const auto& member : value.GetObject()) {
      if (!names.insert(TextOf(member.name)).second) Found(Construct::kDuplicateName);
      if (TextOf(member.name) != "@type" && TextOf(member.name) != "value") Found(Construct::kAnyMembers);
    }
  }

  void Members(const MessagePlan& plan, const Value& value, int depth, bool within_any = false) {
    if (!value.IsObject()) return;
    std::set<const FieldPlan*> named, set;
    std::set<std::string_view> others;
    for (const auto& member : value.GetObject()) {
      const std::string_view name = TextOf(member.name);
      const FieldPlan* field = plan.Find(name);
      if (field == nullptr) {
        if (!others.insert(name).second) Found(Construct::kDuplicateName);
        if (within_any && name == "@type") continue;
        Found(name.empty() ? Construct::kEmptyName : Construct::kUnknownName);
        Free(member.value, depth + 1);
        continue;
      }
      if (!named.insert(field).second) Found(Construct::kDuplicateName);
      if (!member.value.IsNull()) set.insert(field);
      if (field->extension) Found(Construct::kExtension);
      Field(*field, member.value, depth);
    }
    for (const FieldPlan& field : plan.fields()) {
      if (field.descriptor->is_required() && !set.contains(&field)) Found(Construct::kMissingRequired);
    }
  }

  void Field(const FieldPlan& field, const Value& value, int depth) {
    const bool takes_null = (field.enumeration != nullptr && field.enumeration->null_value) ||
                            (field.message != nullptr && field.message->well_known() == WellKnown::kValue);
    if (value.IsNull() && !field.repeated) return;
    if (value.IsNull()) {
      if (takes_null) Found(Construct::kNullList);
      return;
    }
    if (field.map) return Map(field, value, depth);
    if (!field.repeated) return Single(field, value, depth + 1);
    if (!value.IsArray()) {
      Found(Construct::kListOfOne);
      return Single(field, value, depth + 1);
    }
    const bool takes_lists = field.message != nullptr && (field.message->well_known() == WellKnown::kValue ||
                                                          field.message->well_known() == WellKnown::kListValue);
    for (const Value& element : value.GetArray()) {
      if (element.IsNull() && !takes_null) Found(Construct::kNullInside);
      if (element.IsArray() && !takes_lists) Found(Construct::kNestedList);
      Single(field, element, depth + 2);
    }
  }

  void Map(const FieldPlan& field, const Value& value, int depth) {
    if (!value.IsObject()) return;
    const FieldPlan& key = *field.message->FindNumber(1);
    const FieldPlan& mapped = *field.message->FindNumber(2);
    const bool takes_null = (mapped.enumeration != nullptr && mapped.enumeration->null_value) ||
                            (mapped.message != nullptr && mapped.message->well_known() == WellKnown::kValue);
    std::set<std::string_view> names;
    for (const auto& member : value.GetObject()) {
      if (!names.insert(TextOf(member.name)).second) Found(Construct::kDuplicateName);
      Key(key, TextOf(member.name));
      if (member.value.IsNull() && !takes_null) Found(Construct::kNullInside);
      if (member.value.IsArray()) Found(Construct::kNestedList);
      Single(mapped, member.value, depth + 2);
    }
  }

  void Key(const FieldPlan& field, std::string_view text) {
    if (field.type == FieldDescriptor::TYPE_STRING) return;
    const bool plain = field.type == FieldDescriptor::TYPE_BOOL
                           ? text == "true" || text == "false"
                           : IsNumber(text) && text.find_first_of(".eE") == std::string_view::npos && text != "-0";
    if (!plain) Found(Construct::kKeyText);
  }

  void Single(const FieldPlan& field, const Value& value, int depth) {
    switch (field.type) {
      case FieldDescriptor::TYPE_GROUP:
        Found(Construct::kGroup);
        return Message(*field.message, value, depth);
      case FieldDescriptor::TYPE_MESSAGE:
        return Message(*field.message, value, depth);
      case FieldDescriptor::TYPE_ENUM:
        if (field.enumeration->closed && value.IsInt() && !field.enumeration->names.contains(value.GetInt())) {
          Found(Construct::kClosedEnumNumber);
        }
        if (value.IsString() && !field.enumeration->numbers.contains(TextOf(value))) Found(Construct::kEnumText);
        if (value.IsDouble()) Found(Construct::kNumberThroughDouble);
        return;
      case FieldDescriptor::TYPE_BOOL:
        if (value.IsString()) Found(Construct::kQuotedBool);
        return;
      case FieldDescriptor::TYPE_BYTES:
        if (value.IsString() && !IsPlainBase64(TextOf(value))) Found(Construct::kBase64Form);
        return;
      case FieldDescriptor::TYPE_STRING:
        return;
      case FieldDescriptor::TYPE_FLOAT:
      case FieldDescriptor::TYPE_DOUBLE:
        return Floating(field, value);
      default:
        return Integer(value);
    }
  }

  void Floating(const FieldPlan& field, const Value& value) {
    double number = value.IsNumber() ? value.GetDouble() : 0;
    if (value.IsString()) {
      const std::string_view text = TextOf(value);
      const bool named = text == "NaN" || text == "Infinity" || text == "-Infinity";
      if (!IsNumber(text) && !named) return Found(Construct::kQuotedNumber);
      if (!named) std::from_chars(text.data(), text.data() + text.size(), number);
    }
    if (field.type == FieldDescriptor::TYPE_FLOAT && IsFloatMidpoint(number)) Found(Construct::kFloatMidpoint);
  }

  void Integer(const Value& value) {
    if (value.IsDouble()) Found(Construct::kNumberThroughDouble);
    if (!value.IsString()) return;
    const std::string_view text = TextOf(value);
    if (!IsNumber(text)) return Found(Construct::kQuotedNumber);
    if (text.find_first_of(".eE") != std::string_view::npos || text == "-0") Found(Construct::kQuotedNumberForm);
  }

  const PlanSet& plans_;
};

bool HasNegativeZero(std::string_view text) {
  for (size_t at = text.find("-0"); at != std::string_view::npos; at = text.find("-0", at + 1)) {
    const char next = at + 2 < text.size() ? text[at + 2] : ' ';
    if (!IsDigit(next) && next != '.' && next != 'e' && next != 'E') return true;
  }
  return false;
}

}  // namespace

StrictText::StrictText(std::string_view in) : text(in) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;
  document.Parse<kFlags>(text.data(), text.size());
  json = !document.HasParseError();
  huge_number = document.GetParseError() == rapidjson::kParseErrorNumberTooBig;
}

Constructs FindConstructs(const PlanSet& plans, const MessagePlan& plan, const StrictText& text) {
  Finder finder(plans);
  plan.Complete();
  if (text.huge_number) finder.found.set(static_cast<size_t>(Construct::kHugeNumber));
  if (HasNegativeZero(text.text)) finder.found.set(static_cast<size_t>(Construct::kNegativeZero));
  if (text.json) finder.Top(plan, text.document);
  return finder.found;
}

}  // namespace dragoman::fuzz
