#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <optional>
#include <string>

#include "composition_fixture.h"
#include "credentials.h"
#include "streams_fixture.h"
#include "websocket_client.h"
#include "websocket_frames.h"
#include "without_time.h"

// RPCs of all kinds over WebSockets, by the real gateway.
namespace dragoman::integration {
namespace {

using ::testing::StartsWith;

class WebSocketTest : public testing::Test {
 protected:
  void Start(const std::string& more = "workers: 1") {
    GatewayOptions options = StreamsOptions(backend_);
    options.more = more;
    gateway_.emplace(options);
  }
  WebSocketClient Open(std::string_view target, const Headers& headers = {}) {
    return WebSocketClient(gateway_->address(), target, headers);
  }

  Streams backend_;
  std::optional<Gateway> gateway_;
};

// The JSON of a text message; empty of anything else.
std::string JsonOf(const std::string& told) { return told.starts_with("text ") ? told.substr(5) : std::string(); }

TEST_F(WebSocketTest, CarriesMessagesBothWays) {
  Start();
  WebSocketClient client = Open("/v1/rooms/lobby:echo", {{"sec-websocket-protocol", "other, dragoman.json"}});
  ASSERT_EQ(client.response().status, 101);
  EXPECT_EQ(client.response().Header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.response().Header("sec-websocket-protocol"), "dragoman.json");
  EXPECT_NE(client.response().Header("x-request-id"), "");
  client.Say(R"({"author": "ada", "text": "one"})");
  EXPECT_EQ(JsonDifference(R"({"room": "lobby", "author": "ada", "text": "one"})", JsonOf(client.Next())), "");
  client.Say(R"({"author": "ada", "text": "two"})");
  EXPECT_EQ(JsonDifference(R"({"room": "", "author": "ada", "text": "two"})", JsonOf(client.Next())), "");
  client.Write(frames::Frame(1, R"({"text": )", {.fin = false}) + frames::Frame(9, "abc") +
               frames::Frame(0, R"("three"})"));
  EXPECT_EQ(client.Next(), "pong abc");
  EXPECT_EQ(JsonAt(JsonOf(client.Next()), "text"), "three");
  client.Say("");
  EXPECT_EQ(client.Next(), "close 1000");
  client.Close(1000);
  EXPECT_EQ(client.Next(), "gone");
}

TEST_F(WebSocketTest, CarriesAStreamOfReplies) {
  Start();
  WebSocketClient client = Open("/v1/prices/ABC:watch?count=3");
  ASSERT_EQ(client.response().status, 101);
  for (const char* sequence : {"1", "2", "3"}) EXPECT_EQ(JsonAt(JsonOf(client.Next()), "sequence"), sequence);
  EXPECT_EQ(client.Next(), "close 1000");
}

TEST_F(WebSocketTest, CarriesAStreamOfRequests) {
  Start();
  WebSocketClient client = Open("/v1/sensors/s1/readings");
  ASSERT_EQ(client.response().status, 101);
  client.Say(R"({"value": 1})");
  client.Say(R"({"value": 2.5})");
  client.Say("");
  const std::string summary = JsonOf(client.Next());
  EXPECT_EQ(JsonLacks(R"({"sensor": "s1", "count": "2", "sum": 3.5})", summary), "");
  EXPECT_EQ(client.Next(), "close 1000");
}

TEST_F(WebSocketTest, CarriesOneMessageEachWay) {
  Start();
  WebSocketClient client = Open("/v1/prices/ABC");
  ASSERT_EQ(client.response().status, 101);
  EXPECT_EQ(JsonAt(JsonOf(client.Next()), "symbol"), "ABC");
  EXPECT_EQ(client.Next(), "close 1000");
}

TEST_F(WebSocketTest, CarriesBytes) {
  Start();
  WebSocketClient upload = Open("/v1/files/notes");
  ASSERT_EQ(upload.response().status, 101);
  upload.Write(frames::Frame(2, "\x01\x02\xFF") + frames::Frame(2, "more"));
  upload.Say("");
  EXPECT_EQ(JsonLacks(R"({"name": "notes", "contentType": "application/octet-stream", "bytes": "7", "pieces": 2})",
                      JsonOf(upload.Next())),
            "");
  EXPECT_EQ(upload.Next(), "close 1000");
  upload.Close(1000);
  WebSocketClient nothing = Open("/v1/files/empty");
  nothing.Say("");
  EXPECT_THAT(nothing.Next(), StartsWith("text "));
}

TEST_F(WebSocketTest, TellsHowTheCallEnded) {
  Start();
  WebSocketClient at_once = Open("/v1/prices/ABC:watch?fail_at_once=true&fail_code=5");
  EXPECT_EQ(at_once.Next(), "close 4005 failed as asked");
  WebSocketClient later = Open("/v1/prices/ABC:watch?fail_after=1&fail_code=9");
  EXPECT_THAT(later.Next(), StartsWith("text "));
  EXPECT_EQ(later.Next(), "close 4009 failed as asked");
  WebSocketClient asked = Open("/v1/rooms/lobby:echo");
  asked.Say(R"({"text": "/fail 7"})");
  EXPECT_EQ(asked.Next(), "close 4007 failed as asked");
}

TEST_F(WebSocketTest, TellsWhatIsWrongWithAMessage) {
  Start("workers: 1\nlimits: {max_body_bytes: 1KiB}");
  const std::string valid = frames::Text(R"({"text": "one"})");
  struct Case {
    const char* name;
    std::string sent;
    std::string told;
  };
  const Case kCases[] = {
      {"no JSON", frames::Text("{"), "close 4003 message 1: "},
      {"an unknown field", frames::Text(R"({"txt": "one"})"), "close 4003 message 1: "},
      {"not the first", valid + frames::Text(R"({"text": 1})"), "close 4003 message 2: "},
      {"bytes", frames::Frame(2, R"({"text": "one"})"), "close 1003 expected JSON in a text message, got a binary one"},
      {"no UTF-8", frames::Text("{\"text\": \"\xFF\"}"), "close 1007 a text message is not valid UTF-8"},
      {"too large", frames::Text(std::string(1025, ' ')), "close 1009 a message is larger than 1024 bytes"},
      {"no mask", frames::Frame(1, "{}", {.masked = false}), "close 1002 the WebSocket frame was unmasked"},
      {"no frame at all", "GET / HTTP/1.1\r\n\r\n", "close 1002 the WebSocket frame contained an illegal opcode"},
  };
  for (const Case& each : kCases) {
    WebSocketClient client = Open("/v1/rooms/lobby:echo");
    ASSERT_EQ(client.response().status, 101) << each.name;
    client.Write(each.sent);
    std::string told = client.Next();
    if (told.starts_with("text ")) told = client.Next();  // what came before may still be answered
    EXPECT_THAT(told, StartsWith(each.told)) << each.name;
  }
  WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_ended == counts.calls_begun; });
}

TEST_F(WebSocketTest, TakesNoMessageTooMany) {
  Start();
  WebSocketClient none = Open("/v1/prices/ABC:watch");
  none.Say("{}");
  std::string told;
  while ((told = none.Next()).starts_with("text ")) {
  }
  EXPECT_EQ(told, "close 4003 the call takes no messages: its rule has no body");
  WebSocketClient behind = Open("/v1/rooms/lobby:join");
  behind.Say(R"({"text": "one"})");
  EXPECT_EQ(JsonAt(JsonOf(behind.Next()), "text"), "one");
  behind.Say("");
  behind.Say(R"({"text": "two"})");
  EXPECT_THAT(behind.Next(), StartsWith("close "));
}

TEST_F(WebSocketTest, IsRefusedBeforeItIsOne) {
  Start(
      "workers: 1\ncors: {origins: [\"https://app.example\"]}\n"
      "authentication: {api_keys: {in: [{query: key}]}}\n"
      "policies: [{methods: [\"streams.v1.Prices/*\", \"streams.v1.Counters/*\", \"compositions/one\"], authenticate: "
      "public}]\n"
      "compositions: [{name: one, get: /v1/one, calls: {price: {method: streams.v1.Prices/GetPrice}}, response: "
      "{price: \"{price.amount}\"}}]");
  struct Case {
    const char* name;
    const char* target;
    Headers headers;
    int status;
    std::string text;
  };
  const std::string watch = "/v1/prices/ABC:watch?count=1";
  const Case kCases[] = {
      {"another version",
       watch.c_str(),
       {{"sec-websocket-version", "12"}},
       426,
       "expected the header sec-websocket-version: 13, got \"12\""},
      {"no key",
       watch.c_str(),
       {{"sec-websocket-key", "short"}},
       400,
       "expected 16 bytes in base64 in the header sec-websocket-key, got \"short\""},
      {"a page of another origin",
       watch.c_str(),
       {{"origin", "https://evil.example"}},
       403,
       "pages of https://evil.example may not call this; `cors` says which may"},
      {"nowhere", "/v1/nothing", {}, 404, "no route for GET \"/v1/nothing\""},
      {"nobody", "/v1/rooms/lobby:join", {}, 401, "this call needs a credential in query parameter \"key\""},
      {"a bad query",
       "/v1/prices/ABC:watch?cout=1",
       {},
       400,
       "query parameter \"cout\": streams.v1.WatchPricesRequest has no field \"cout\"; did you mean \"count\"?"},
  };
  for (const Case& each : kCases) {
    const WebSocketClient client = Open(each.target, each.headers);
    EXPECT_EQ(client.response().status, each.status) << each.name;
    EXPECT_EQ(JsonAt(client.response().body, "message"), each.text) << each.name;
    if (each.status == 426) {
      EXPECT_EQ(client.response().Header("sec-websocket-version"), "13");
      EXPECT_EQ(client.response().Header("upgrade"), "websocket");
      EXPECT_EQ(client.response().Header("connection"), "upgrade");
    }
  }
  EXPECT_EQ(CountsOf(*gateway_).calls_begun, 0);
  for (const Headers& headers :
       {Headers{}, Headers{{"origin", "https://app.example"}}, Headers{{"origin", "https://gateway.test"}}}) {
    WebSocketClient client = Open(watch, headers);
    EXPECT_EQ(client.response().status, 101);
    EXPECT_EQ(client.response().Header("vary"), "Origin");
    EXPECT_THAT(client.Next(), StartsWith("text "));
  }
  const WebSocketClient composed = Open("/v1/one");
  EXPECT_EQ(composed.response().status, 400);
  EXPECT_EQ(JsonAt(composed.response().body, "message"), "a composition is not to be had by WebSocket");
}

TEST_F(WebSocketTest, NoPageUsesItsVisitorsCookie) {
  const std::string key = "dgm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
  Start(
      "workers: 1\ncors: {origins: [\"*\"]}\nauthentication: {api_keys: {in: [{cookie: key}, {query: key}]}}\n"
      "consumers: {ada: {keys: [{sha256: " +
      KeyDigest(key) + "}]}}");
  const std::string watch = "/v1/prices/ABC:watch?count=1";
  EXPECT_EQ(Open(watch, {{"cookie", "key=" + key}}).response().status, 101);
  EXPECT_EQ(Open(watch, {{"cookie", "key=" + key}, {"origin", "https://evil.example"}}).response().status, 403);
  EXPECT_EQ(Open(watch + "&key=" + key, {{"origin", "https://evil.example"}}).response().status, 101);
}

TEST_F(WebSocketTest, IsOfHttp11AloneAndWithoutUpgradeNone) {
  Start();
  HttpClient http(gateway_->address());
  EXPECT_EQ(http.Send("GET", "/v1/prices/ABC", {{"upgrade", "h2c"}, {"connection", "upgrade"}}).status, 200);
  EXPECT_EQ(http.Send("GET", "/v1/prices/ABC", {{"upgrade", "websocket"}}).status, 200);
}

TEST_F(WebSocketTest, TheClientsGoodByeCancelsTheCall) {
  Start();
  WebSocketClient client = Open("/v1/rooms/lobby:join");
  client.Say(R"({"text": "one"})");
  EXPECT_THAT(client.Next(), StartsWith("text "));
  client.Close(4321, "enough");
  EXPECT_EQ(client.Next(), "close 4321");
  EXPECT_EQ(client.Next(), "gone");
  WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
}

TEST_F(WebSocketTest, AClientThatVanishesCancelsTheCall) {
  Start();
  for (const char* target :
       {"/v1/rooms/lobby:join", "/v1/sensors/s1/readings", "/v1/prices/ABC:watch?interval=3600s"}) {
    WebSocketClient client = Open(target);
    ASSERT_EQ(client.response().status, 101);
    if (std::string(target).find("watch") == std::string::npos) client.Say("{}");
    WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_begun > counts.calls_ended; });
    client.Vanish();
    WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_begun == counts.calls_ended; });
  }
}

TEST_F(WebSocketTest, ASlowReaderStopsTheBackend) {
  Start();
  WebSocketClient client = Open("/v1/prices/ABC:watch?padding=65536");
  ASSERT_EQ(client.response().status, 101);
  int64_t sent = -1;
  for (int same = 0; same < 20;) {
    const int64_t now = CountsOf(*gateway_).messages_sent;
    same = now == sent ? same + 1 : 0;
    sent = now;
    ASSERT_LT(sent, 2000);  // 128 MiB
  }
  for (int64_t i = 1; i <= sent; ++i) ASSERT_EQ(JsonAt(JsonOf(client.Next()), "sequence"), std::to_string(i));
  WaitForCounts(*gateway_, [sent](const StreamCounts& counts) { return counts.messages_sent > sent; });
}

TEST_F(WebSocketTest, ASlowBackendStopsTheClient) {
  Start("workers: 1\nlimits: {max_body_bytes: 1MiB}");
  WebSocketClient client = Open("/v1/sensors/s1/readings");
  ASSERT_EQ(client.response().status, 101);
  client.Say(R"({"pause": "3600s"})");
  WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.messages_received == 1; });
  client.Say(R"({"value": 1})");
  client.Vanish();
  WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
}

TEST_F(WebSocketTest, HalfAMessageDoesNotLast) {
  Start("workers: 1\nlimits: {body_timeout: 100ms}");
  WebSocketClient client = Open("/v1/rooms/lobby:echo");
  client.Say(R"({"text": "one"})");
  EXPECT_THAT(client.Next(), StartsWith("text "));
  client.Write(frames::Text(R"({"text": "two"})").substr(0, 10));
  EXPECT_EQ(client.Next(), "close 1008 the rest of a message did not come within 100 ms");
  EXPECT_EQ(client.Next(), "gone");
  WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
}

TEST_F(WebSocketTest, WhoAnswersNoPingIsToldWhyItEnds) {
  Start("workers: 1\nlimits: {idle_timeout: 1s}");
  WebSocketClient client = Open("/v1/rooms/lobby:echo");
  client.Say(R"({"text": "one"})");
  EXPECT_THAT(client.Next(), StartsWith("text "));
  EXPECT_EQ(client.Next(WebSocketClient::Pings::kTold), "ping ");
  EXPECT_EQ(client.Next(WebSocketClient::Pings::kTold), "close 1001 nothing came within 1000 ms");
  EXPECT_EQ(client.Next(), "gone");
  WaitForCounts(*gateway_, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
}

TEST_F(WebSocketTest, AUnaryCallIsTimedFromItsMessage) {
  GatewayOptions options = StreamsOptions(backend_);
  options.services = R"([{name: "streams.v1.*", backend: streams, expose: all}])";
  options.more = "workers: 1\nlimits: {idle_timeout: 2s}\nadmin: {address: \"127.0.0.1:0\"}";
  gateway_.emplace(options);
  WebSocketClient client = Open("/streams.v1.Prices/GetPrice");
  ASSERT_EQ(client.response().status, 101) << client.response().body;
  EXPECT_EQ(client.Next(WebSocketClient::Pings::kTold), "ping ");  // a second has passed
  client.Say(R"({"symbol": "ABC"})");
  EXPECT_EQ(JsonAt(JsonOf(client.Next()), "symbol"), "ABC");
  EXPECT_EQ(client.Next(), "close 1000");
  client.Close(1000);
  EXPECT_EQ(client.Next(), "gone");
  AwaitFigure(*gateway_, "dragoman_request_duration_seconds_bucket{rpc=\"streams.v1.Prices/GetPrice\",le=\"0.5\"} 1");
}

TEST_F(WebSocketTest, ADeadlineHolds) {
  Start("workers: 1\npolicies: [{methods: [\"*\"], stream_timeout: 300ms}]");
  WebSocketClient client = Open("/v1/rooms/lobby:join");
  EXPECT_EQ(WithoutTime(client.Next()), "close 4004 no answer from backend \"streams\" within …");
}

TEST_F(WebSocketTest, ADrainSaysGoodBye) {
  Start("workers: 1\ndrain: {grace: 1s}\ncompression: {}");  // which has nothing to do with it
  WebSocketClient waiting = Open("/v1/sensors/s1/readings");
  WebSocketClient calling = Open("/v1/rooms/lobby:echo");
  calling.Say(R"({"text": "one"})");
  EXPECT_THAT(calling.Next(), StartsWith("text "));
  gateway_->process().Signal(SIGTERM);
  EXPECT_EQ(waiting.Next(), "close 1001 the gateway is shutting down");
  EXPECT_EQ(calling.Next(), "close 1001 the gateway is shutting down");
  waiting.Close(1001);
  calling.Close(1001);
  EXPECT_EQ(gateway_->process().Wait(), 0);
}

TEST_F(WebSocketTest, ACallThatEndsInTimeEndsADrain) {
  Start("workers: 1\ndrain: {grace: 1h}");
  WebSocketClient calling = Open("/v1/rooms/lobby:echo");
  calling.Say(R"({"text": "one"})");
  EXPECT_THAT(calling.Next(), StartsWith("text "));
  gateway_->process().Signal(SIGTERM);
  ASSERT_TRUE(gateway_->process().WaitForOutput("draining"));
  calling.Say(R"({"text": "two"})");
  EXPECT_EQ(JsonAt(JsonOf(calling.Next()), "text"), "two");
  calling.Say("");
  EXPECT_EQ(calling.Next(), "close 1000");
  calling.Close(1000);
  EXPECT_EQ(gateway_->process().Wait(), 0);
}

TEST_F(WebSocketTest, EachMessageIsHeldAgainstThePolicies) {
  const std::string key = "dgm_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
  Start("workers: 1\nauthentication: {api_keys: {in: [{query: key}]}}\nconsumers: {ada: {keys: [{sha256: " +
        KeyDigest(key) +
        "}]}}\npolicies:\n- {methods: [\"streams.v1.Counters/*\"], authenticate: public}\n"
        "- {methods: [\"streams.v1.Rooms/*\"], authorize: {fields: {author: consumer.name}}}");
  WebSocketClient client = Open("/v1/rooms/lobby:echo?key=" + key);
  ASSERT_EQ(client.response().status, 101) << client.response().body;
  client.Say(R"({"author": "ada", "text": "one"})");
  EXPECT_EQ(JsonAt(JsonOf(client.Next()), "text"), "one");
  client.Say(R"({"author": "eve", "text": "two"})");
  EXPECT_EQ(client.Next(), "close 4007 message 2: field \"author\" must be the caller's own consumer.name");
  const StreamCounts counts =
      WaitForCounts(*gateway_, [](const StreamCounts& seen) { return seen.calls_cancelled == 1; });
  EXPECT_EQ(counts.messages_received, 1);
}

// What the client breaks and the good-bye of the call meet.
TEST_F(WebSocketTest, WhoBreaksTheProtocolAndLeavesLeavesNothingBehind) {
  constexpr int kMany = 20;
  Start("workers: 1\nadmin: {address: \"127.0.0.1:0\"}");
  for (int i = 0; i < kMany; ++i) {
    HttpClient client(gateway_->address());
    client.Write("GET /v1/prices/A:watch HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                 "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n0\r\n\r\n");
    client.EndWriting();
    EXPECT_EQ(client.Read().status, 101);
  }
  const auto open = [this] {
    return AskAdmin(*gateway_, "GET", "/metrics").body.find("\ndragoman_websockets_open 0\n") == std::string::npos;
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (open()) ASSERT_LT(std::chrono::steady_clock::now(), until);
}

TEST_F(WebSocketTest, IsLogged) {
  Start("workers: 1\naccess_log: {format: json, path: stdout}");
  WebSocketClient client = Open("/v1/prices/ABC:watch?fail_after=1&fail_code=9");
  while (client.Next() != "close 4009 failed as asked") {
  }
  client.Close(4009);
  EXPECT_TRUE(gateway_->process().WaitForOutput("\"status\":101"));
  EXPECT_TRUE(gateway_->process().WaitForOutput("\"rpc\":\"streams.v1.Prices/WatchPrices\""));
}

}  // namespace
}  // namespace dragoman::integration
