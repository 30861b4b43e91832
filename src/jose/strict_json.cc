#include "jose/strict_json.h"

#include <rapidjson/reader.h>

#include <algorithm>
#include <vector>

#include "transcoding/utf8.h"

namespace dragoman::jose {
namespace {

constexpr rapidjson::SizeType kFewMembers = 8;  // up to which comparing each with each is quickest

// Builds the document, and refuses on the way what a document may not hold.
class Handler {
 public:
  using Ch = char;

  Handler(rapidjson::Document& to, size_t max_depth) : to_(to), depth_left_(max_depth) {}

  JsonFault fault() const { return fault_; }

  bool Null() { return to_.Null(); }
  bool Bool(bool value) { return to_.Bool(value); }
  bool Int(int value) { return to_.Int(value); }
  bool Uint(unsigned value) { return to_.Uint(value); }
  bool Int64(int64_t value) { return to_.Int64(value); }
  bool Uint64(uint64_t value) { return to_.Uint64(value); }
  bool Double(double value) { return to_.Double(value); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool copy) { return to_.RawNumber(text, size, copy); }
  bool String(const char* text, rapidjson::SizeType size, bool copy) {
    if (!transcoding::IsUtf8({text, size})) return Refuse(JsonFault::kNoUtf8);
    return to_.String(text, size, copy);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return String(text, size, copy); }
  bool StartObject() { return Enter() && to_.StartObject(); }
  bool EndObject(rapidjson::SizeType count) {
    ++depth_left_;
    return to_.EndObject(count);
  }
  bool StartArray() { return Enter() && to_.StartArray(); }
  bool EndArray(rapidjson::SizeType count) {
    ++depth_left_;
    return to_.EndArray(count);
  }

 private:
  bool Refuse(JsonFault fault) {
    fault_ = fault;
    return false;
  }
  bool Enter() {
    if (depth_left_ == 0) return Refuse(JsonFault::kTooDeep);
    --depth_left_;
    return true;
  }

  rapidjson::Document& to_;
  size_t depth_left_;
  JsonFault fault_ = JsonFault::kNone;
};

bool HasRepeatedNamesItself(const rapidjson::Value& object) {
  if (object.MemberCount() <= kFewMembers) {
    for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member) {
      for (auto other = object.MemberBegin(); other != member; ++other) {
        if (TextOf(member->name) == TextOf(other->name)) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> names;
  names.reserve(object.MemberCount());
  for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member) {
    names.push_back(TextOf(member->name));
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

std::string_view TextOf(JsonFault fault) {
  switch (fault) {
    case JsonFault::kNone:
      break;
    case JsonFault::kNoObject:
      return "is no JSON object";
    case JsonFault::kTooDeep:
      return "nests too deeply";
    case JsonFault::kNoUtf8:
      return "is not UTF-8";
    case JsonFault::kRepeatedName:
      return "has a name twice in one object";
  }
  return "is in order";
}

JsonFault StrictJson::Parse(std::string_view text, size_t max_depth) {
  // The parser stops at a NUL, so that what stands behind one would pass unseen.
  if (text.find('\0') != std::string_view::npos) return JsonFault::kNoObject;
  text_.Reserve(text.size() + 1);
  text_.Append(text);
  text_.Append('\0');
  Handler handler(document_, max_depth);
  bool parsed = false;
  const auto parse = [&](rapidjson::Document&) {
    rapidjson::InsituStringStream stream(text_.data());
    rapidjson::Reader reader;
    parsed = !reader.Parse<rapidjson::kParseInsituFlag>(stream, handler).IsError();
    return parsed;
  };
  document_.Populate(parse);
  if (handler.fault() != JsonFault::kNone) return handler.fault();
  return parsed && document_.IsObject() ? JsonFault::kNone : JsonFault::kNoObject;
}

bool HasRepeatedNames(const rapidjson::Value& value) {
  if (value.IsArray()) {
    return std::any_of(value.Begin(), value.End(), [](const rapidjson::Value& item) { return HasRepeatedNames(item); });
  }
  if (!value.IsObject()) return false;
  return HasRepeatedNamesItself(value) ||
         std::any_of(value.MemberBegin(), value.MemberEnd(),
                     [](const rapidjson::Value::Member& member) { return HasRepeatedNames(member.value); });
}

const rapidjson::Value* FindMember(const rapidjson::Value& object, std::string_view name) {
  if (!object.IsObject()) return nullptr;
  for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member) {
    if (TextOf(member->name) == name) return &member->value;
  }
  return nullptr;
}

}  // namespace dragoman::jose
