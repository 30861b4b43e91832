#include "tests/explain/fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/load.h"
#include "generation/generation.h"
#include "schema_from_source.h"

namespace dragoman::explain {
namespace {

constexpr std::string_view kShop = R"(
syntax = "proto3";
package shop.v1;
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
import "google/protobuf/field_mask.proto";

message Price { string currency = 1; int64 units = 2; }
message Item { string id = 1; string title = 2; Price price = 3; repeated string tags = 4; }
message GetItemRequest { string id = 1; string name = 2; bool full = 3; int32 version = 4; }
message UpdateItemRequest { Item item = 1; google.protobuf.FieldMask update_mask = 2; bool validate_only = 3; }
message ImportResponse { int32 count = 1; }
message Upload { string id = 1; google.api.HttpBody content = 2; }
message Order { string id = 1; string item_id = 2; }
message ListOrdersRequest { string user_id = 1; int32 page_size = 2; }
message ListOrdersResponse { repeated Order orders = 1; }
message User { string id = 1; string display_name = 2; }
message GetUserRequest { string id = 1; }

service Catalog {
  rpc GetItem(GetItemRequest) returns (Item) {
    option (google.api.http) = {get: "/v1/items/{id}" additional_bindings {get: "/v1/{name=shelves/*/items/*}"}};
  }
  rpc UpdateItem(UpdateItemRequest) returns (Item) {
    option (google.api.http) = {patch: "/v1/items/{item.id}" body: "item"};
  }
  rpc DeleteItem(GetItemRequest) returns (Item) { option (google.api.http) = {delete: "/v1/items/{id}"}; }
  rpc Watch(GetItemRequest) returns (stream Item) { option (google.api.http) = {get: "/v1/items/{id}:watch"}; }
  rpc Import(stream Item) returns (ImportResponse) { option (google.api.http) = {post: "/v1/items:import" body: "*"}; }
  rpc PutImage(Upload) returns (ImportResponse) { option (google.api.http) = {put: "/v1/items/{id}/image" body: "content"}; }
}
service Orders {
  rpc ListOrders(ListOrdersRequest) returns (ListOrdersResponse) {
    option (google.api.http) = {get: "/v1/users/{user_id}/orders"};
  }
}
service Users {
  rpc GetUser(GetUserRequest) returns (User) { option (google.api.http) = {get: "/v1/users/{id}"}; }
}
)";

constexpr std::string_view kConfig =
    "descriptors: [{file: shop.pb}]\n"
    "backends: {shop: {endpoints: [\"127.0.0.1:50051\"], timeout: 5s}}\n"
    "services: [{name: \"shop.v1.*\", backend: shop}]\n";

}  // namespace

std::shared_ptr<const Generation> BuildShop(std::string_view more) {
  char path[] = "/tmp/dragoman-explain-XXXXXX";
  EXPECT_NE(::mkdtemp(path), nullptr);
  const std::string folder = path;
  std::ofstream(folder + "/shop.pb", std::ios::binary) << DescriptorSetFromSource(kShop, "shop/v1/shop.proto");
  auto generation = config::LoadText(folder + "/dragoman.yaml", std::string(kConfig) + std::string(more)).and_then([](config::Config config) {
    return BuildGeneration(std::move(config));
  });
  std::filesystem::remove_all(folder);
  if (generation) return *std::move(generation);
  for (const Problem& problem : generation.error()) ADD_FAILURE() << problem.where << ": " << problem.what;
  return nullptr;
}

Explanation Told(const Generation& generation, const Question& question) {
  auto told = Explain(generation, question);
  if (told) return *std::move(told);
  ADD_FAILURE() << told.error();
  return {};
}

std::string GoldenOf(std::string_view name, const std::string& text) {
  const std::string path = DRAGOMAN_SOURCE_DIR "/tests/explain/golden/" + std::string(name);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace dragoman::explain
