#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "raw_bytes.h"

// What a connection lives through: persistence, pipelines, expectations, bounds, slowness, halves and ends (RFC 9112
// sections 8 and 9).
namespace dragoman::http {
namespace {

using ::testing::Contains;
using ::testing::Not;

using RawConnection = RawBytes;
using Behind = RawCase::Behind;

constexpr RawCase::Then kCloses = RawCase::Then::kCloses;

const std::string kEcho = "GET / s none";
const std::string kNoMethod = Invalid("the request line does not begin with an HTTP method");
const std::string kName = Invalid("a header name has a character that is not allowed, or no colon behind it");
const std::string kTooLong = "URI_TOO_LONG the request line is longer than 64 bytes";
const std::string kTooMuch = "HEADERS_TOO_LARGE the headers are longer than 256 bytes";
const std::string kTooLarge = "BODY_TOO_LARGE the body is larger than 1000 bytes";

std::string Http10(std::string_view headers) { return "GET / HTTP/1.0\r\nHost: s\r\n" + std::string(headers) + "\r\n"; }

TEST_F(RawConnection, Persistence) {
  Start();
  const std::string names = "x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16";
  const std::string list = Invalid("header \"connection\" is not a list of names");
  Play({
      Served("implied in 1.1", "RFC 9112 9.3", Get(), kEcho),
      Served("close", "RFC 9112 9.6", Get("Connection: close\r\n"), kEcho, kCloses),
      Served("close, upper case", "RFC 9110 7.6.1", Get("CONNECTION: CLOSE\r\n"), kEcho, kCloses),
      Served("close among others", "RFC 9112 9.3", Get("Connection: foo ,\tclose\r\n"), kEcho, kCloses),
      Served("keep-alive, close", "RFC 9112 9.3", Get("Connection: keep-alive, close\r\n"), kEcho, kCloses),
      Served("close in the second header", "RFC 9112 9.3", Get("Connection: keep-alive\r\nConnection: close\r\n"),
             kEcho, kCloses),
      Served("closed is not close", "RFC 9110 7.6.1", Get("Connection: closed\r\n"), kEcho),
      Served("empty elements", "RFC 9110 5.6.1", Get("Connection: , ,keep-alive,\r\n"), kEcho),
      Served("empty", "RFC 9110 5.6.1", Get("Connection:\r\n"), kEcho),
      Served("close with a body", "RFC 9112 9.6",
             Post("Connection: close\r\nTransfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"), "POST / s [hi]",
             kCloses),
      Served("1.0, keep-alive", "RFC 9112 9.3", Http10("Connection: Keep-Alive\r\n"), kEcho),
      Served("1.0, keep-alive and close", "RFC 9112 9.3", Http10("Connection: keep-alive, close\r\n"), kEcho, kCloses),
      Served("1.0, close and keep-alive", "RFC 9112 9.3", Http10("Connection: close\r\nConnection: keep-alive\r\n"),
             kEcho, kCloses),
      Served("1.0, Keep-Alive alone", "RFC 9112 9.3", Http10("Keep-Alive: timeout=5\r\n"), kEcho, kCloses),
      Served("1.0, Proxy-Connection", "RFC 9112 C.2.2", Http10("Proxy-Connection: keep-alive\r\n"), kEcho, kCloses),
      Served("Proxy-Connection: close", "RFC 9112 C.2.2", Get("Proxy-Connection: close\r\n"), kEcho),
      Served("names of headers", "RFC 9110 7.6.1",
             Get("Connection: x-a, content-length, host, keep-alive\r\nX-A: 1\r\n"), kEcho),
      Served("as many names as may be", "RFC 9110 7.6.1", Get("Connection: " + names + "\r\n"), kEcho),
      Refused("one name too many", "RFC 9110 7.6.1", Get("Connection: " + names + ", x17\r\n"), 400,
              Invalid("header \"connection\" has more than 16 names")),
      Refused("one name too many, in two headers", "RFC 9110 7.6.1",
              Get("Connection: " + names + "\r\nConnection: x17\r\n"), 400,
              Invalid("header \"connection\" has more than 16 names")),
      Refused("no list", "RFC 9110 7.6.1", Get("Connection: a b\r\n"), 400, list),
      Refused("quoted", "RFC 9110 7.6.1", Get("Connection: \"close\"\r\n"), 400, list),
      Refused("with a parameter", "RFC 9110 7.6.1", Get("Connection: close;q=1\r\n"), 400, list),
      Served("h2c is not taken up", "RFC 9113 3.1",
             Get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), kEcho),
      Served("h2c with a body", "RFC 9110 7.8",
             Post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", "hi"), "POST / s [hi]"),
      Served("WebSocket is not taken up", "RFC 9110 7.8",
             Get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"), kEcho),
  });
}

TEST_F(RawConnection, Pipelines) {
  Start();
  const std::string bad = "GET /bad HTTP/1.1\r\nHost : s\r\n\r\n";
  const std::string further = "GET /c HTTP/1.1\r\nHost: s\r\n\r\n";
  const std::string post = Post("Content-Length: 2\r\n", "hi");
  const std::string chunked = Chunked("2\r\nho\r\n0\r\nX: 1\r\n\r\n");
  Play({
      Served("three in order", "RFC 9112 9.3.2", post + chunked + Get(), kEcho)
          .After({"POST / s [hi]", "POST / s [ho]"}),
      Served("an empty line between", "RFC 9112 2.2", post + "\r\n" + Get(), kEcho).After({"POST / s [hi]"}),
      Refused("two empty lines between", "RFC 9112 2.2", post + "\r\n\r\n" + Get(), 400, kNoMethod)
          .After({"POST / s [hi]"}),
      Refused("nothing past a bad head", "RFC 9112 11.2", Get() + bad + further, 400, kName).After({kEcho}),
      Refused("nothing past two bad heads", "RFC 9112 11.2", bad + bad + further, 400, kName),
      BrokenBody("nothing past a body that is too large", "RFC 9112 11.2",
              Get() + Post("Content-Length: 5000000\r\n", further), 413,
              "BODY_TOO_LARGE the body is larger than 4194304 bytes")
          .After({kEcho}),
      Refused("nothing past an unknown coding", "RFC 9112 11.2",
              Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + further), 501,
              Invalid("header \"transfer-encoding\" must be chunked")),
      Refused("nothing past an unknown expectation", "RFC 9112 11.2",
              Post("Expect: more\r\nContent-Length: 2\r\n", "hi" + further), 417,
              Invalid("header \"expect\" must be 100-continue")),
      BrokenBody("nothing past a bad chunk", "RFC 9112 11.2", Chunked("2\r\nhi\r\nx\r\n0\r\n\r\n" + further), 400,
                 Invalid("the chunked body is malformed: a chunk does not begin with its size")),
      Served("nothing past close", "RFC 9112 9.6", Get("Connection: close\r\n") + further, kEcho, kCloses),
      Served("nothing past 1.0", "RFC 9112 9.3", Http10("") + further, kEcho, kCloses),
      {"an unread body is no request",
       "RFC 9112 9.3",
       "POST /ignore HTTP/1.1\r\nHost: s\r\nContent-Length: 28\r\n\r\n" + further,
       {"200 ignored"},
       {"POST /ignore unread"},
       RawCase::Then::kStays},
      {"unread chunks are no request",
       "RFC 9112 9.3",
       "POST /ignore HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n" + further + "\r\n0\r\n\r\n",
       {"200 ignored"},
       {"POST /ignore unread"},
       RawCase::Then::kStays},
      {"an unread body too large to throw away",
       "RFC 9112 9.3",
       "POST /ignore HTTP/1.1\r\nHost: s\r\nContent-Length: 70000\r\n\r\n" + further + std::string(70'000 - 28, 'x'),
       {"200 ignored"},
       {"POST /ignore unread"}},
      {"an unread body that waits for 100 Continue",
       "RFC 9110 10.1.1",
       "POST /ignore HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 28\r\n\r\n" + further,
       {"200 ignored"},
       {"POST /ignore unread"}},
  });
}

TEST_F(RawConnection, NothingIsServedBehindAnUnreadBodyThatIsMalformed) {
  Start();
  const std::string responses =
      RoundTrip("POST /ignore HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n0\r\n\r\n" + Get());
  EXPECT_EQ(BodyOf(responses), "ignored");
  EXPECT_THAT(log_.all(), Not(Contains("saw " + kEcho)));
}

TEST_F(RawConnection, Expectations) {
  Start();
  const std::string unknown = Invalid("header \"expect\" must be 100-continue");
  Play({
      Served("without a body", "RFC 9110 10.1.1", Get("Expect: 100-continue\r\n"), kEcho),
      Served("with an empty body", "RFC 9110 10.1.1", Post("Expect: 100-continue\r\nContent-Length: 0\r\n"),
             "POST / s none"),
      Served("ignored in 1.0", "RFC 9110 10.1.1",
             "POST / HTTP/1.0\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", "POST / s [hi]",
             kCloses),
      Refused("unknown", "RFC 9110 15.5.18", Post("Expect: a-miracle\r\n"), 417, unknown),
      Refused("100-continue and another", "RFC 9110 15.5.18",
              Post("Expect: 100-continue, x\r\nContent-Length: 2\r\n", "hi"), 417, unknown),
      Refused("empty", "RFC 9110 15.5.18", Post("Expect:\r\n"), 417, unknown),
      Refused("with a parameter", "RFC 9110 15.5.18", Post("Expect: 100-continue;q=1\r\n"), 417, unknown),
      BrokenBody("a body that is too large is not invited", "RFC 9110 10.1.1",
              Post("Expect: 100-continue\r\nContent-Length: 5000000\r\n"), 413,
              "BODY_TOO_LARGE the body is larger than 4194304 bytes"),
      Refused("a body of doubtful length is not invited", "RFC 9110 10.1.1",
              Post("Expect: 100-continue\r\nContent-Length: 2\r\nContent-Length: 3\r\n"), 400,
              Invalid("there are several Content-Length headers")),
  });
}

TEST_F(RawConnection, Bounds) {
  config::Limits limits;
  limits.max_request_line_bytes = 64;
  limits.max_header_bytes = 256;
  limits.max_body_bytes = 1000;
  Start(limits);
  const auto target = [](size_t size) { return Line("GET /" + std::string(size - 1, 'a') + " HTTP/1.1"); };
  const auto header = [](size_t size) {
    return "X: " + std::string(size - 5, 'a') + "\r\n";
  };  // "Host: s\r\n" are nine more
  const std::string body(1001, 'b');
  Play({
      Served("request line", "RFC 9112 3", target(51), "GET /" + std::string(50, 'a') + " s none"),
      Refused("request line over the bound", "RFC 9110 15.5.15", target(52), 414, kTooLong),
      Refused("request line far over the bound", "RFC 9110 15.5.15", target(300'000), 414, kTooLong),
      Refused("request line without an end", "RFC 9110 15.5.15", std::string(100, 'a'), 414, kTooLong),
      Refused("method over the bound", "RFC 9110 15.5.15", Line(std::string(100, 'A') + " / HTTP/1.1"), 414, kTooLong),
      Refused("version over the bound", "RFC 9110 15.5.15", Line("GET / HTTP/1." + std::string(100, '1')), 414,
              kTooLong),
      Served("headers", "RFC 9112 5", Get(header(247)), kEcho),
      Refused("headers over the bound", "RFC 6585 5", Get(header(248)), 431, kTooMuch),
      Refused("headers far over the bound", "RFC 6585 5", Get(header(300'000)), 431, kTooMuch),
      Refused("headers over the bound together", "RFC 6585 5", Get(header(100) + header(100) + header(100)), 431,
              kTooMuch),
      Refused("a name over the bound", "RFC 6585 5", Get(std::string(300, 'x') + ": 1\r\n"), 431, kTooMuch),
      Refused("a header without an end", "RFC 6585 5", "GET / HTTP/1.1\r\nX: " + std::string(300, 'a'), 431, kTooMuch),
      Served("body", "RFC 9110 8.6", Post("Content-Length: 1000\r\n", std::string(1000, 'b')),
             "POST / s [" + std::string(1000, 'b') + "]"),
      BrokenBody("declared body over the bound", "RFC 9110 15.5.14", Post("Content-Length: 1001\r\n", body), 413,
              kTooLarge),
      Served("chunk", "RFC 9112 7.1", Chunked("3e8\r\n" + std::string(1000, 'b') + "\r\n0\r\n\r\n"),
             "POST / s [" + std::string(1000, 'b') + "]"),
      BrokenBody("chunk over the bound", "RFC 9110 15.5.14", Chunked("3e9\r\n" + body + "\r\n0\r\n\r\n"), 413,
                 kTooLarge),
      BrokenBody("chunks over the bound together", "RFC 9110 15.5.14", Chunked("1\r\na\r\n3e8\r\n" + body), 413,
                 kTooLarge),
  });
}

TEST_F(RawConnection, NumberOfHeaders) {
  Start();
  const auto lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "x:\r\n";
    return Get(text);
  };
  Play({
      Served("as many as may be", "RFC 9112 5", lines(199), kEcho),
      Refused("one too many", "RFC 6585 5", lines(200), 431, "HEADERS_TOO_LARGE there are more than 200 headers"),
      Refused("far too many", "RFC 6585 5", lines(5000), 431, "HEADERS_TOO_LARGE there are more than 200 headers"),
  });
}

TEST_F(RawConnection, ClientsThatEndTheirSide) {
  Start();
  const auto broken = [](std::string name, std::string_view clause, std::string bytes) {
    return BrokenBody(std::move(name), clause, std::move(bytes), 499, " the client went away").WithBehind(Behind::kEnd);
  };
  Play({
      Silent("before a request", "RFC 9112 9.5", "", Behind::kEnd),
      Silent("behind an empty line", "RFC 9112 9.5", "\r\n", Behind::kEnd),
      Silent("within the method", "RFC 9112 8", "GE", Behind::kEnd),
      Silent("within the request line", "RFC 9112 8", "GET / HT", Behind::kEnd),
      Silent("behind the request line", "RFC 9112 8", "GET / HTTP/1.1\r\n", Behind::kEnd),
      Silent("within a header", "RFC 9112 8", "GET / HTTP/1.1\r\nHost: s", Behind::kEnd),
      Silent("before the empty line", "RFC 9112 8", "GET / HTTP/1.1\r\nHost: s\r\n", Behind::kEnd),
      Silent("within the empty line", "RFC 9112 8", "GET / HTTP/1.1\r\nHost: s\r\n\r", Behind::kEnd),
      broken("before the body", "RFC 9112 8", Post("Content-Length: 5\r\n")),
      broken("within the body", "RFC 9112 8", Post("Content-Length: 5\r\n", "hell")),
      broken("before the chunks", "RFC 9112 8", Chunked("")),
      broken("within a chunk's size", "RFC 9112 8", Chunked("5")),
      broken("within a chunk", "RFC 9112 8", Chunked("5\r\nhell")),
      broken("behind a chunk", "RFC 9112 8", Chunked("5\r\nhello\r\n")),
      broken("before the last line", "RFC 9112 8", Chunked("5\r\nhello\r\n0\r\n")),
      broken("within the trailers", "RFC 9112 8", Chunked("5\r\nhello\r\n0\r\nX: 1")),
      Served("behind a request", "RFC 9112 9.6", Get(), kEcho, kCloses).WithBehind(Behind::kEnd),
      Served("behind a body", "RFC 9112 9.6", Post("Content-Length: 5\r\n", "hello"), "POST / s [hello]", kCloses)
          .WithBehind(Behind::kEnd),
      Served("behind chunks", "RFC 9112 9.6", Chunked("5\r\nhello\r\n0\r\n\r\n"), "POST / s [hello]", kCloses)
          .WithBehind(Behind::kEnd),
      Refused("behind a bad head", "RFC 9112 9.6", "GET / HTTP/1.1\r\nHost : s\r\n\r\n", 400, kName)
          .WithBehind(Behind::kEnd),
      BrokenBody("behind a bad chunk", "RFC 9112 9.6", Chunked("x\r\n"), 400,
                 Invalid("the chunked body is malformed: a chunk does not begin with its size"))
          .WithBehind(Behind::kEnd),
  });
}

TEST_F(RawConnection, HeadsThatNeverEnd) {
  config::Limits limits;
  limits.header_timeout = std::chrono::milliseconds(20);
  Start(limits);
  const auto slow = [](std::string name, std::string bytes) {
    return Refused(std::move(name), "RFC 9110 15.5.9", std::move(bytes), 408,
                   "REQUEST_TIMEOUT the request head did not come within 20 ms")
        .WithBehind(Behind::kNothing);
  };
  Play({
      slow("in the method", "G"),
      slow("behind an empty line", "\r\n"),
      slow("in the target", "GET /a"),
      slow("in the version", "GET / HTTP/1."),
      slow("before the LF", "GET / HTTP/1.1\r"),
      slow("behind the request line", "GET / HTTP/1.1\r\n"),
      slow("in a name", "GET / HTTP/1.1\r\nHo"),
      slow("in a value", "GET / HTTP/1.1\r\nHost: s"),
      slow("before the empty line", "GET / HTTP/1.1\r\nHost: s\r\n"),
      slow("in the empty line", "GET / HTTP/1.1\r\nHost: s\r\n\r"),
  });
  Client second(address());
  second.Send(Get());
  EXPECT_EQ(BodyOf(second.ReadResponse()), kEcho);
  second.Send("GET /b");
  EXPECT_EQ(StatusOf(second.ReadAll()), 408);
}

TEST_F(RawConnection, BodiesThatNeverEnd) {
  config::Limits limits;
  limits.body_timeout = std::chrono::milliseconds(20);
  Start(limits);
  const auto slow = [](std::string name, std::string bytes) {
    return BrokenBody(std::move(name), "RFC 9110 15.5.9", std::move(bytes), 408,
                      "REQUEST_TIMEOUT the body did not come within 20 ms")
        .WithBehind(Behind::kNothing);
  };
  Play({
      slow("before the body", Post("Content-Length: 5\r\n")),
      slow("in the body", Post("Content-Length: 5\r\n", "hell")),
      slow("before the chunks", Chunked("")),
      slow("in a size", Chunked("5")),
      slow("in an extension", Chunked("5;a=\"")),
      slow("in a chunk", Chunked("5\r\nhell")),
      slow("behind a chunk's data", Chunked("5\r\nhello")),
      slow("before the last chunk", Chunked("5\r\nhello\r\n")),
      slow("before the last line", Chunked("5\r\nhello\r\n0\r\n")),
      slow("in a trailer", Chunked("5\r\nhello\r\n0\r\nX: ")),
      slow("in the last line", Chunked("5\r\nhello\r\n0\r\n\r")),
  });
}

TEST_F(RawConnection, IdleClientsAreLeftWithoutAWord) {
  config::Limits limits;
  limits.idle_timeout = std::chrono::milliseconds(20);
  Start(limits);
  Play({
      Silent("before a request", "RFC 9112 9.5", "", Behind::kNothing),
      Served("behind a request", "RFC 9112 9.5", Get(), kEcho, kCloses).WithBehind(Behind::kNothing),
  });
}

// A byte now and then does not buy time: it is the whole that must come within its bound.
TEST_F(RawConnection, TricklesAreCutOff) {
  config::Limits limits;
  limits.header_timeout = limits.body_timeout = std::chrono::milliseconds(50);
  Start(limits);
  struct Case {
    std::string_view name;
    std::string begin;
    char then;  // again and again
  };
  for (const Case& c : std::initializer_list<Case>{{"method", "G", 'E'},
                                                   {"target", "GET /", 'a'},
                                                   {"header", "GET / HTTP/1.1\r\nX: ", 'a'},
                                                   {"body", Post("Content-Length: 100000\r\n"), 'a'},
                                                   {"chunk extension", Chunked("5;"), 'a'},
                                                   {"chunk", Chunked("fffff\r\n"), 'a'},
                                                   {"trailer", Chunked("0\r\nX: "), 'a'}}) {
    SCOPED_TRACE(c.name);
    Client client(address());
    client.Send(c.begin);
    pollfd answer{.fd = client.descriptor(), .events = POLLIN, .revents = 0};
    int sent = 0;
    while (::poll(&answer, 1, 1) == 0 && ++sent < 8000) client.Send({&c.then, 1});
    EXPECT_EQ(StatusOf(client.ReadAll()), 408);
  }
}

TEST_F(RawConnection, ResetsHurtNobodyElse) {
  Start();
  for (const std::string& bytes :
       {std::string(), std::string("GET / HT"), std::string("GET / HTTP/1.1\r\nHost: s\r\n"), Get(), Get() + "GET /b",
        Post("Content-Length: 5\r\n", "he"), Chunked("5\r\nhe"), Chunked("5;a"),
        std::string("GET / HTTP/1.1\r\nHost : s\r\n\r\n"), Line("GET /endless HTTP/1.1"),
        Line("GET /big?5000000 HTTP/1.1"), Line("GET /hang HTTP/1.1")}) {
    Client client(address());
    client.Send(bytes);
    RoundTrip(Get("Connection: close\r\n"));  // the server has been round its loop
    const linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    client.Close();
  }
  EXPECT_EQ(StatusOf(RoundTrip(Get("Connection: close\r\n"))), 200);
  StopAccepting();
  WaitDrained();
}

}  // namespace
}  // namespace dragoman::http
