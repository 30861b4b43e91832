#pragma once

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "config/load.h"
#include "openapi/openapi.h"

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

// The document of services of shop.v1 that stand in one .proto file, and of what else a configuration says.
class Document {
 public:
  explicit Document(std::string_view proto, std::string_view more = "openapi: {}", std::string_view head = kProtoHead) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("openapi_test." + std::to_string(getpid()));
    std::filesystem::create_directories(folder / "protos");
    std::ofstream(folder / "protos" / "shop.proto", std::ios::binary) << head << proto;
    std::ofstream(folder / "d.yaml") << "descriptors: [{proto: {roots: [protos]}}]\n"
                                        "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
                                        "services: [{name: \"*\", backend: shop}]\n"
                                     << more << "\n";
    auto generation = config::LoadFile((folder / "d.yaml").string()).and_then([](config::Config config) {
      return BuildGeneration(std::move(config));
    });
    std::filesystem::remove_all(folder);
    if (!generation) {
      for (const Problem& problem : generation.error()) ADD_FAILURE() << problem.where << ": " << problem.what;
      return;
    }
    text_ = Render(**generation);
    EXPECT_EQ(text_, Render(**generation)) << "the same bytes each time";
    json_.Parse<rapidjson::kParseValidateEncodingFlag>(text_.data(), text_.size());
    if (json_.HasParseError()) {
      ADD_FAILURE() << rapidjson::GetParseError_En(json_.GetParseError()) << " at " << json_.GetErrorOffset() << ": "
                    << text_.substr(json_.GetErrorOffset() > 50 ? json_.GetErrorOffset() - 50 : 0, 100);
    }
  }

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
