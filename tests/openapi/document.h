#pragma once

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

#include "generation/generation.h"

namespace dragoman::openapi {

inline constexpr std::string_view kProtoHead = R"(
  syntax = "proto3";
  package shop.v1;
  import "google/api/annotations.proto";
  import "google/api/field_behavior.proto";
  import "google/api/httpbody.proto";
  import "google/protobuf/any.proto";
  import "google/protobuf/duration.proto";
  import "google/protobuf/empty.proto";
  import "google/protobuf/field_mask.proto";
  import "google/protobuf/struct.proto";
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
)";

// Of services of shop.v1 that stand in one .proto file, and of what else a configuration says. Null: the test has failed.
GenerationPtr Generate(std::string_view proto, std::string_view more = "openapi: {}", std::string_view head = kProtoHead);

// The document of such a generation.
class Document {
 public:
  explicit Document(std::string_view proto, std::string_view more = "openapi: {}", std::string_view head = kProtoHead);

  const std::string& text() const { return text_; }
  const rapidjson::Document& json() const { return json_; }

  // What stands at a JSON pointer, as JSON; "nothing" where there is nothing.
  std::string At(const std::string& pointer) const {
    const rapidjson::Value* const value = rapidjson::Pointer(pointer.c_str()).Get(json_);
    if (value == nullptr) return "nothing";
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    value->Accept(writer);
    return text.GetString();
  }
  // Of an operation: "get", "/v1/items/{id}", "/parameters".
  std::string Of(std::string_view member, std::string_view path, std::string_view rest = {}) const {
    return At("/paths/" + Escaped(path) + "/" + std::string(member) + std::string(rest));
  }
  std::string Schema(std::string_view name, std::string_view rest = {}) const {
    return At("/components/schemas/" + std::string(name) + std::string(rest));
  }
  // The members of the object at a pointer, in their order: "get post".
  std::string Keys(const std::string& pointer) const {
    const rapidjson::Value* const value = rapidjson::Pointer(pointer.c_str()).Get(json_);
    std::string keys;
    if (value == nullptr || !value->IsObject()) return "nothing";
    for (const auto& member : value->GetObject()) keys += (keys.empty() ? "" : " ") + std::string(member.name.GetString(), member.name.GetStringLength());
    return keys;
  }

 private:
  static std::string Escaped(std::string_view path) {
    std::string escaped;
    for (const char c : path) escaped += c == '/' ? "~1" : std::string(1, c);
    return escaped;
  }

  std::string text_;
  rapidjson::Document json_;
};

}  // namespace dragoman::openapi
