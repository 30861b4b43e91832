#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "composition_fixture.h"
#include "stream_reader.h"
#include "streams_fixture.h"
#include "without_time.h"

// RPCs whose replies stream, over REST.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kLines = "application/x-ndjson";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kArray = "application/json";

Headers Accept(std::string_view type) {
  return type.empty() ? Headers() : Headers{{"accept", std::string(type)}};
}

std::string SequenceOf(const std::string& json) { return JsonAt(json, "sequence"); }

TEST(StreamsReplies, HaveTheFormatThatTheClientAsksFor) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  struct Case {
    std::string_view accept;
    std::string_view type;
    std::string_view begin;
    std::string_view end;
  };
  const Case cases[] = {
      {"", kLines, R"({"symbol":"a","sequence":"1",)", "}\n"},
      {"*/*", kLines, R"({"symbol":"a","sequence":"1",)", "}\n"},
      {kLines, kLines, R"({"symbol":"a","sequence":"1",)", "}\n"},
      {kEvents, kEvents, R"(data: {"symbol":"a","sequence":"1",)", "}\n\nevent: end\ndata: {}\n\n"},
      {kArray, kArray, R"([{"symbol":"a","sequence":"1",)", "}]"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.accept);
    const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/prices/a:watch?count=3", Accept(c.accept));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.Header("content-type"), c.type);
    EXPECT_TRUE(response.body.starts_with(c.begin)) << response.body;
    EXPECT_TRUE(response.body.ends_with(c.end)) << response.body;
    EXPECT_THAT(response.body, HasSubstr(R"("sequence":"3")"));
    EXPECT_THAT(response.body, Not(HasSubstr(R"("sequence":"4")")));
    EXPECT_EQ(response.Header("cache-control"), c.type == kEvents ? "no-store" : "");
    EXPECT_EQ(response.Header("x-accel-buffering"), c.type == kEvents ? "no" : "");
    EXPECT_NE(response.Header("x-request-id"), "");
  }
}

TEST(StreamsReplies, ComeAsTheyAreSent) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  client.Begin("GET", "/v1/prices/a:watch?interval=0.02s", Accept(kEvents));
  StreamReader stream(client);
  EXPECT_EQ(stream.head().status, 200);
  for (int i = 1; i <= 3; ++i) {
    const std::optional<std::string> event = stream.Next("\n\n");
    ASSERT_TRUE(event && event->starts_with("data: ")) << event.value_or("none");
    EXPECT_EQ(SequenceOf(event->substr(6)), std::to_string(i));
  }
  EXPECT_EQ(CountsOf(gateway).calls_ended, 0);
  client.Close();
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_cancelled == 1; });
}

TEST(StreamsReplies, HaveTheirOwnStatusWhereTheRpcFailsBefore) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  for (const std::string_view accept : {std::string_view(), kLines, kEvents, kArray}) {
    const HttpResponse response =
        Fetch(gateway.address(), "GET", "/v1/prices/a:watch?failAtOnce=true&failCode=5", Accept(accept));
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.Header("content-type"), "application/json");
    EXPECT_EQ(JsonDifference(R"({"code":5,"message":"failed as asked","details":[]})", response.body), "");
  }
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/prices/a:watch?count=x").status, 400);
  EXPECT_EQ(Fetch(gateway.address(), "POST", "/v1/prices/a:watch").status, 405);
}

TEST(StreamsReplies, DoNotLookCompleteWhereTheRpcFailsLater) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  constexpr std::string_view kPath = "/v1/prices/a:watch?failAfter=2&failCode=9";
  constexpr std::string_view kError = R"({"code":9,"message":"failed as asked","details":[]})";
  {
    HttpClient client(gateway.address());
    client.Begin("GET", kPath);
    StreamReader stream(client);
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(SequenceOf(stream.Next().value_or("")), "1");
    EXPECT_EQ(SequenceOf(stream.Next().value_or("")), "2");
    EXPECT_EQ(JsonDifference(R"({"@error":)" + std::string(kError) + "}", stream.Next().value_or("")), "");
    EXPECT_EQ(stream.Rest(), "");
    EXPECT_TRUE(stream.complete());
  }
  {
    HttpClient client(gateway.address());
    client.Begin("GET", kPath, Accept(kEvents));
    StreamReader stream(client);
    EXPECT_TRUE(stream.Next("\n\n"));
    EXPECT_TRUE(stream.Next("\n\n"));
    const std::string event = stream.Next("\n\n").value_or("");
    ASSERT_TRUE(event.starts_with("event: error\ndata: ")) << event;
    EXPECT_EQ(JsonDifference(kError, event.substr(19)), "");
    EXPECT_EQ(stream.Rest(), "");
    EXPECT_TRUE(stream.complete());
  }
  {
    HttpClient client(gateway.address());
    client.Begin("GET", kPath, Accept(kArray));
    StreamReader stream(client);
    const std::string body = stream.Rest();
    EXPECT_TRUE(stream.cut_off());
    EXPECT_TRUE(body.starts_with("[{") && body.ends_with("}")) << body;
  }
}

TEST(StreamsReplies, HaveTheConfiguredErrorFormatWhereTheyFail) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "errors: {format: problem}";
  const Gateway gateway(options);
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/prices/a:watch?failAfter=1&failCode=5");
  const std::string last = response.body.substr(response.body.find('\n') + 1);
  EXPECT_EQ(JsonLacks(R"({"@error":{"type":"about:blank","title":"Not Found","status":404}})", last), "") << last;
}

TEST(StreamsReplies, EndWithTheHeadOfAHeadRequest) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  for (int i = 1; i <= 2; ++i) {
    const HttpResponse response = client.Send("HEAD", "/v1/prices/a:watch", Accept(kEvents));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.Header("content-type"), kEvents);
    WaitForCounts(gateway, [i](const StreamCounts& counts) { return counts.calls_ended == i; });
  }
  EXPECT_EQ(client.Send("HEAD", "/v1/prices/a:watch?failAtOnce=true&failCode=5").status, 404);
}

TEST(StreamsReplies, GoToClientsOfHttp10UntilTheConnectionCloses) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  client.Write("GET /v1/prices/a:watch?count=2&interval=0.01s HTTP/1.0\r\nHost: a\r\n\r\n");
  const HttpResponse response = client.Read();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("transfer-encoding"), "");
  EXPECT_THAT(response.body, HasSubstr(R"("sequence":"2")"));
}

TEST(StreamsReplies, LeaveTheConnectionForFurtherRequests) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  HttpClient client(gateway.address());
  for (const std::string_view accept : {kLines, kEvents, kArray, kLines}) {
    const HttpResponse response = client.Send("GET", "/v1/prices/a:watch?count=100&interval=0.0001s", Accept(accept));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr(R"("sequence":"100")"));
  }
}

TEST(StreamsReplies, OfASlowReaderHoldTheBackendBack) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "workers: 1";
  Gateway gateway(options);
  constexpr int kBytes = 65536;
  const std::string endless = "/v1/prices/a:watch?padding=" + std::to_string(kBytes);
  const long before = MemoryOf(gateway.process().pid(), "VmRSS");
  HttpClient slow(gateway.address());
  slow.Begin("GET", endless);
  StreamReader slow_stream(slow);
  EXPECT_EQ(slow_stream.head().status, 200);

  // Of another stream far more passes than sockets and windows hold of the one that nobody reads.
  constexpr int kMany = 1500;
  const HttpResponse others = Fetch(gateway.address(), "GET", endless + "&count=" + std::to_string(kMany));
  EXPECT_EQ(others.status, 200);
  EXPECT_GT(others.body.size(), size_t{kMany} * kBytes);
  const StreamCounts counts = CountsOf(gateway);
  EXPECT_LT(counts.messages_sent - kMany, 500) << "of the stream that nobody reads";
  EXPECT_LT(MemoryOf(gateway.process().pid(), "VmRSS") - before, 32 << 10);
  // It goes on where it was.
  for (int i = 1; i <= 700; ++i) {
    const std::optional<std::string> line = slow_stream.Next();
    ASSERT_TRUE(line);
    ASSERT_EQ(SequenceOf(*line), std::to_string(i));
  }
  slow.Close();
  WaitForCounts(gateway, [](const StreamCounts& c) { return c.calls_ended == 2; });
}

TEST(StreamsReplies, EndWithStreamTimeout) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.timeout = "10s, stream_timeout: 1h";
  options.more = R"(policies: [{methods: ["streams.v1.Prices/WatchPrices"], timeout: 1ms, stream_timeout: 300ms}])";
  const Gateway gateway(options);
  const HttpResponse late = Fetch(gateway.address(), "GET", "/v1/prices/a:watch?interval=0.01s");
  EXPECT_EQ(late.status, 200);
  const std::string last = late.body.substr(late.body.find("{\"@error\""));
  EXPECT_EQ(JsonAt(last, "@error.code"), "4");
  EXPECT_EQ(JsonAt(last, "@error.details.0.reason"), "DEADLINE_EXCEEDED");
  EXPECT_EQ(WithoutTime(JsonAt(last, "@error.message")), "backend \"streams\" did not end its answer within …");
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_ended == 1; });

  const HttpResponse asked =
      Fetch(gateway.address(), "GET", "/v1/prices/a:watch?interval=0.01s", {{"grpc-timeout", "100m"}});
  EXPECT_THAT(asked.body, HasSubstr("DEADLINE_EXCEEDED"));
}

TEST(StreamsReplies, AreBoundedEach) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "limits: {max_response_bytes: 10KiB}";
  const Gateway gateway(options);
  const HttpResponse many = Fetch(gateway.address(), "GET", "/v1/prices/a:watch?padding=9000&count=100");
  EXPECT_EQ(many.status, 200);
  EXPECT_GT(many.body.size(), 900'000u);
  const HttpResponse large = Fetch(gateway.address(), "GET", "/v1/prices/a:watch?padding=11000&count=100");
  EXPECT_EQ(large.status, 502);
  EXPECT_EQ(JsonAt(large.body, "details.0.reason"), "RESPONSE_TOO_LARGE");
}

TEST(StreamsReplies, AreBytesWhereTheyAreHttpBodies) {
  const Streams backend;
  const Gateway gateway(StreamsOptions(backend));
  std::string content;
  for (int i = 0; i < 40'000; ++i) content += static_cast<char>(i * 7919 >> 3);
  const HttpResponse put =
      Fetch(gateway.address(), "PUT", "/v1/files/a.bin", {{"content-type", "application/x-thing"}}, content);
  ASSERT_EQ(put.status, 200) << put.body;
  for (const std::string_view accept : {std::string_view(), kEvents}) {
    const HttpResponse got = Fetch(gateway.address(), "GET", "/v1/files/a.bin?pieceBytes=1000", Accept(accept));
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.Header("content-type"), "application/x-thing");
    EXPECT_EQ(got.body, content);
  }
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/files/none").status, 404);
}

TEST(StreamsReplies, AreCountedApartFromUnaryCalls) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "admin: {address: \"127.0.0.1:0\"}\naccess_log: {format: json, path: stdout}";
  Gateway gateway(options);
  HttpClient open(gateway.address());
  open.Begin("GET", "/v1/prices/a:watch?interval=3600s");
  StreamReader stream(open);
  EXPECT_EQ(SequenceOf(stream.Next().value_or("")), "1");
  std::string metrics = AskAdmin(gateway, "GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("dragoman_streams_open{rpc=\"streams.v1.Prices/WatchPrices\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("dragoman_stream_messages_total{rpc=\"streams.v1.Prices/WatchPrices\",direction=\"reply\"} 1\n"));
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/prices/a:watch?count=20&failAfter=10&failCode=5").status, 200);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/prices/a").status, 200);
  EXPECT_TRUE(gateway.process().WaitForOutput(R"("rpc":"streams.v1.Prices/WatchPrices","backend":"streams","grpc_status":5)"));
  AwaitFigure(gateway, "dragoman_request_duration_seconds_count{rpc=\"streams.v1.Prices/GetPrice\"} 1");
  metrics = AskAdmin(gateway, "GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("dragoman_stream_messages_total{rpc=\"streams.v1.Prices/WatchPrices\",direction=\"reply\"} 11\n"));
  EXPECT_THAT(metrics, HasSubstr("dragoman_stream_messages_total{rpc=\"streams.v1.Prices/WatchPrices\",direction=\"request\"} 2\n"));
  EXPECT_THAT(metrics, HasSubstr("dragoman_stream_duration_seconds_count{rpc=\"streams.v1.Prices/WatchPrices\"} 1\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("dragoman_request_duration_seconds_count{rpc=\"streams.v1.Prices/WatchPrices\"}")));
}

// At the end of the grace, before the connection does.
TEST(StreamsReplies, SayThatTheGatewayDoesNotWaitForThemAnyLonger) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "drain: {grace: 1s}";
  Gateway gateway(options);
  constexpr std::string_view kPath = "/v1/prices/a:watch?interval=3600s";
  constexpr std::string_view kError =
      R"({"code":14,"message":"the gateway is shutting down","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"DRAINING","domain":"dragoman"}]})";
  HttpClient lines(gateway.address());
  lines.Begin("GET", kPath);
  StreamReader lines_read(lines);
  EXPECT_TRUE(lines_read.Next());
  HttpClient events(gateway.address());
  events.Begin("GET", kPath, Accept(kEvents));
  StreamReader events_read(events);
  EXPECT_TRUE(events_read.Next("\n\n"));
  HttpClient array(gateway.address());
  array.Begin("GET", kPath, Accept(kArray));
  StreamReader array_read(array);
  EXPECT_TRUE(array_read.Next("}"));
  HttpClient upload(gateway.address());
  upload.Begin("POST", "/v1/sensors/s7/readings", {{"transfer-encoding", "chunked"}});
  upload.Write("2\r\n{}\r\n");
  Process http2({"curl", "-sSN", "--http2-prior-knowledge", "http://" + gateway.address() + std::string(kPath)});
  EXPECT_TRUE(http2.WaitForOutput("\"sequence\":\"1\""));
  WaitForCounts(gateway, [](const StreamCounts& counts) { return counts.calls_begun == 5; });

  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(lines_read.Rest(), R"({"@error":)" + std::string(kError) + "}\n");
  EXPECT_TRUE(lines_read.complete());
  EXPECT_EQ(events_read.Rest(), "event: error\ndata: " + std::string(kError) + "\n\n");
  EXPECT_TRUE(events_read.complete());
  EXPECT_EQ(array_read.Rest(), "");
  EXPECT_TRUE(array_read.cut_off());
  const HttpResponse refused = upload.Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.body, kError);
  EXPECT_EQ(http2.Wait(), 0);
  EXPECT_THAT(http2.out(), testing::EndsWith("\n{\"@error\":" + std::string(kError) + "}\n"));
  EXPECT_EQ(gateway.process().Wait(), 0);
}

TEST(StreamsReplies, OfWhoDoesNotReadDoNotHoldUpTheEnd) {
  const Streams backend;
  GatewayOptions options = StreamsOptions(backend);
  options.more = "drain: {grace: 1s}";
  Gateway gateway(options);
  HttpClient slow(gateway.address());
  slow.Begin("GET", "/v1/prices/a:watch?padding=65536");
  StreamReader stream(slow);
  EXPECT_EQ(stream.head().status, 200);
  gateway.process().Signal(SIGTERM);
  EXPECT_EQ(gateway.process().Wait(), 0);
  (void)stream.Rest();
  EXPECT_TRUE(stream.cut_off());
}

}  // namespace
}  // namespace dragoman::integration
