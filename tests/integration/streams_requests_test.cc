#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "stream_reader.h"
#include "streams_fixture.h"

// RPCs whose requests stream, over REST and HTTP/1.1.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

const Headers kChunked = {{"transfer-encoding", "chunked"}};

std::string Chunk(std::string_view bytes) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}
constexpr std::string_view kLastChunk = "0\r\n\r\n";

constexpr const char* kReadings = "/v1/sensors/s7/readings";

TEST(StreamsRequests, AreLinesOrAnArray) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  struct Case {
    std::string body;
    std::string summary;
  };
  const Case cases[] = {
      {"{\"value\":1}\n{\"value\":2.5,\"note\":\"ab\"}\n{\"value\":3}\n", R"({"sensor":"s7","count":"3","sum":6.5,"noteBytes":"2"})"},
      {R"([{"value":1},{"value":2}])", R"({"sensor":"s7","count":"2","sum":3,"noteBytes":"0"})"},
      {R"({"value":4})", R"({"sensor":"s7","count":"1","sum":4,"noteBytes":"0"})"},
      {"[]", R"({"sensor":"","count":"0","sum":0,"noteBytes":"0"})"},
      {"", R"({"sensor":"","count":"0","sum":0,"noteBytes":"0"})"},
  };
  for (const Case& c : cases) {
    const HttpResponse response = Fetch(gateway.address(), "POST", kReadings, {}, c.body);
    EXPECT_EQ(response.status, 200) << c.body;
    EXPECT_EQ(JsonDifference(c.summary, response.body), "") << c.body << response.body;
    EXPECT_NE(response.Header("content-length"), "");
  }
}

TEST(StreamsRequests, AreForwardedAsEachCloses) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  client.Begin("POST", kReadings, kChunked);
  client.Write(Chunk("{\"value\":1}\n{\"val"));
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.messages_received == 1; });
  client.Write(Chunk("ue\":2}"));
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.messages_received == 2; });
  client.Write(kLastChunk);
  const HttpResponse response = client.Read();
  EXPECT_EQ(JsonAt(response.body, "count"), "2") << response.body;
  EXPECT_EQ(client.Send("POST", kReadings, {}, "{}").status, 200) << "the connection goes on";
}

TEST(StreamsRequests, WithABadElementEndTheCall) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  std::string good = "[";
  for (int i = 0; i < 1000; ++i) good += "{\"value\":1},\n";
  HttpClient client(gateway.address());
  client.Begin("POST", kReadings, kChunked);
  client.Write(Chunk(good));
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.messages_received == 1000; });
  client.Write(Chunk("{\"valeu\":1}]"));
  const HttpResponse response = client.Read();
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(JsonAt(response.body, "message"), HasSubstr("element 1001: line 1001, column 2: ")) << response.body;
  EXPECT_THAT(response.body, HasSubstr("UNKNOWN_FIELD"));
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
}

TEST(StreamsRequests, EndAtOnceWhereTheBackendHasHeardEnough) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  client.Begin("POST", kReadings, kChunked);
  client.Write(Chunk("{\"value\":1}\n{\"failCode\":8}\n"));
  const HttpResponse response = client.Read();  // although more of the body could come
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(JsonAt(response.body, "message"), "failed as asked");
}

TEST(StreamsRequests, EndTheCallWhenTheClientLeaves) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  for (const char* path : {kReadings, "/v1/rooms/r:echo"}) {
    const StreamCounts before = CountsOf(gateway);
    HttpClient client(gateway.address());
    client.Begin("POST", path, kChunked);
    client.Write(Chunk("{}\n{"));
    WaitForCounts(gateway, [&](const StreamCounts& counts) { return counts.messages_received > before.messages_received; });
    client.Close();
    WaitForCounts(gateway, [&](const StreamCounts& counts) { return counts.calls_ended > before.calls_ended; });
  }
}

TEST(StreamsRequests, OfASlowBackendAreReadNoFasterThanItTakesThem) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "workers: 1\nlimits: {body_timeout: 1h}";
  Gateway gateway(options);
  HttpClient client(gateway.address());
  client.Begin("POST", kReadings, kChunked);
  client.Write(Chunk("{\"pause\":\"3600s\"}\n"));  // and it takes no more
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.messages_received == 1; });
  // Writes until the sockets are full; the client gives up writing only because nobody reads.
  const std::string element = "{\"note\":\"" + std::string(60'000, 'x') + "\"}\n";
  size_t written = 0;
  while (client.TryWrite(Chunk(element))) {
    written += element.size();
    ASSERT_LT(written, size_t{200} << 20) << "an upload that nobody takes was read";
  }
  EXPECT_GT(written, size_t{64} << 10);
  EXPECT_EQ(CountsOf(gateway).messages_received, 1);
  client.Reset();  // a FIN would wait behind what nobody reads
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_ended == 1; });
}

TEST(StreamsRequests, OfAClientThatEndsItsSideEndTheCallHoweverTheBackendStalls) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "workers: 1\nlimits: {body_timeout: 1h}";
  Gateway gateway(options);
  HttpClient client(gateway.address());
  client.Begin("POST", kReadings, kChunked);
  client.Write(Chunk("{\"pause\":\"3600s\"}\n"));
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.messages_received == 1; });
  // More than the call takes ahead, less than the sockets do: the gateway reads no further, and the rest lies there.
  const std::string element = "{\"note\":\"" + std::string(30'000, 'x') + "\"}\n";
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.TryWrite(Chunk(element)));
  client.EndWriting();
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
  EXPECT_EQ(client.Read().status, 499);
}

TEST(StreamsRequests, AreBoundedEach) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "limits: {max_body_bytes: 1KiB}";
  const Gateway gateway(options);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "{\"note\":\"" + std::string(900, 'x') + "\"}\n";
  const HttpResponse all = Fetch(gateway.address(), "POST", kReadings, {}, many);
  EXPECT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(JsonAt(all.body, "count"), "100");
  const HttpResponse large = Fetch(gateway.address(), "POST", kReadings, kChunked, Chunk("{\"note\":\"" + std::string(1100, 'x')));
  EXPECT_EQ(large.status, 413) << large.body;
  EXPECT_THAT(large.body, HasSubstr("BODY_TOO_LARGE"));
}

TEST(StreamsRequests, MayPauseBetweenElementsAndNotWithinOne) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "limits: {body_timeout: 100ms}";
  const Gateway gateway(options);
  HttpClient pausing(gateway.address());
  pausing.Begin("POST", kReadings, kChunked);
  pausing.Write(Chunk("{}\n"));
  HttpClient stuck(gateway.address());
  stuck.Begin("POST", kReadings, kChunked);
  stuck.Write(Chunk("{}\n{"));
  const HttpResponse late = stuck.Read();  // at least body_timeout has passed then
  EXPECT_EQ(late.status, 408) << late.body;
  pausing.Write(Chunk("{}"));
  pausing.Write(kLastChunk);
  const HttpResponse response = pausing.Read();
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "count"), "2");
}

TEST(StreamsRequests, OfBytesAreNotKept) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "limits: {max_body_bytes: 64KiB}";
  const Gateway gateway(options);
  const std::string content(300'000, 'x');
  const HttpResponse put = Fetch(gateway.address(), "PUT", "/v1/files/a.txt", {{"content-type", "text/x"}}, content);
  EXPECT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(JsonLacks(R"({"name":"a.txt","contentType":"text/x","bytes":"300000"})", put.body), "") << put.body;
  EXPECT_GE(std::atoi(JsonAt(put.body, "pieces").c_str()), 5);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/files/a.txt").body, content);
  const HttpResponse empty = Fetch(gateway.address(), "PUT", "/v1/files/none", {{"content-type", "text/x"}});
  EXPECT_EQ(JsonLacks(R"({"name":"none","contentType":"text/x","bytes":"0"})", empty.body), "") << empty.body;
}

TEST(StreamsBothWays, AreAnsweredWhileTheyAreWritten) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  client.Begin("POST", "/v1/rooms/lobby:echo", {{"transfer-encoding", "chunked"}, {"accept", "text/event-stream"}});
  client.Write(Chunk("{\"text\":\"0\"}"));
  StreamReader stream(client);
  EXPECT_EQ(stream.head().status, 200);
  for (int i = 0; i < 200; ++i) {
    const std::string event = stream.Next("\n\n").value_or("");
    ASSERT_TRUE(event.starts_with("data: ")) << event;
    EXPECT_EQ(JsonAt(event.substr(6), "text"), std::to_string(i));
    EXPECT_EQ(JsonAt(event.substr(6), "room"), i == 0 ? "lobby" : "");
    client.Write(Chunk("\n{\"text\":\"" + std::to_string(i + 1) + "\"}"));
  }
  EXPECT_TRUE(stream.Next("\n\n"));
  client.Write(kLastChunk);
  EXPECT_EQ(stream.Rest(), "event: end\ndata: {}\n\n");
  EXPECT_TRUE(stream.complete());
  EXPECT_EQ(client.Send("GET", "/v1/counters").status, 200) << "the connection goes on";
}

TEST(StreamsBothWays, MayEndBeforeTheClientDoes) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  struct Case {
    std::string last;
    std::string rest;
  };
  for (const Case& c : {Case{"/end", ""}, Case{"/fail 9", R"({"@error":{"code":9,"message":"failed as asked","details":[]}})" "\n"}}) {
    HttpClient client(gateway.address());
    client.Begin("POST", "/v1/rooms/lobby:echo", kChunked);
    client.Write(Chunk("{\"text\":\"a\"}\n"));
    StreamReader stream(client);
    EXPECT_EQ(JsonAt(stream.Next().value_or(""), "text"), "a");
    client.Write(Chunk("{\"text\":\"" + c.last + "\"}\n"));
    EXPECT_EQ(stream.Rest(), c.rest);
    EXPECT_TRUE(stream.complete());
  }
}

TEST(StreamsBothWays, ReachTheOthersInARoom) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient ada(gateway.address());
  ada.Begin("POST", "/v1/rooms/lobby:join?author=ada", kChunked);
  ada.Write(Chunk("{\"text\":\"here\"}\n"));
  StreamReader ada_hears(ada);
  EXPECT_EQ(JsonAt(ada_hears.Next().value_or(""), "text"), "here");
  HttpClient bob(gateway.address());
  bob.Begin("POST", "/v1/rooms/lobby:join", kChunked);
  bob.Write(Chunk("{\"author\":\"bob\",\"text\":\"hello\"}\n"));
  StreamReader bob_hears(bob);
  EXPECT_EQ(JsonAt(bob_hears.Next().value_or(""), "text"), "hello");
  EXPECT_EQ(JsonAt(ada_hears.Next().value_or(""), "author"), "bob");
  ada.Write(Chunk("{\"text\":\"hello bob\"}\n"));
  EXPECT_EQ(JsonAt(bob_hears.Next().value_or(""), "text"), "hello bob");
}

TEST(StreamsBothWays, WithABadElementEndAsLateErrors) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  client.Begin("POST", "/v1/rooms/lobby:echo", kChunked);
  client.Write(Chunk("{\"text\":\"a\"}\n"));
  StreamReader stream(client);
  EXPECT_TRUE(stream.Next());
  client.Write(Chunk("{\"text\":1}\n"));
  const std::string last = stream.Next().value_or("");
  EXPECT_EQ(JsonAt(last, "@error.details.0.reason"), "INVALID_FIELD") << last;
  EXPECT_THAT(last, HasSubstr("element 2: line 2, column 9: "));
  EXPECT_EQ(stream.Rest(), "");
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_ended == 1; });
}

TEST(StreamsBothWays, HoldEachOtherBack) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "workers: 1";
  const Gateway gateway(options);
  // The client writes and does not read: the echo cannot be written, no more is read of the backend, which takes no more.
  HttpClient client(gateway.address());
  client.Begin("POST", "/v1/rooms/lobby:echo", kChunked);
  const std::string line = "{\"text\":\"" + std::string(60'000, 'x') + "\"}\n";
  size_t written = 0;
  while (client.TryWrite(Chunk(line))) {
    ++written;
    ASSERT_LT(written, 10'000u) << "nobody reads what comes back";
  }
  // Once it reads, all goes on.
  std::thread writer([&] { client.Write(kLastChunk); });
  StreamReader stream(client);
  size_t read = 0;
  while (stream.Next()) ++read;
  writer.join();
  EXPECT_GE(read, written);
}

}  // namespace
}  // namespace dragoman::integration
