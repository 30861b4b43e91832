#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdlib>

#include "harness.h"

namespace dragoman::integration {
namespace {

using rapidjson::Value;

std::string Text(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

enum class Extra { kRefused, kAllowed };

// "" if `actual` is what `expected` says.
std::string Difference(const Value& expected, const Value& actual, Extra extra, const std::string& path) {
  std::string at = path.empty() ? "the value" : path;
  if (expected.IsString() && std::string_view(expected.GetString(), expected.GetStringLength()) == "…") return {};
  if (expected.IsObject() && actual.IsObject()) {
    for (const auto& member : expected.GetObject()) {
      std::string below = path + "." + member.name.GetString();
      auto found = actual.FindMember(member.name);
      if (found == actual.MemberEnd()) return below + " is missing, expected " + Text(member.value);
      if (std::string no = Difference(member.value, found->value, extra, below); !no.empty()) return no;
    }
    for (const auto& member : actual.GetObject()) {
      if (extra == Extra::kRefused && expected.FindMember(member.name) == expected.MemberEnd()) {
        return path + "." + member.name.GetString() + " was not expected: " + Text(member.value);
      }
    }
    return {};
  }
  if (expected.IsArray() && actual.IsArray()) {
    for (rapidjson::SizeType i = 0; i < expected.Size() && i < actual.Size(); ++i) {
      std::string no = Difference(expected[i], actual[i], extra, path + "[" + std::to_string(i) + "]");
      if (!no.empty()) return no;
    }
    if (expected.Size() == actual.Size()) return {};
    return at + " has " + std::to_string(actual.Size()) + " elements, expected " + std::to_string(expected.Size()) +
           ": " + Text(actual);
  }
  return expected == actual ? "" : at + " is " + Text(actual) + ", expected " + Text(expected);
}

std::string Compare(std::string_view expected, std::string_view actual, Extra extra) {
  rapidjson::Document want;
  rapidjson::Document got;
  if (want.Parse(expected.data(), expected.size()).HasParseError())
    return "what is expected is no JSON: " + std::string(expected);
  if (got.Parse<rapidjson::kParseValidateEncodingFlag>(actual.data(), actual.size()).HasParseError()) {
    return "no JSON: " + std::string(actual);
  }
  return Difference(want, got, extra, "");
}

}  // namespace

std::string JsonDifference(std::string_view expected, std::string_view actual) {
  return Compare(expected, actual, Extra::kRefused);
}

std::string JsonLacks(std::string_view expected, std::string_view actual) {
  return Compare(expected, actual, Extra::kAllowed);
}

std::string JsonAt(std::string_view json, std::string_view path) {
  rapidjson::Document document;
  if (document.Parse(json.data(), json.size()).HasParseError()) return {};
  const Value* value = &document;
  while (!path.empty()) {
    std::string part(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (value->IsArray()) {
      size_t index = std::strtoul(part.c_str(), nullptr, 10);
      if (index >= value->Size()) return {};
      value = &(*value)[static_cast<rapidjson::SizeType>(index)];
      continue;
    }
    if (!value->IsObject()) return {};
    auto found = value->FindMember(part.c_str());
    if (found == value->MemberEnd()) return {};
    value = &found->value;
  }
  return value->IsString() ? std::string(value->GetString(), value->GetStringLength()) : Text(*value);
}

}  // namespace dragoman::integration
