#include "wire_differences.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "transcoding/utf8.h"

namespace dragoman::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kMaxDepth = 30;  // levels of messages; the two writers count some of them differently

constexpr WriteDifference kDifferences[] = {
    {Content::kBadUtf8, "strings that are not UTF-8", "protobuf writes those of proto2 as they are", kTheyWrite},
    {Content::kUnknownAny, "an Any of an unknown type", "protobuf refuses the whole message; we keep the bytes",
     kTheyRefuseWire},
    {Content::kEmptyAny, "an Any without a type", "protobuf refuses one that has a value; we keep its bytes",
     kTheyRefuseWire},
    {Content::kAnyWithoutBytes, "an Any whose message is empty",
     "protobuf writes its type alone, without looking for it, without value or defaults", kOtherText},
    {Content::kAnyInAny, "defaults in an Any within an Any", "protobuf writes none there", kOtherText},
    {Content::kAnyPrefix, "the prefix of an Any's type", "protobuf resolves type.googleapis.com alone",
     kTheyRefuseWire},
    {Content::kTime, "Timestamps and Durations out of range",
     "protobuf does not compare the signs of a Duration's parts, nor look at the nanos of one of 0 seconds",
     kTheyWrite | kTheyRefuseWire | kOtherText},
    {Content::kMaskPath, "paths of a FieldMask that are not in lower case",
     "protobuf writes what it cannot read back as the same path", kTheyWrite | kTheyRefuseWire | kOtherText},
    {Content::kNoKind, "a Value without a kind", "protobuf writes nothing or null, we write null",
     kOtherText | kTheyRefuseWire},
    {Content::kNotFinite, "NaN and Infinity in a Value", "protobuf writes them as strings; ProtoJSON refuses them",
     kTheyWrite},
    {Content::kExtension, "extensions", "protobuf's JSON has none", kTheyWrite | kOtherText},
    {Content::kGroup, "groups", "protobuf's JSON passes over them", kTheyWrite | kTheyRefuseWire | kOtherText},
    {Content::kProto2, "defaults of proto2", "protobuf writes them where asked for those of proto3", kOtherText},
    {Content::kDeep, "levels", "protobuf counts fewer of them", kTheyWrite | kTheyRefuseWire},
};

class Finder {
 public:
  void Find(const Message& message, int depth) {
    if (depth > kMaxDepth) Found(Content::kDeep);
    if (message.GetDescriptor()->file()->syntax() == google::protobuf::FileDescriptor::SYNTAX_PROTO2) {
      Found(Content::kProto2);
    }
    if (const auto* any = dynamic_cast<const google::protobuf::Any*>(&message)) return Any(*any, depth);
    if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message)) return Time(*time);
    if (const auto* time = dynamic_cast<const google::protobuf::Duration*>(&message)) return Time(*time);
    if (const auto* mask = dynamic_cast<const google::protobuf::FieldMask*>(&message)) return Mask(*mask);
    if (const auto* value = dynamic_cast<const google::protobuf::Value*>(&message)) Value(*value);
    const auto& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->is_extension()) Found(Content::kExtension);
      if (field->type() == FieldDescriptor::TYPE_GROUP) Found(Content::kGroup);
      if (field->type() == FieldDescriptor::TYPE_FLOAT) Found(Content::kFloat);
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          Find(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                    : reflection.GetMessage(message, field),
               depth + 1);
        } else if (field->type() == FieldDescriptor::TYPE_STRING) {
          std::string room;
          Text(field->is_repeated() ? reflection.GetRepeatedStringReference(message, field, i, &room)
                                    : reflection.GetStringReference(message, field, &room));
        }
      }
    }
  }

  Contents found;

 private:
  void Found(Content content) { found.set(static_cast<size_t>(content)); }

  void Text(const std::string& text) {
    if (!transcoding::IsUtf8(text)) Found(Content::kBadUtf8);
  }

  void Any(const google::protobuf::Any& any, int depth) {
    const std::string& url = any.type_url();
    Text(url);
    if (url.empty()) return Found(Content::kEmptyAny);
    if (any.value().empty()) Found(Content::kAnyWithoutBytes);
    constexpr std::string_view kPrefix = "type.googleapis.com/";
    if (!url.starts_with(kPrefix) || url.rfind('/') != kPrefix.size() - 1) Found(Content::kAnyPrefix);
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(url.substr(url.rfind('/') + 1));
    if (descriptor == nullptr) return Found(Content::kUnknownAny);
    const Message& prototype = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
    const std::unique_ptr<Message> inner = Parse(prototype, any.value());  // in canonical bytes there is one
    if (descriptor == any.GetDescriptor()) Found(Content::kAnyInAny);
    Find(*inner, depth + 1);
  }

  void Time(const google::protobuf::Timestamp& time) {
    const bool good = time.seconds() >= -62'135'596'800 && time.seconds() <= 253'402'300'799 && time.nanos() >= 0 &&
                      time.nanos() <= 999'999'999;
    if (!good) Found(Content::kTime);
  }

  void Time(const google::protobuf::Duration& time) {
    const bool one_sign = time.seconds() == 0 || time.nanos() == 0 || (time.seconds() < 0) == (time.nanos() < 0);
    const bool good = std::abs(time.seconds()) <= 315'576'000'000 && std::abs(time.nanos()) <= 999'999'999 && one_sign;
    if (!good) Found(Content::kTime);
  }

  void Mask(const google::protobuf::FieldMask& mask) {
    for (const std::string& path : mask.paths()) {
      Text(path);
      char before = '.';
      bool good = true;
      for (const char c : path) {
        const bool letter = c >= 'a' && c <= 'z';
        const bool digit = c >= '0' && c <= '9';
        const bool joins = c == '_' || c == '.';
        good = good && (letter || (digit && before != '_') || (joins && before != '_' && before != '.'));
        before = c;
      }
      if (!good || before == '_' || before == '.') Found(Content::kMaskPath);
    }
  }

  void Value(const google::protobuf::Value& value) {
    if (value.kind_case() == google::protobuf::Value::KIND_NOT_SET) Found(Content::kNoKind);
    if (value.has_number_value() && !std::isfinite(value.number_value())) Found(Content::kNotFinite);
  }
};

constexpr WriteDifference kNullDefault = {Content::kCount, "the default of a NullValue",
                                          "protobuf writes it as \"NULL_VALUE\", a set one as null", kOtherText};
constexpr WriteDifference kFloatText = {Content::kFloat, "the text of a float",
                                        "protobuf writes 6 or 9 digits, we as few as make the same float", kOtherText};

constexpr WriteDifference kWholeDefault = {Content::kCount, "a well-known type as the whole text, with defaults",
                                           "protobuf writes `false` for an empty FloatValue", kOtherText};

// How far the two texts may differ.
struct Allowance {
  bool null_default = false;
  bool float_text = false;
};

bool Same(const rapidjson::Value& ours, const rapidjson::Value& theirs, const Allowance& allowed) {
  if (ours.IsNumber() && theirs.IsNumber()) {
    return ours == theirs ||
           (allowed.float_text && static_cast<float>(ours.GetDouble()) == static_cast<float>(theirs.GetDouble()));
  }
  if (ours.IsArray() && theirs.IsArray()) {
    return std::ranges::equal(ours.GetArray(), theirs.GetArray(),
                              [&](const auto& a, const auto& b) { return Same(a, b, allowed); });
  }
  if (ours.IsObject() && theirs.IsObject()) {
    return ours.MemberCount() == theirs.MemberCount() && std::ranges::all_of(ours.GetObject(), [&](const auto& member) {
             const auto other = theirs.FindMember(member.name);
             return other != theirs.MemberEnd() && Same(member.value, other->value, allowed);
           });
  }
  if (allowed.null_default && ours.IsNull() && theirs.IsString()) return theirs == "NULL_VALUE";
  return ours == theirs;
}

bool SameText(const Writing& writing, const Allowance& allowed) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
  rapidjson::Document ours;
  rapidjson::Document theirs;
  ours.Parse<kFlags>(writing.our_text.data(), writing.our_text.size());
  theirs.Parse<kFlags>(writing.their_text.data(), writing.their_text.size());
  return !ours.HasParseError() && !theirs.HasParseError() && Same(ours, theirs, allowed);
}

}  // namespace

std::span<const WriteDifference> WriteDifferences() { return kDifferences; }

Contents FindContents(const Message& message) {
  Finder finder;
  finder.Find(message, 1);
  return finder.found;
}

bool Agree(const Writing& writing) {
  if (writing.our_error.empty() != writing.their_error.empty()) return false;
  return !writing.our_error.empty() || writing.our_text == writing.their_text || SameText(writing, {});
}

const WriteDifference* Explain(const Writing& writing, const Contents& contents) {
  unsigned outcome = kOtherText;
  if (!writing.our_error.empty()) outcome = kTheyWrite;
  if (!writing.their_error.empty()) outcome = kTheyRefuseWire;
  const bool has_float = contents.test(static_cast<size_t>(Content::kFloat));
  if (outcome == kOtherText) {
    if (writing.emit_defaults && writing.kind.plan->special_form()) return &kWholeDefault;
    if (writing.emit_defaults && SameText(writing, {.null_default = true})) return &kNullDefault;
    const Allowance both = {.null_default = writing.emit_defaults, .float_text = has_float};
    if (has_float && SameText(writing, both)) return &kFloatText;
  }
  const auto* found = std::ranges::find_if(kDifferences, [&](const WriteDifference& difference) {
    const bool defaults_alone = difference.content == Content::kProto2 || difference.content == Content::kAnyInAny;
    if (defaults_alone && !writing.emit_defaults) return false;
    return contents.test(static_cast<size_t>(difference.content)) && (difference.outcomes & outcome) != 0;
  });
  return found == std::end(kDifferences) ? nullptr : found;
}

}  // namespace dragoman::fuzz
