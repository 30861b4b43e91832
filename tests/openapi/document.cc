#include "document.h"

#include <gtest/gtest.h>
#include <rapidjson/error/en.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/load.h"
#include "openapi/openapi.h"

namespace dragoman::openapi {

GenerationPtr Generate(std::string_view proto, std::string_view more, std::string_view head) {
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
    return nullptr;
  }
  return *generation;
}

Document::Document(std::string_view proto, std::string_view more, std::string_view head) {
  const GenerationPtr generation = Generate(proto, more, head);
  if (generation == nullptr) return;
  text_ = Render(*generation).value();
  EXPECT_EQ(text_, Render(*generation)) << "the same bytes each time";
  json_.Parse<rapidjson::kParseValidateEncodingFlag>(text_.data(), text_.size());
  if (json_.HasParseError()) {
    ADD_FAILURE() << rapidjson::GetParseError_En(json_.GetParseError()) << " at " << json_.GetErrorOffset() << ": "
                  << text_.substr(json_.GetErrorOffset() > 50 ? json_.GetErrorOffset() - 50 : 0, 100);
  }
}

}  // namespace dragoman::openapi
