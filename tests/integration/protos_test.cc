#include <gtest/gtest.h>

#include <filesystem>

#include "shop_fixture.h"

// Descriptors from .proto sources: no protoc, no descriptor set.
namespace dragoman::integration {
namespace {

constexpr const char* kProtos = DRAGOMAN_SOURCE_DIR "/examples/shop/protos";

// The three lines of the README, and a listener on a free port.
std::string ThreeLines(const std::string& proto, const std::string& endpoint) {
  return "descriptors: [{proto: " + proto + "}]\nbackends:    {shop: {endpoints: [\"" + endpoint +
         "\"]}}\nservices:    [{name: \"shop.v1.*\", backend: shop}]\nlisteners: [{address: \"127.0.0.1:0\"}]\n";
}

void ExpectServesTheShop(Process& gateway) {
  const std::string address = gateway.WaitForLine("listening on http://");
  EXPECT_EQ(Fetch(address, "GET", "/v1/items/grinder").status, 200);
  const HttpResponse order = Fetch(address, "POST", "/v1/orders", {},
                                   R"({"customer": "bob", "lines": [{"itemId": "green-tea", "quantity": 2}]})");
  EXPECT_EQ(order.status, 201) << order.body;
  EXPECT_EQ(JsonAt(order.body, "customer"), "bob");
  const HttpResponse refused = Fetch(address, "GET", "/v1/items/teapot");
  EXPECT_EQ(refused.status, 404);
  EXPECT_NE(refused.body.find("ResourceInfo"), std::string::npos) << refused.body;
}

TEST(Protos, ThreeLinesServeTheShopFromItsSources) {
  Shop shop;
  TempDir folder;
  std::filesystem::create_directory_symlink(kProtos, folder.path("protos"));
  Process gateway(
      {DragomanProgram(), "serve", "--config",
       folder.Write("dragoman.yaml", ThreeLines("{roots: [protos], files: [\"shop/v1/*.proto\"]}", shop.address()))});
  ExpectServesTheShop(gateway);
}

TEST(Protos, TheSameRoutesAsFromADescriptorSet) {
  TempDir folder;
  const std::string from_set = folder.Write("set.yaml", ConfigText({.endpoints = {"127.0.0.1:1"}}));
  const std::string from_sources =
      folder.Write("sources.yaml", ThreeLines("{roots: [\"" + std::string(kProtos) + "\"]}", "127.0.0.1:1"));
  const Outcome set = RunToEnd({DragomanProgram(), "routes", "--config", from_set});
  const Outcome sources = RunToEnd({DragomanProgram(), "routes", "--config", from_sources});
  EXPECT_EQ(sources.exit_code, 0) << sources.err;
  EXPECT_EQ(sources.out, set.out);
}

TEST(Protos, AFolderIsEnoughForServeWithoutAFile) {
  Shop shop;
  Process gateway(
      {DragomanProgram(), "serve", "--backend", shop.address(), "--descriptors", kProtos, "--listen", "127.0.0.1:0"});
  ExpectServesTheShop(gateway);
}

TEST(Protos, CheckTellsEveryProblemOfTheSourcesWithItsPlace) {
  TempDir folder;
  std::filesystem::create_directories(folder.path("protos/shop"));
  folder.Write("protos/shop/a.proto",
               "syntax = \"proto3\";\nimport \"shop/money.proto\";\nmessage A {\n  int32 a\n}\n");
  folder.Write("protos/shop/b.proto", "edition = \"2023\";\nmessage B {}\n");
  folder.Write("protos/shop/c.proto", "message C {\n  optional Missing c = 1;\n}\n");
  const std::string protos = folder.path("protos");
  const Outcome outcome =
      RunToEnd({DragomanProgram(), "check", "--config",
                folder.Write("dragoman.yaml",
                             ThreeLines("{roots: [protos], files: [\"shop/*.proto\", \"shop/v1/*.proto\"]}", "a:1"))});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err,
            folder.path("dragoman.yaml") + ":1:65: \"shop/v1/*.proto\" matches no file in " + protos + "\n" + protos +
                "/shop/a.proto:2:1: imports \"shop/money.proto\", which is neither built in nor in " + protos + "\n" + protos +
                "/shop/a.proto:5:1: Missing field number.\n" + protos +
                "/shop/b.proto:1:1: is of an edition, which this compiler does not know; let a current one make a "
                "descriptor set, with protoc --include_imports --descriptor_set_out=api.pb -I ROOT shop/b.proto or "
                "buf build -o api.pb, and name that: descriptors: [{file: api.pb}]\n" +
                protos + "/shop/c.proto:2:12: \"Missing\" is not defined.\n5 problems\n");
}

}  // namespace
}  // namespace dragoman::integration
