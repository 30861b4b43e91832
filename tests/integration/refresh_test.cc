#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "frame_server.h"
#include "played_reflection.h"
#include "scripted_server.h"
#include "shop_fixture.h"
#include "stream_reader.h"
#include "streams_fixture.h"

// Descriptors that change while the gateway serves.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::Not;
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
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_taken added=1 removed=0 changed=0 added_rpcs=shop.v1.Catalog/DeleteItem"))
      << gateway.process().err();
  Write(Protos(""));
  AskUntil(405, remove);
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_taken added=0 removed=1 changed=0")) << gateway.process().err();
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
  EXPECT_THAT(early.body, HasSubstr("there is no such route yet"));
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

// Two backends that are asked, of which one is down.
TEST_F(Reflected, AServerThatIsDownAtStartKeepsNobodyElseAway) {
  const std::string later = "unix:" + folder_.path("streams.sock");
  Shop shop(Socket());
  Gateway gateway({.descriptors = "[{reflection: {backend: streams}}, {reflection: {backend: shop}}]",
                   .endpoints = {Socket()},
                   .other_backends = "streams: {endpoints: [\"" + later + "\"]}",
                   .services = "[{name: \"shop.v1.*\", backend: shop}, {name: \"streams.v1.*\", backend: streams}]",
                   .more = "admin: {address: \"127.0.0.1:0\"}\n"
                           "http_rules: [{selector: streams.v1.Prices.GetPrice, get: \"/v1/tickers/{symbol}\"}]\n"
                           "policies: [{methods: [\"streams.v1.*\"], timeout: 3s}]"});
  EXPECT_THAT(gateway.process().err(), HasSubstr("descriptors_put_off for=\"backend \\\"streams\\\": cannot connect"));
  EXPECT_THAT(gateway.process().out(), HasSubstr("more are to come, backend \"streams\": cannot connect to unix:"));
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "POST", "/v1/items/grinder").status, 405);
  const HttpResponse early = Fetch(gateway.address(), "GET", "/v1/tickers/tea");
  EXPECT_EQ(early.status, 503);
  EXPECT_THAT(early.body, HasSubstr("there is no such route yet"));
  EXPECT_THAT(early.body, Not(HasSubstr(later))) << "it is nobody's business where backends are";
  const HttpResponse ready = AskAdmin(gateway, "GET", "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, StartsWith("waiting: backend \"streams\": cannot connect to unix:"));

  Process streams({STREAMS_BACKEND, "--listen", later});
  AskUntil(200, [&] { return AskAdmin(gateway, "GET", "/readyz"); });
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/tickers/tea").status, 200);
  EXPECT_THAT(gateway.process().err(), HasSubstr("descriptors_taken added="));
}

// What was served stays where a server that answers late contradicts it.
TEST_F(Reflected, AServerThatContradictsWhatIsServedTakesNothingAway) {
  TempDir protos;
  protos.Write("catalog.proto", Protos(""));
  GatewayOptions options = Options("");
  options.descriptors = "[{proto: {roots: [\"" + protos.path() + "\"]}}, {reflection: {backend: shop}}]";
  Gateway gateway(options);
  const HttpResponse early = Fetch(gateway.address(), "GET", "/v1/items/grinder");
  EXPECT_EQ(early.status, 503);
  EXPECT_THAT(early.body, HasSubstr("backend \\\"shop\\\": cannot connect: No such file or directory"));
  EXPECT_THAT(early.body, Not(HasSubstr(Socket())));
  Shop shop(Socket());
  EXPECT_TRUE(gateway.process().WaitForOutput("descriptors_kept"));
  AskUntil(200, [&] { return Fetch(gateway.address(), "GET", "/v1/items/grinder"); });
  // It is logged before it is told.
  AskUntil(503, [&] {
    HttpResponse ready = AskAdmin(gateway, "GET", "/readyz");
    if (!ready.body.starts_with("waiting: descriptors without a problem: ")) ready.status = 0;
    return ready;
  });
  const std::string status = AskAdmin(gateway, "GET", "/status").body;
  EXPECT_EQ(JsonAt(status, "ready"), "false");
  EXPECT_NE(JsonAt(status, "descriptors.problem"), "");
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

// A stream is served by the descriptors that it began with for as long as it takes; so many of them, and no more, are
// kept.
TEST_F(Reflected, ANinthGenerationWaitsUntilAStreamOfTheOthersEnds) {
  TempDir protos;
  std::filesystem::copy(DRAGOMAN_SOURCE_DIR "/examples/streams/protos", protos.path(),
                        std::filesystem::copy_options::recursive);
  Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.descriptors = "[{proto: {roots: [" + protos.path() + "], files: [\"streams/v1/*.proto\"]}}]";
  options.more = "workers: 1";
  Gateway gateway(options);
  const auto change = [&](int n) {
    const std::string number = std::to_string(n);
    protos.Write(
        "streams/v1/more.proto",
        "syntax = \"proto3\"; package streams.v1; import \"google/api/annotations.proto\"; message Nothing {}\n"
        "service More { rpc Get(Nothing) returns (Nothing) { option (google.api.http) = {get: \"/v1/more" +
            number + "\"}; } }");
    gateway.process().Signal(SIGHUP);
    return [&gateway, number] { return Fetch(gateway.address(), "GET", "/v1/more" + number); };
  };
  struct Open {
    explicit Open(const Gateway& of) : client(of.address()) {
      client.Begin("GET", "/v1/prices/tea:watch");
      stream.emplace(client);
    }
    HttpClient client;
    std::optional<StreamReader> stream;
  };
  constexpr int kMost = 8;
  std::vector<std::unique_ptr<Open>> streams;
  for (int generation = 1; generation <= kMost; ++generation) {
    if (generation > 1) AskUntil(501, change(generation));  // the server has no such service
    streams.push_back(std::make_unique<Open>(gateway));
    EXPECT_TRUE(streams.back()->stream->Next()) << generation;
  }
  EXPECT_THAT(gateway.process().err(), Not(HasSubstr("descriptors_kept")));
  const auto ask_ninth = change(kMost + 1);
  EXPECT_TRUE(gateway.process().WaitForOutput(
      "descriptors_kept where=descriptors error=\"requests of 7 earlier generations are still under way"));
  EXPECT_EQ(ask_ninth().status, 404);
  for (const auto& open : streams) EXPECT_THAT(open->stream->Next().value_or("nothing"), HasSubstr("tea"));

  streams.erase(streams.begin() + 3);
  AskUntil(501, ask_ninth);
  for (const auto& open : streams) EXPECT_THAT(open->stream->Next().value_or("nothing"), HasSubstr("tea"));
}

// The first time at the start, the second time by what keeps watch from then on, the third time for the signal.
TEST_F(Reflected, ASignalWhileAServerIsBeingAskedHasItAskedOnceMore) {
  std::vector<std::string> answers = PlayedReflection({{"a.proto", PlayedFile("a.proto", "a", {"A"})}}).Script();
  std::atomic<int> calls = 0;
  std::atomic<int> held_connection = -1;
  std::atomic<int32_t> held = 0;
  frames::FrameServer server({.on_headers = [&](frames::FrameConnection& connection, frames::FrameConnection::Request& request) {
    connection.Head(request.id);
    if (++calls == 2) {
      held = request.id;
      held_connection = connection.number();
      return;
    }
    for (const std::string& answer : answers) connection.Data(request.id, frames::Framed(answer));
    connection.Trailers(request.id);
  }});
  Gateway gateway({.descriptors = "[{reflection: {backend: shop}}]", .endpoints = {server.address()}, .services = "[{name: \"*\", backend: shop}]"});
  const auto until = [](const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return done();
  };
  ASSERT_TRUE(until([&] { return held_connection >= 0; }));
  gateway.process().Signal(SIGHUP);
  ASSERT_TRUE(gateway.process().WaitForOutput("configuration_unchanged"));
  server.With(held_connection, [&](frames::FrameConnection& connection) { connection.Reset(held, NGHTTP2_CANCEL); });
  EXPECT_TRUE(until([&] { return calls >= 3; })) << gateway.process().err();
}

// A backend that is asked for its descriptors and is shown a token that nobody gives.
TEST_F(Reflected, AGatewayThatWaitsForATokenEndsWhenItIsTold) {
  ScriptedServer issuer([](ScriptedServer::Connection& connection) {
    connection.ReadRequest();
    connection.WaitForClose();
  });
  Shop shop(Socket());
  const std::string credentials =
      "{oauth2: {token_url: \"" + issuer.url("/token") + "\", client_id: gateway, client_secret: s3cret}}";
  Gateway gateway({.descriptors = "[{reflection: {backend: maps}}]",
                   .endpoints = {Socket()},
                   .other_backends = "maps: {endpoints: [\"" + Socket() + "\"], credentials: " + credentials + "}",
                   .services = "[{name: \"shop.v1.*\", backend: maps}]",
                   .more = "admin: {address: \"127.0.0.1:0\"}"});
  EXPECT_THAT(AskAdmin(gateway, "GET", "/readyz").body,
              StartsWith("waiting: backend \"maps\": no access token came before the deadline"));
  ASSERT_TRUE(issuer.WaitForRequests(2));  // at the start, and while it serves
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().Wait(), 0) << gateway.process().err();
}

// The same in the middle of the call that asks.
TEST_F(Reflected, AGatewayThatIsBeingAnsweredEndsWhenItIsTold) {
  ScriptedServer issuer([](ScriptedServer::Connection& connection) {
    connection.ReadRequest();
    connection.Write(ScriptedServer::Response(R"({"access_token":"t","token_type":"Bearer","expires_in":3600})"));
  });
  frames::FrameServer silent(
      {.on_headers = [](frames::FrameConnection& connection, frames::FrameConnection::Request& request) {
        connection.Head(request.id);
      }});
  Shop shop(Socket());
  const std::string credentials =
      "{oauth2: {token_url: \"" + issuer.url("/token") + "\", client_id: gateway, client_secret: s3cret}}";
  Gateway gateway(
      {.descriptors = "[{file: \"" SHOP_DESCRIPTORS "\"}, {reflection: {backend: maps}}]",
       .endpoints = {Socket()},
       .other_backends = "maps: {endpoints: [\"" + silent.address() + "\"], credentials: " + credentials + "}",
       .more = "admin: {address: \"127.0.0.1:0\"}"});
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/items/grinder").status, 200);
  EXPECT_EQ(AskAdmin(gateway, "GET", "/readyz").status, 503);
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().Wait(), 0) << gateway.process().err();
}

}  // namespace
}  // namespace dragoman::integration
