#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server_fixture.h"

// What becomes of hostile bytes stands in raw_*_test.cc.
namespace dragoman::http {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using Http1Connection = ServerTest;

config::Limits SmallLimits() {
  config::Limits limits;
  limits.max_request_line_bytes = 64;
  limits.max_header_bytes = 256;
  limits.max_body_bytes = 1000;
  return limits;
}

TEST_F(Http1Connection, ServesSeveralRequestsOnOneConnection) {
  Start();
  Client client(address());
  for (int i = 0; i < 3; ++i) {
    client.Send("GET /items/" + std::to_string(i) + "?a=b HTTP/1.1\r\nHost: shop\r\n\r\n");
    const std::string response = client.ReadResponse();
    EXPECT_EQ(StatusOf(response), 200);
    EXPECT_EQ(BodyOf(response), "GET /items/" + std::to_string(i) + "?a=b shop none");
    EXPECT_EQ(HeaderOf(response, "connection"), "");
    EXPECT_EQ(HeaderOf(response, "content-type"), "text/plain");
    EXPECT_EQ(HeaderOf(response, "date").size(), 29u);
  }
}

TEST_F(Http1Connection, ReadsBodiesOfBothFramings) {
  Start();
  Client client(address());
  client.Send("POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /a s [hello]");
  client.Send("POST /b HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5;name=\"value\"\r\nhello\r\n7\r\n, world\r\n0\r\nX-Trailer: dropped\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /b s [hello, world]");
  client.Send("POST /c HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /c s none");
  client.Send("GET /d HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /d s none");
}

TEST_F(Http1Connection, ReadsALargeBodyThatComesInManyPieces) {
  Start();
  for (std::string_view path : {"/echo", "/pieces"}) {
    Client client(address());
    const std::string body(1'000'000, 'z');
    client.Send("POST " + std::string(path) + " HTTP/1.1\r\nHost: s\r\nContent-Length: 1000000\r\n\r\n" + body + "GET /next HTTP/1.1\r\nHost: s\r\n\r\n");
    const std::string response = client.ReadResponse();
    if (path == "/echo") {
      EXPECT_EQ(BodyOf(response), "POST /echo s [" + body + "]");
    } else {
      EXPECT_EQ(BodyOf(response), "1000000 " + std::string(40, 'z'));
    }
    EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /next s none");
  }
}

TEST_F(Http1Connection, ReadsRequestsCutAtEveryByte) {
  Start();
  const std::string requests =
      "POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody"
      "\r\nPOST /pieces HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0a ; x=y\r\n0123456789\r\n0\r\nt: v\r\n\r\n"
      "GET /b HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n";
  for (size_t cut = 0; cut < requests.size(); ++cut) {
    Client client(address());
    client.Send(std::string_view(requests).substr(0, cut));
    // A second connection's answer tells that the server has been round its loop.
    RoundTrip("GET /other HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");
    client.Send(std::string_view(requests).substr(cut));
    const std::string responses = client.ReadAll();
    EXPECT_THAT(responses, HasSubstr("POST /a s [body]")) << cut;
    EXPECT_THAT(responses, HasSubstr("13 abc0123456789")) << cut;
    EXPECT_THAT(responses, HasSubstr("GET /b s none")) << cut;
  }
}

TEST_F(Http1Connection, AnswersPipelinedRequestsInOrder) {
  Start();
  Client client(address());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    requests += "POST /" + std::to_string(i) + "/b HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\nho";
  }
  client.Send(requests);
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(BodyOf(client.ReadResponse()), "POST /" + std::to_string(i) + " s [hi]");
    ASSERT_EQ(BodyOf(client.ReadResponse()), "POST /" + std::to_string(i) + "/b s [ho]");
  }
}

TEST_F(Http1Connection, SaysThatItStaysWhereHttp10WouldNot) {
  Start();
  Client client(address());
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(HeaderOf(client.ReadResponse(), "connection"), "keep-alive");
  }
}

TEST_F(Http1Connection, SendsNoBodyWhereThereIsNone) {
  Start();
  Client client(address());
  client.Send("HEAD /abc HTTP/1.1\r\nHost: s\r\n\r\n");
  std::string response = client.ReadResponse(/*head_request=*/true);
  EXPECT_EQ(HeaderOf(response, "content-length"), "16");  // "HEAD /abc s none"
  EXPECT_EQ(BodyOf(response), "");
  struct Case {
    std::string_view status, content_length;
  };
  for (const Case& c : std::initializer_list<Case>{{"204", ""}, {"205", "0"}, {"304", ""}}) {
    client.Send("GET /status?" + std::string(c.status) + " HTTP/1.1\r\nHost: s\r\n\r\n");
    response = client.ReadResponse();
    EXPECT_EQ(StatusOf(response), std::stoi(std::string(c.status)));
    EXPECT_EQ(HeaderOf(response, "content-length"), c.content_length);
    EXPECT_EQ(BodyOf(response), "");
  }
  client.Send("HEAD /stream HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(HeaderOf(client.ReadResponse(true), "transfer-encoding"), "chunked");
  client.Send("GET /last HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /last s none");
}

TEST_F(Http1Connection, Sends100ContinueOnlyWhenTheBodyIsWanted) {
  Start();
  Client client(address());
  client.Send("POST /a HTTP/1.1\r\nHost: s\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadResponse(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hi");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /a s [hi]");
  client.Send("POST /b HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /b s [hi]");
  client.Send("POST /ignore HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  const std::string response = client.ReadAll();
  EXPECT_EQ(StatusOf(response), 200);
  EXPECT_EQ(HeaderOf(response, "connection"), "close");
}

TEST_F(Http1Connection, ThrowsASmallUnreadBodyAwayAndClosesOnALargeOne) {
  Start();
  Client client(address());
  client.Send("POST /ignore HTTP/1.1\r\nHost: s\r\nContent-Length: 20000\r\n\r\n" + std::string(20000, 'b') + "GET /next HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "ignored");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /next s none");
  client.Send("POST /ignore HTTP/1.1\r\nHost: s\r\nContent-Length: 2000000\r\n\r\n" + std::string(2000000, 'b'));
  const std::string response = client.ReadAll();
  EXPECT_EQ(BodyOf(response), "ignored");
  EXPECT_EQ(HeaderOf(response, "connection"), "close");
}

TEST_F(Http1Connection, StreamsChunksAndUntilCloseForHttp10) {
  Start();
  Client client(address());
  client.Send("GET /stream HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
  client.Send("GET /next HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReadResponse()), 200);
  const std::string old = RoundTrip("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(BodyOf(old), "onetwothree");
  EXPECT_EQ(HeaderOf(old, "connection"), "close");
}

TEST_F(Http1Connection, CutsAnAbortedReplyOff) {
  Start();
  EXPECT_EQ(BodyOf(RoundTrip("GET /abort HTTP/1.1\r\nHost: s\r\n\r\n")), "4\r\nhalf\r\n");
  EXPECT_THAT(RoundTrip("GET /abort HTTP/1.0\r\n\r\n"), HasSubstr("!reset"));
  EXPECT_THAT(RoundTrip("GET /silent HTTP/1.1\r\nHost: s\r\n\r\n"), Not(HasSubstr("HTTP/1.1")));
}

TEST_F(Http1Connection, DropsHeadersThatWouldBreakTheFraming) {
  Start();
  Client client(address());
  client.Send("GET /inject HTTP/1.1\r\nHost: s\r\n\r\n");
  const std::string response = client.ReadResponse();
  EXPECT_EQ(HeaderOf(response, "x-good"), "yes");
  EXPECT_EQ(HeaderOf(response, "content-length"), "8");
  EXPECT_THAT(response, Not(HasSubstr("x-evil")));
}

TEST_F(Http1Connection, CountsTheBytesOfABodyWithoutItsFraming) {
  config::Limits limits;
  limits.body_timeout = std::chrono::milliseconds(50);
  Start(limits);
  struct Case {
    const char* name;
    const char* request;
    const char* counted;
  };
  const Case cases[] = {
      {"none", "GET /measure HTTP/1.1\r\nHost: s\r\n\r\n", "0 at once"},
      {"sized", "POST /measure HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\nhello", "5 at once"},
      {"chunked",
       "POST /measure HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nA: b\r\n\r\n",
       "5 at once"},
      {"the rest never comes", "POST /measure HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\nhel", "3 waited"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    Client client(address());
    client.Send(each.request);
    EXPECT_EQ(BodyOf(client.ReadResponse()), each.counted);
  }
}

TEST_F(Http1Connection, GivesABigReplyToASlowReader) {
  Start();
  Client client(address(), /*receive_buffer=*/4096);
  client.Send("GET /big?5000000 HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_THAT(log_.all(), Not(Contains("big sent")));
  EXPECT_EQ(BodyOf(client.ReadResponse()).size(), 5'000'000u);
  EXPECT_TRUE(log_.WaitFor("big sent"));
}

TEST_F(Http1Connection, PushesBackOnAStreamThatNobodyReads) {
  Start();
  Client client(address());
  client.Send("GET /endless HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_TRUE(log_.WaitFor("endless begun"));
  client.Close();
  EXPECT_TRUE(log_.WaitFor("endless ended"));
}

TEST_F(Http1Connection, GivesUpAClientThatTakesNothing) {
  config::Limits limits;
  limits.idle_timeout = std::chrono::milliseconds(50);
  Start(limits);
  Client client(address());
  client.Send("GET /endless HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_TRUE(log_.WaitFor("endless ended"));
  EXPECT_THAT(log_.all(), Contains("endless waited for the client"));
  WaitDrained();
}

TEST_F(Http1Connection, CancelsWhenTheClientGoesAway) {
  Start();
  {
    Client client(address());
    client.Send("GET /hang HTTP/1.1\r\nHost: s\r\n\r\n");
    EXPECT_TRUE(log_.WaitFor("hanging"));
  }
  EXPECT_TRUE(log_.WaitFor("cancelled"));
}

TEST_F(Http1Connection, CancelsWhenTheClientGoesAwayBehindPipelinedBytes) {
  Start();
  {
    Client client(address());
    client.Send("GET /hang HTTP/1.1\r\nHost: s\r\n\r\n");
    EXPECT_TRUE(log_.WaitFor("hanging"));
    client.Send("POST /x HTTP/1.1\r\nHost: s\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'p'));
  }
  EXPECT_TRUE(log_.WaitFor("cancelled"));
}

TEST_F(Http1Connection, TakesAHalfClosedClientForGoneButAnswersIt) {
  Start();
  Client client(address());
  client.Send("GET /hang HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_TRUE(log_.WaitFor("hanging"));
  client.ShutdownSend();
  EXPECT_TRUE(log_.WaitFor("cancelled"));
  EXPECT_EQ(StatusOf(client.ReadAll()), 499);
}

TEST_F(Http1Connection, GetsTheRefusalToAClientThatIsStillSending) {
  Start(SmallLimits());
  for (std::string_view framing : {"Content-Length: 8000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n7a1200\r\n"}) {
    const std::string response = RoundTrip("POST / HTTP/1.1\r\nHost: s\r\n" + std::string(framing) + std::string(8'000'000, 'b'));
    EXPECT_EQ(StatusOf(response), 413) << framing;
    EXPECT_THAT(response, Not(HasSubstr("!"))) << framing;
  }
}

}  // namespace
}  // namespace dragoman::http
