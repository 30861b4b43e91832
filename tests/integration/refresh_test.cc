#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <functional>

#include "shop_fixture.h"
#include "stream_reader.h"
#include "streams_fixture.h"

// Descriptors that change while the gateway serves.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Asks until the answer has that status; fails the test if it never does.
HttpResponse AskUntil(int status, const std::function<HttpResponse()>& ask) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  HttpResponse response;
  do {
    response = ask();
    if (response.status == status) return response;
  } while (std::chrono::steady_clock::now() < end);
  ADD_FAILURE() << "still " << response.status << ": " << response.body;
  return response;
}

// shop.v1.Catalog as far as this test needs it, with one more method if `more` says so.
std::string Protos(const std::string& more) {
  return R"(syntax = "proto3";
package shop.v1;
import "google/api/annotations.proto";
message Item { string id = 1; }
message GetItemRequest { string id = 1; }
service Catalog {
  rpc GetItem(GetItemRequest) returns (Item) { option (google.api.http) = {get: "/v1/items/{id}"}; }
)" + more + "}\n";
}

constexpr const char* kOtherPath =
    R"(  rpc DeleteItem(GetItemRequest) returns (Item) { option (google.api.http) = {delete: "/v1/items/{id}"}; }
)";

class WatchedProtos : public ::testing::Test {
 protected:
  // Replaces the file as editors and deployments do.
  void Write(const std::string& text) {
    const std::string fresh = folder_.Write("catalog.proto.new", text);
    std::filesystem::rename(fresh, folder_.path("catalog.proto"));
  }
  GatewayOptions Options() const {
    return {.descriptors = "[{proto: {roots: [" + folder_.path() + "], files: [\"*.proto\"]}}]",
            .endpoints = {shop_.address()},
            .more = "reload: {watch: true}\nadmin: {address: \"127.0.0.1:0\"}"};
  }

  Shop shop_;
  TempDir folder_;
};

TEST_F(WatchedProtos, AMethodThatIsAddedIsServedAndOneThatIsRemovedIsNot) {
  Write(Protos(""));
  Gateway gateway(Options());
  const auto remove = [&] { return Fetch(gateway.address(), "DELETE", "/v1/items/nothing"); };
  EXPECT_EQ(remove().status, 405);
  Write(Protos(kOtherPath));
  AskUntil(404, remove);  // the shop's answer
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_taken added=1 removed=0 changed=1 added_rpcs=shop.v1.Catalog/DeleteItem"))
      << gateway.process().err();
  Write(Protos(""));
  AskUntil(405, remove);
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_taken added=0 removed=1 changed=1")) << gateway.process().err();
  EXPECT_THAT(AskAdmin(gateway, "GET", "/metrics").body, HasSubstr("dragoman_descriptors_total{outcome=\"taken\"} 2\n"));
}

TEST_F(WatchedProtos, WhatIsBrokenChangesNothingAndIsToldOnce) {
  Write(Protos(""));
  Gateway gateway(Options());
  Write("this is no proto");
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_kept"));
  EXPECT_THAT(gateway.process().err(), HasSubstr("catalog.proto:1:1"));
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(AskAdmin(gateway, "GET", "/readyz").status, 200);
  Write(Protos(kOtherPath));
  AskUntil(404, [&] { return Fetch(gateway.address(), "DELETE", "/v1/items/nothing"); });
  EXPECT_THAT(AskAdmin(gateway, "GET", "/metrics").body, HasSubstr("dragoman_descriptors_total{outcome=\"kept\"} 1\n"));
}

TEST_F(WatchedProtos, CountersGoOnAndConnectionsStayOpen) {
  Write(Protos(""));
  Gateway gateway(Options());
  HttpClient client(gateway.address());
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  Write(Protos(kOtherPath));
  AskUntil(404, [&] { return Fetch(gateway.address(), "DELETE", "/v1/items/nothing"); });
  EXPECT_EQ(client.Send("GET", "/v1/items/grinder").status, 200);
  AskUntil(200, [&] {
    HttpResponse metrics = AskAdmin(gateway, "GET", "/metrics");
    const bool counted = metrics.body.find("dragoman_requests_total{rpc=\"shop.v1.Catalog/GetItem\",code=\"200\",reason=\"\"} 2\n") != std::string::npos;
    if (!counted) metrics.status = 0;
    return metrics;
  });
}

TEST_F(WatchedProtos, SighupHasThemReadWhereNobodyWatches) {
  Write(Protos(""));
  GatewayOptions options = Options();
  options.more = "";
  Gateway gateway(options);
  Write(Protos(kOtherPath));
  gateway.process().Signal(SIGHUP);
  AskUntil(404, [&] { return Fetch(gateway.address(), "DELETE", "/v1/items/nothing"); });
  EXPECT_THAT(gateway.process().err(), HasSubstr("reloading what="));
  gateway.process().Signal(SIGHUP);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
}

// The server of one socket, and another one in its place later.
class Reflected : public ::testing::Test {
 protected:
  std::string Socket() const { return "unix:" + folder_.path("server.sock"); }
  GatewayOptions Options(const std::string& refresh) const {
    return {.descriptors = "[{reflection: {backend: shop" + refresh + "}}]",
            .endpoints = {Socket()},
            .services = "[{name: \"*\", backend: shop}]",
            .more = "admin: {address: \"127.0.0.1:0\"}"};
  }

  TempDir folder_;
};

TEST_F(Reflected, AServerThatIsDownAtStartIsAskedAgain) {
  GatewayOptions options = Options("");
  options.more += "\ncors: {origins: [\"https://app.example\"]}";
  Gateway gateway(options);
  const auto ready = [&] { return AskAdmin(gateway, "GET", "/readyz"); };
  EXPECT_EQ(ready().status, 503);
  EXPECT_THAT(ready().body, StartsWith("waiting: backend \"shop\": cannot connect to unix:"));
  EXPECT_EQ(AskAdmin(gateway, "GET", "/livez").status, 200);
  const HttpResponse early = Fetch(gateway.address(), "GET", "/v1/items/grinder");
  EXPECT_EQ(early.status, 503);
  EXPECT_THAT(early.body, HasSubstr("there are no routes yet"));
  EXPECT_THAT(early.body, HasSubstr("BACKEND_UNAVAILABLE"));
  EXPECT_THAT(gateway.process().out(), HasSubstr("no routes yet, backend \"shop\""));
  EXPECT_EQ(Fetch(gateway.address(), "OPTIONS", "/v1/items/grinder",
                  {{"origin", "https://app.example"}, {"access-control-request-method", "GET"}}).status, 503);
  Shop shop(Socket());
  AskUntil(200, ready);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
}

TEST_F(Reflected, ASchemaThatDoesNotFitTheConfigurationIsAskedForAgainWhileThereAreNoRoutes) {
  GatewayOptions options = Options("");
  options.services = "[{name: \"shop.v1.*\", backend: shop}]";
  Gateway gateway(options);
  auto streams = std::make_unique<Process>(std::vector<std::string>{STREAMS_BACKEND, "--listen", Socket()});
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_kept")) << gateway.process().err();
  AskUntil(200, [&] {
    HttpResponse ready = AskAdmin(gateway, "GET", "/readyz");
    if (ready.status == 503 && ready.body.find("shop.v1.*") != std::string::npos) ready.status = 200;
    return ready;
  });
  streams->Signal(SIGTERM);
  streams->Wait();
  Shop shop(Socket());
  AskUntil(200, [&] { return AskAdmin(gateway, "GET", "/readyz"); });
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
}

TEST_F(Reflected, ARefreshTakesWhatAnotherBuildOfTheServerSays) {
  auto shop = std::make_unique<Shop>(Socket());
  Gateway gateway(Options(", refresh: 1s"));
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
  shop->process().Signal(SIGTERM);
  shop->process().Wait();
  shop.reset();
  // Nobody answers now, which changes nothing.
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 503);
  Process streams({STREAMS_BACKEND, "--listen", Socket()});
  streams.WaitForLine("listening on ");
  AskUntil(200, [&] { return Fetch(gateway.address(), "GET", "/v1/prices/tea"); });
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 404);
  EXPECT_TRUE(gateway.process().WaitForOutput("added_rpcs=\"streams.v1."));
  EXPECT_EQ(AskAdmin(gateway, "GET", "/readyz").status, 200);
}

TEST_F(Reflected, AStreamThatIsUnderWayEndsAsItBegan) {
  TempDir protos;
  std::filesystem::copy(DRAGOMAN_SOURCE_DIR "/examples/streams/protos", protos.path(), std::filesystem::copy_options::recursive);
  Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.descriptors = "[{proto: {roots: [" + protos.path() + "], files: [\"streams/v1/*.proto\"]}}]";
  options.more += "\nreload: {watch: true}";
  Gateway gateway(options);
  HttpClient client(gateway.address());
  client.Begin("GET", "/v1/prices/tea:watch");
  StreamReader stream(client);
  EXPECT_TRUE(stream.Next());
  protos.Write("streams/v1/more.proto", R"(syntax = "proto3";
package streams.v1;
import "google/api/annotations.proto";
message Nothing {}
service More { rpc Get(Nothing) returns (Nothing) { option (google.api.http) = {get: "/v1/more"}; } }
)");
  AskUntil(501, [&] { return Fetch(gateway.address(), "GET", "/v1/more"); });  // the server has no such service
  for (int i = 0; i < 1000; ++i) ASSERT_THAT(stream.Next().value_or("nothing"), HasSubstr("tea"));
}

}  // namespace
}  // namespace dragoman::integration
