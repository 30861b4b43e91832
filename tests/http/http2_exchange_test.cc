// Exchanges over HTTP/2: bodies, replies, windows, time-outs, ends.
#include <gmock/gmock.h>

#include <thread>

#include "http2_client.h"

namespace dragoman::http {
namespace {

using frames::FrameBytes;
using frames::Number;
using frames::Setting;
using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

using Http2Exchange = ServerTest;

constexpr uint32_t kDefaultWindow = 65'535;

// SETTINGS_INITIAL_WINDOW_SIZE
std::string Window(uint32_t bytes) { return Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, bytes); }

TEST_F(Http2Exchange, SaysWhatItAllows) {
  config::Limits limits;
  limits.max_concurrent_streams = 7;
  limits.max_header_bytes = 5000;
  Start(limits);
  Http2Client client(address());
  client.Settle();
  EXPECT_THAT(client.settings(), testing::UnorderedElementsAre(Pair(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 7u), Pair(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 5000u),
                                                               Pair(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65'536u)));
  EXPECT_GE(client.opened(0), 1u << 20);
  EXPECT_EQ(counters().http2.Get(), 1u);
}

TEST_F(Http2Exchange, AnswersManyAtOnce) {
  Start();
  Http2Client client(address());
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    const int32_t id = 2 * i + 1;
    requests += i % 2 ? GetFrame(id, "/" + std::to_string(i)) : PostFrame(id, "/" + std::to_string(i));
  }
  for (int part = 0; part < 3; ++part) {  // bodies, interleaved
    for (int i = 0; i < 100; i += 2) requests += DataFrame(2 * i + 1, std::to_string(part), part == 2 ? kEndStream : 0);
  }
  client.Send(requests);
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(client.Await(2 * i + 1).ToText(), i % 2 ? "200 GET /" + number + " s none" : "200 POST /" + number + " s [012]");
  }
}

TEST_F(Http2Exchange, AnswersAThousandOneAfterTheOther) {
  Start();
  Http2Client client(address());
  for (int i = 0; i < 1000; ++i) {
    client.Get(2 * i + 1, "/a");
    ASSERT_EQ(client.Await(2 * i + 1).ToText(), "200 GET /a s none");
  }
}

TEST_F(Http2Exchange, HasTheHeadersThatHttp1Has) {
  Start();
  Http2Client client(address());
  client.Get(1, "/inject");
  const Http2Client::Response& response = client.Await(1);
  EXPECT_EQ(response.ToText(), "200 injected");
  EXPECT_EQ(response.headers.at("date").size(), 29u);
  EXPECT_EQ(response.headers.at("content-length"), "8");
  EXPECT_EQ(response.headers.at("content-type"), "text/plain");
  EXPECT_EQ(response.headers.at("x-good"), "yes");
  EXPECT_THAT(response.headers, Not(Contains(Pair("x-bad", testing::_))));
  EXPECT_THAT(response.headers, Not(Contains(Pair("connection", testing::_))));
}

TEST_F(Http2Exchange, SendsNoBodyWhereThereIsNone) {
  Start();
  Http2Client client(address());
  int32_t id = 1;
  const auto ask = [&](const char* http_method, const std::string& path) -> const Http2Client::Response& {
    client.Send(NGHTTP2_HEADERS, kEndBoth, id, frames::Block(RequestFields(http_method, path)));
    const Http2Client::Response& response = client.Await(id);
    EXPECT_EQ(response.body, "");
    EXPECT_TRUE(response.ended);
    id += 2;
    return response;
  };
  EXPECT_EQ(ask("HEAD", "/abc").headers.at("content-length"), "16");  // "HEAD /abc s none"
  EXPECT_EQ(ask("HEAD", "/stream").headers.count("content-length"), 0u);
  for (const auto& [status, length] : {std::pair(204, ""), std::pair(205, "0"), std::pair(304, "")}) {
    const Http2Client::Response& response = ask("GET", "/status?" + std::to_string(status));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.headers.count("content-length") ? response.headers.at("content-length") : "", length);
  }
}

TEST_F(Http2Exchange, StreamsAReply) {
  Start();
  Http2Client client(address());
  client.Get(1, "/stream");
  const Http2Client::Response& response = client.Await(1);
  EXPECT_EQ(response.ToText(), "200 onetwothree");
  EXPECT_EQ(response.headers.count("content-length"), 0u);
}

TEST_F(Http2Exchange, ShowsThatAReplyIsIncomplete) {
  Start();
  Http2Client client(address());
  client.Get(1, "/abort");
  EXPECT_EQ(client.Await(1).ToText(), "200 half reset INTERNAL_ERROR");
  client.Get(3, "/silent");
  EXPECT_EQ(client.Await(3).ToText(), "reset INTERNAL_ERROR");
  client.Get(5, "/a");
  EXPECT_EQ(client.Await(5).ToText(), "200 GET /a s none");
}

TEST_F(Http2Exchange, ReadsALargeBody) {
  Start();
  for (const char* path : {"/echo", "/pieces"}) {
    SCOPED_TRACE(path);
    Http2Client client(address(), Window(1 << 21));
    client.OpenWindow(0, 1 << 21);
    client.Send(PostFrame(1, path));
    constexpr size_t kSize = 1'000'000;
    size_t sent = 0;
    client.Settle();
    while (sent < kSize) {  // as much as the windows allow
      const uint64_t allowed = 65'536 + client.opened(1);
      if (sent == allowed) {
        ASSERT_TRUE(client.AwaitFrame(NGHTTP2_WINDOW_UPDATE).is(NGHTTP2_WINDOW_UPDATE));
        continue;
      }
      const size_t part = std::min({static_cast<size_t>(allowed) - sent, size_t{16'384}, kSize - sent});
      sent += part;
      client.Send(DataFrame(1, std::string(part, 'z'), sent == kSize ? kEndStream : 0));
    }
    const Http2Client::Response& response = client.Await(1);
    if (path == std::string("/echo")) {
      EXPECT_EQ(response.body, "POST /echo s [" + std::string(kSize, 'z') + "]");
    } else {
      EXPECT_EQ(response.body, "1000000 " + std::string(40, 'z'));
    }
    EXPECT_GE(client.opened(0), 1u << 20);
  }
}

TEST_F(Http2Exchange, OpensTheWindowOfABodyThatNobodyReadsNoMore) {
  Start();
  Http2Client client(address());
  client.Send(PostFrame(1, "/hang"));
  for (int i = 0; i < 4; ++i) client.Send(DataFrame(1, std::string(16'000, 'x')));
  client.Get(3, "/a");
  EXPECT_EQ(client.Await(3).ToText(), "200 GET /a s none");  // the others go on
  client.Settle();
  EXPECT_EQ(client.opened(1), 0u);
}

TEST_F(Http2Exchange, ResetsWhoSendsMoreThanTheWindowLets) {
  Start();
  Http2Client client(address());
  client.Send(PostFrame(1, "/hang"));
  client.Settle();
  for (int i = 0; i < 5; ++i) client.Send(DataFrame(1, std::string(16'000, 'x')));
  EXPECT_EQ(client.Await(1).ToText(), "reset FLOW_CONTROL_ERROR");
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  client.Get(3, "/a");
  EXPECT_EQ(client.Await(3).ToText(), "200 GET /a s none");
}

TEST_F(Http2Exchange, CountsWhatWasReadAndWaitedFor) {
  Start();
  Http2Client client(address());
  client.Send(PostFrame(1, "/measure") + DataFrame(1, "12345", kEndStream));
  EXPECT_EQ(client.Await(1).ToText(), "200 5 at once");
  client.Send(PostFrame(3, "/measure"));
  ASSERT_TRUE(log_.WaitFor("serve POST /measure"));
  client.Settle();
  client.Send(DataFrame(3, "123", kEndStream));
  EXPECT_EQ(client.Await(3).ToText(), "200 3 waited");
}

TEST_F(Http2Exchange, Says100ContinueWhenTheBodyIsAskedFor) {
  Start();
  Http2Client client(address());
  client.Send(PostFrame(1, "/echo", {{"expect", "100-continue"}}));
  ASSERT_TRUE(client.AwaitFrame(NGHTTP2_HEADERS).is(NGHTTP2_HEADERS));
  EXPECT_EQ(client.response(1).informational, 1);
  client.Send(DataFrame(1, "body", kEndStream));
  EXPECT_EQ(client.Await(1).ToText(), "200 POST /echo s [body]");
  // Not to whom it would tell nothing.
  client.Send(PostFrame(3, "/echo", {{"expect", "100-continue"}}) + DataFrame(3, "body", kEndStream));
  EXPECT_EQ(client.Await(3).ToText(), "200 POST /echo s [body]");
  EXPECT_EQ(client.response(3).informational, 0);
  client.Send(GetFrame(5, "/ignore", {{"expect", "100-continue"}}));
  EXPECT_EQ(client.Await(5).ToText(), "200 ignored");
  EXPECT_EQ(client.response(5).informational, 0);
}

TEST_F(Http2Exchange, TakesTheClientsTimeForTheRestOfABodyThatIsNotWanted) {
  config::Limits limits;
  limits.body_timeout = milliseconds(200);
  Start(limits);
  Http2Client client(address());
  client.Send(PostFrame(1, "/ignore"));
  EXPECT_EQ(client.Await(1).ToText(), "200 ignored");
  client.Send(DataFrame(1, "late", kEndStream));
  client.Settle();
  EXPECT_EQ(client.response(1).reset, "");
  client.Send(PostFrame(3, "/ignore"));
  EXPECT_EQ(client.Await(3).ToText(), "200 ignored");
  EXPECT_TRUE(client.AwaitFrame(NGHTTP2_RST_STREAM).is(NGHTTP2_RST_STREAM));
  EXPECT_EQ(client.response(3).reset, "NO_ERROR");
}

TEST_F(Http2Exchange, SendsNoMoreThanTheWindowsLet) {
  Start();
  Http2Client client(address(), Window(10));
  client.Settle();
  client.Get(1, "/big?1000");
  EXPECT_TRUE(client.AwaitBody(1, 10));
  client.Settle();
  EXPECT_EQ(client.response(1).body.size(), 10u);
  client.OpenWindow(1, 1);
  EXPECT_TRUE(client.AwaitBody(1, 11));
  client.Send(NGHTTP2_SETTINGS, 0, 0, Window(0));  // the window is negative now
  client.OpenWindow(1, 5);
  client.Settle();
  EXPECT_EQ(client.response(1).body.size(), 11u);
  client.Send(NGHTTP2_SETTINGS, 0, 0, Window(500));
  EXPECT_TRUE(client.AwaitBody(1, 506));
  client.Settle();
  EXPECT_EQ(client.response(1).body.size(), 506u);
  client.OpenWindow(1, 10'000);
  EXPECT_EQ(client.Await(1).body.size(), 1000u);
  EXPECT_TRUE(log_.WaitFor("big sent"));
}

TEST_F(Http2Exchange, SendsNoMoreThanTheConnectionsWindowLets) {
  Start();
  Http2Client client(address(), Window(1 << 20));
  client.Settle();
  client.Get(1, "/big?100000");
  EXPECT_TRUE(client.AwaitBody(1, kDefaultWindow));
  client.Get(3, "/big?1000");
  client.Settle();
  EXPECT_EQ(client.response(1).body.size(), kDefaultWindow);
  EXPECT_EQ(client.response(3).status, 200);
  EXPECT_EQ(client.response(3).body, "");
  client.OpenWindow(0, 1 << 20);
  EXPECT_EQ(client.Await(1).body.size(), 100'000u);
  EXPECT_EQ(client.Await(3).body.size(), 1000u);
}

TEST_F(Http2Exchange, CancelsWhatTheClientGivesUp) {
  Start();
  Http2Client client(address());
  client.Get(1, "/hang");
  client.Send(PostFrame(3, "/pieces"));
  ASSERT_TRUE(log_.WaitFor("hanging"));
  client.Send(NGHTTP2_RST_STREAM, 0, 1, Number(NGHTTP2_CANCEL));
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  client.Send(DataFrame(3, "goes on", kEndStream));
  EXPECT_EQ(client.Await(3).ToText(), "200 7 goes on");
}

TEST_F(Http2Exchange, DoesNotServeWhatIsGivenUpInTheSameBreath) {
  Start();
  Http2Client client(address());
  client.Send(GetFrame(1, "/given/up") + FrameBytes(NGHTTP2_RST_STREAM, 0, 1, Number(NGHTTP2_CANCEL)) + GetFrame(3, "/a"));
  EXPECT_EQ(client.Await(3).ToText(), "200 GET /a s none");
  EXPECT_THAT(log_.all(), Not(Contains("serve GET /given/up")));
}

TEST_F(Http2Exchange, HalfClosingAStreamIsNotLeaving) {
  Start();
  Http2Client client(address());
  client.Get(1, "/hang");  // has END_STREAM
  ASSERT_TRUE(log_.WaitFor("hanging"));
  client.Settle();
  EXPECT_THAT(log_.all(), Not(Contains("cancelled")));
}

TEST_F(Http2Exchange, CancelsEverythingWhenTheClientLeaves) {
  Start();
  {
    Http2Client client(address());
    client.Get(1, "/hang");
    client.Get(3, "/endless");
    client.Send(PostFrame(5, "/echo"));
    ASSERT_TRUE(log_.WaitFor("hanging"));
    ASSERT_TRUE(log_.WaitFor("serve POST /echo"));
  }
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  EXPECT_TRUE(log_.WaitFor("endless ended"));
  EXPECT_TRUE(log_.WaitFor("read failed: the client went away"));
  WaitDrained();
}

TEST_F(Http2Exchange, AFullSocketHoldsTheHandlersBack) {
  Start();
  Http2Client client(address(), Window(0x7fffffff), 4096);
  client.OpenWindow(0, 0x7fffffff - kDefaultWindow);
  client.Get(1, "/endless");
  ASSERT_TRUE(log_.WaitFor("endless begun"));
  // It takes some time until nothing moves any more; then what the client takes is what the server sends.
  EXPECT_TRUE(client.AwaitBody(1, 8 << 20));
  EXPECT_THAT(log_.all(), Not(Contains("endless ended")));
  client.Send(NGHTTP2_RST_STREAM, 0, 1, Number(NGHTTP2_CANCEL));
  EXPECT_TRUE(log_.WaitFor("endless waited for the client"));
  EXPECT_TRUE(log_.WaitFor("endless ended"));
  client.Get(3, "/a");
  EXPECT_EQ(client.Await(3).ToText(), "200 GET /a s none");
}

TEST_F(Http2Exchange, GivesUpWhoTakesNothing) {
  config::Limits limits;
  limits.idle_timeout = milliseconds(200);
  Start(limits);
  Http2Client client(address(), Window(0));
  client.Get(1, "/big?1000");
  EXPECT_EQ(client.Await(1).ToText(), "200  reset CANCEL");  // its head came
  EXPECT_TRUE(log_.WaitFor("big not sent"));
}

TEST_F(Http2Exchange, CutsAConnectionThatTakesNothing) {
  config::Limits limits;
  limits.idle_timeout = milliseconds(300);
  Start(limits);
  Http2Client client(address(), Window(0x7fffffff), 4096);
  client.OpenWindow(0, 0x7fffffff - kDefaultWindow);
  client.Get(1, "/endless");
  EXPECT_TRUE(log_.WaitFor("endless ended"));
  WaitDrained();
  EXPECT_EQ(counters().misconduct[static_cast<size_t>(Misconduct::kNotReading)].Get(), 1u);
}

TEST_F(Http2Exchange, RefusesABodyThatDoesNotCome) {
  config::Limits limits;
  limits.body_timeout = milliseconds(100);
  Start(limits);
  Http2Client client(address());
  client.Send(PostFrame(1, "/a") + DataFrame(1, "x"));
  EXPECT_EQ(client.Await(1).ToText(), "408 REQUEST_TIMEOUT the body did not come within 100 ms");
  client.Send(PostFrame(3, "/pieces"));
  EXPECT_EQ(client.Await(3).ToText(), "408 the body did not come within 100 ms");
}

TEST_F(Http2Exchange, EndsAnIdleConnection) {
  config::Limits limits;
  limits.idle_timeout = milliseconds(100);
  Start(limits);
  Http2Client client(address());
  client.Get(1, "/a");
  EXPECT_EQ(client.Await(1).ToText(), "200 GET /a s none");
  EXPECT_EQ(client.AwaitEnd(), "goaway 1 NO_ERROR, closed");
  Http2Client silent(address());
  EXPECT_EQ(silent.AwaitEnd(), "goaway 0 NO_ERROR, closed");
}

TEST_F(Http2Exchange, EndsAHeadThatDoesNotCome) {
  config::Limits limits;
  limits.header_timeout = milliseconds(100);
  Start(limits);
  const std::string request = GetFrame(1, "/a");
  for (const std::string& begin : {request.substr(0, request.size() - 1), FrameBytes(NGHTTP2_HEADERS, kEndStream, 1, request.substr(9))}) {
    Http2Client client(address());
    client.Settle();
    client.Send(begin);
    EXPECT_EQ(client.AwaitEnd(), "goaway 1 ENHANCE_YOUR_CALM, closed");
  }
  Http2Client no_settings(address(), Http2Client::Silent());
  no_settings.acknowledges_settings = false;
  no_settings.Send(kPreface);
  EXPECT_EQ(no_settings.AwaitEnd(), "goaway 0 PROTOCOL_ERROR, closed");
  EXPECT_EQ(counters().misconduct[static_cast<size_t>(Misconduct::kSlow)].Get(), 3u);
  // Half a preface is no HTTP/2 yet.
  EXPECT_EQ(StatusOf(RoundTrip(kPreface.substr(0, 10))), 408);
}

TEST_F(Http2Exchange, AsksWhoIsSilentWhetherHeIsStillThere) {
  config::Limits limits;
  limits.idle_timeout = milliseconds(100);
  limits.header_timeout = milliseconds(200);
  Start(limits);
  Http2Client client(address());
  client.Get(1, "/hang");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.AwaitFrame(NGHTTP2_PING).is(NGHTTP2_PING));  // and answers
  EXPECT_THAT(log_.all(), Not(Contains("cancelled")));
  client.answers_pings = false;
  client.AwaitEnd();
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  EXPECT_EQ(counters().misconduct[static_cast<size_t>(Misconduct::kNotReading)].Get(), 1u);
}

TEST_F(Http2Exchange, DrainsInTwoSteps) {
  Start();
  Http2Client client(address());
  client.answers_pings = false;
  client.Send(PostFrame(1, "/pieces") + DataFrame(1, "first "));
  ASSERT_TRUE(log_.WaitFor("serve POST /pieces"));
  StopAccepting();
  EXPECT_TRUE(client.AwaitFrame(NGHTTP2_GOAWAY).is(NGHTTP2_GOAWAY));
  const Frame ping = client.AwaitFrame(NGHTTP2_PING);
  // On its way when the GOAWAY was read.
  client.Get(3, "/a");
  EXPECT_EQ(client.Await(3).ToText(), "200 GET /a s none");
  client.Send(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping.payload);
  EXPECT_TRUE(client.AwaitFrame(NGHTTP2_GOAWAY).is(NGHTTP2_GOAWAY));
  EXPECT_THAT(client.goaways(), ElementsAre("2147483647 NO_ERROR", "3 NO_ERROR"));
  client.Get(5, "/too/late");
  client.Send(DataFrame(1, "and last", kEndStream));
  EXPECT_EQ(client.Await(1).ToText(), "200 14 first and last");
  EXPECT_EQ(client.AwaitEnd(), "goaway 2147483647 NO_ERROR, goaway 3 NO_ERROR, closed");
  EXPECT_THAT(log_.all(), Not(Contains("serve GET /too/late")));
  client.socket().Close();
  WaitDrained();
}

TEST_F(Http2Exchange, DrainsAnIdleConnectionAndOneThatDoesNotAnswer) {
  Start();
  {
    Http2Client idle(address());
    Http2Client deaf(address());
    deaf.answers_pings = false;
    idle.Settle();
    deaf.Settle();
    StopAccepting();
    EXPECT_EQ(idle.AwaitEnd(), "goaway 2147483647 NO_ERROR, goaway 0 NO_ERROR, closed");
    EXPECT_EQ(deaf.AwaitEnd(), "goaway 2147483647 NO_ERROR, goaway 0 NO_ERROR, closed");
  }
  WaitDrained();
}

TEST_F(Http2Exchange, AbortsEverything) {
  Start();
  Http2Client client(address());
  client.Get(1, "/hang");
  client.Get(3, "/endless");
  ASSERT_TRUE(log_.WaitFor("hanging"));
  Abort();
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  EXPECT_TRUE(log_.WaitFor("endless ended"));
  WaitDrained();
}

TEST_F(Http2Exchange, ServesByteByByte) {
  Start();
  Http2Client client(address(), Http2Client::Silent());
  const std::string bytes = std::string(kPreface) + FrameBytes(NGHTTP2_SETTINGS, 0, 0, Window(100'000)) + PostFrame(1, "/a", {{"cookie", "a=1"}, {"cookie", "b=2"}}) +
                            DataFrame(1, "he") + FrameBytes(NGHTTP2_PING, 0, 0, "12345678") + PostFrame(3, "/pieces") + DataFrame(1, "llo", kEndStream) +
                            DataFrame(3, "piece") + FrameBytes(NGHTTP2_HEADERS, kEndBoth, 3, frames::Block({{"x-t", "1"}}));
  for (const char byte : bytes) client.Send(std::string(1, byte));
  EXPECT_EQ(client.Await(1).ToText(), "200 POST /a s [hello]");
  EXPECT_EQ(client.Await(3).ToText(), "200 5 piece");
}

TEST_F(Http2Exchange, ServesBothOnOnePort) {
  Start();
  Http2Client client(address());
  client.Get(1, "/a");
  EXPECT_EQ(client.Await(1).ToText(), "200 GET /a s none");
  EXPECT_EQ(BodyOf(RoundTrip("GET /a HTTP/1.1\r\nHost: s\r\nConnection: close, upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")),
            "GET /a s none");  // no upgrade
  EXPECT_EQ(counters().http2.Get(), 1u);
  EXPECT_EQ(counters().accepted.Get(), 2u);
}

}  // namespace
}  // namespace dragoman::http
