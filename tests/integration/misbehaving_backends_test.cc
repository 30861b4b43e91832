#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "frame_server.h"
#include "shop_fixture.h"
#include "without_time.h"

// What clients see of backends that speak bad gRPC, bad HTTP/2, or neither. The backend "bad" is a frame-level server
// in this process; the shop beside it is well, and stays so.
namespace dragoman::integration {
namespace {

using frames::FrameConnection;
using frames::Framed;
using frames::FrameServer;

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";
constexpr const char* kServices =
    R"([{name: "shop.v1.*", backend: shop}, {name: "shop.v1.Diagnostics", backend: bad}])";

const frames::Headers kHead = {{":status", "200"}, {"content-type", "application/grpc"}};
const frames::Headers kOk = {{"grpc-status", "0"}};

struct Misdeed {
  const char* name;
  FrameServer::Handler act;
  int http_status;
  int code;
  std::string reason;  // of the ErrorInfo; empty: the error is the backend's, without details
  std::string message;
  Headers headers = {};  // of the request
};

// Headers, bytes and trailers; without trailers DATA ends the stream.
FrameServer::Handler Sends(frames::Headers head, std::string data, frames::Headers trailers) {
  return [=](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Head(request.id, head);
    if (!data.empty()) connection.Data(request.id, data);
    if (trailers.empty()) return connection.End(request.id);
    connection.Trailers(request.id, trailers);
  };
}

FrameServer::Handler Page(const char* status) {
  return Sends({{":status", status}, {"content-type", "text/html"}}, "<html>Sorry</html>", {});
}

std::string Answered(const char* status) {
  return std::string(R"(backend \"bad\" answered with HTTP status )") + status +
         R"( and content-type \"text/html\" instead of gRPC)";
}

const std::vector<Misdeed>& Misdeeds() {
  static const std::string kProtocol = "BACKEND_PROTOCOL_ERROR";
  static const std::vector<Misdeed> kMisdeeds = {
      {"half a message, then OK", Sends(kHead, Framed("hello").substr(0, 7), kOk), 502, 13, kProtocol,
       R"(backend \"bad\" ended the call in the middle of a message)"},
      {"no message, then OK", Sends(kHead, "", kOk), 502, 13, kProtocol,
       "the backend ended the call with OK but without a reply message"},
      {"two messages, then OK", Sends(kHead, Framed("") + Framed(""), kOk), 502, 13, kProtocol,
       "the backend sent a second reply message to a unary call"},
      {"two messages, then nothing",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, Framed("") + Framed(""));
       },
       502, 13, kProtocol, "the backend sent a second reply message to a unary call"},
      {"a bad flag", Sends(kHead, "\x07garbage", kOk), 502, 13, kProtocol,
       R"(backend \"bad\" sent bytes that are no gRPC message)"},
      {"compressed without an encoding", Sends(kHead, Framed("hello", 1), kOk), 502, 13, kProtocol,
       R"(backend \"bad\" sent a compressed message without a grpc-encoding)"},
      {"a message over max_response_bytes", Sends(kHead, Framed(std::string(70'000, 'x')), kOk), 502, 13,
       "RESPONSE_TOO_LARGE", R"(backend \"bad\" sent a message over 65536 bytes)"},
      {"4 GiB promised",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, std::string("\0\xff\xff\xff\xff", 5));
       },
       502, 13, "RESPONSE_TOO_LARGE", R"(backend \"bad\" sent a message over 65536 bytes)"},
      {"no trailers", Sends(kHead, Framed(""), {}), 500, 2, "",
       R"(backend \"bad\" ended the call without a grpc-status)"},
      {"a grpc-status that is no number", Sends(kHead, Framed(""), {{"grpc-status", "OK"}}), 500, 2, "",
       R"(backend \"bad\" sent grpc-status \"OK\", which is no number)"},
      {"a grpc-message that is no UTF-8", Sends(kHead, "", {{"grpc-status", "5"}, {"grpc-message", "caf%E9 \xff"}}),
       404, 5, "", "caf\uFFFD \uFFFD"},
      {"details that are no base64",
       Sends(kHead, "", {{"grpc-status", "5"}, {"grpc-message", "m"}, {"grpc-status-details-bin", "%%%"}}), 404, 5, "",
       "m"},
      {"details that are no google.rpc.Status",
       Sends(kHead, "", {{"grpc-status", "5"}, {"grpc-message", "m"}, {"grpc-status-details-bin", "/////w"}}), 404, 5,
       "", "m"},
      {"an HTML page, 502", Page("502"), 503, 14, "BACKEND_UNAVAILABLE", Answered("502")},
      {"an HTML page, 401", Page("401"), 401, 16, "", Answered("401")},
      {"an HTML page, 403", Page("403"), 403, 7, "", Answered("403")},
      {"an HTML page, 404", Page("404"), 501, 12, "", Answered("404")},
      {"an HTML page, 429", Page("429"), 503, 14, "BACKEND_UNAVAILABLE", Answered("429")},
      {"an HTML page, 400", Page("400"), 502, 13, kProtocol, Answered("400")},
      {"metadata over bounds",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.RawHeaders(request.id,
                               {{":status", "200"}, {"x", std::string(40'000, 'x')}, {"y", std::string(40'000, 'y')}});
       },
       502, 13, kProtocol, R"(backend \"bad\" sent metadata over 65536 bytes)"},
      {"a header that HTTP/2 forbids, with bytes that JSON forbids",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.RawHeaders(request.id, {{":status", "200"}, {"connection", "\x01\xff\"close"}});
       },
       502, 13, kProtocol, "…"},
      {"a reset in the middle of a message",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, Framed("hello").substr(0, 7));
         connection.Reset(request.id, NGHTTP2_INTERNAL_ERROR);
       },
       502, 13, kProtocol, R"(backend \"bad\" reset the stream with INTERNAL_ERROR)"},
      {"refused every time",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
       },
       503, 14, "BACKEND_UNAVAILABLE", R"(backend \"bad\": the call was refused 4 times)"},
      {"the connection closed", [](FrameConnection& connection, FrameConnection::Request&) { connection.Close(); }, 503,
       14, "BACKEND_UNAVAILABLE", "…"},
      {"garbage",
       [](FrameConnection& connection, FrameConnection::Request&) {
         connection.Raw("HTTP/1.1 400 Bad Request\r\n\r\n");
       },
       502, 13, kProtocol, R"(backend \"bad\" broke HTTP/2: FRAME_SIZE_ERROR: too large frame size)"},
      {"PUSH_PROMISE",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, request.id, std::string("\0\0\0\2", 4));
       },
       502, 13, kProtocol, R"(backend \"bad\" broke HTTP/2: PROTOCOL_ERROR: PUSH_PROMISE: push disabled)"},
      {"an answer after the deadline",
       [](FrameConnection&, FrameConnection::Request&) {},
       504,
       4,
       "DEADLINE_EXCEEDED",
       R"(no answer from backend \"bad\" within …)",
       {{"X-Server-Timeout", "0.1"}}},
  };
  return kMisdeeds;
}

// A gateway in front of a shop that is well and a backend that does what it is told to those who ask for "evil", echoes
// the others, and keeps "wait" waiting for Answer.
class MisbehavingBackends : public testing::Test {
 protected:
  std::string Body(const Misdeed& misdeed) const {
    const std::string info =
        R"({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "dragoman", "reason": ")";
    return R"({"code": )" + std::to_string(misdeed.code) + R"(, "message": ")" + misdeed.message + R"(", "details": [)" +
           (misdeed.reason.empty() ? "" : info + misdeed.reason + "\"}") + "]}";
  }

  HttpResponse Suffer(HttpClient& client, const Misdeed& misdeed) {
    misdeed_ = &misdeed;
    return client.Send("POST", kEcho, misdeed.headers, R"({"text": "evil"})");
  }

  void ExpectAllIsWell(HttpClient& client) {
    const HttpResponse echo = client.Send("POST", kEcho, {}, R"({"text": "good"})");
    EXPECT_EQ(echo.status, 200) << echo.body;
    EXPECT_EQ(JsonAt(echo.body, "text"), "good");
    EXPECT_EQ(client.Send("GET", "/v1/orders/1001").status, 200);
  }

  size_t Descriptors() const {
    using Iterator = std::filesystem::directory_iterator;
    const std::string folder = "/proc/" + std::to_string(gateway_.process().pid()) + "/fd";
    return static_cast<size_t>(std::distance(Iterator(folder), Iterator()));
  }

  long ResidentKiB() const { return MemoryOf(gateway_.process().pid(), "VmRSS"); }

  std::atomic<const Misdeed*> misdeed_ = nullptr;
  FrameServer bad_{{.on_request = [this](FrameConnection& connection, FrameConnection::Request& request) {
    const bool evil = request.body.find("evil") != std::string::npos;
    if (evil) return misdeed_.load()->act(connection, request);
    if (request.body.find("wait") == std::string::npos) connection.Reply(request.id, request.body.substr(5));
  }}};
  Shop shop_;
  mutable Gateway gateway_{{.endpoints = {shop_.address()},
                            .other_backends = "bad: {endpoints: [\"" + bad_.address() + "\"]}",
                            .services = kServices,
                            .more = "workers: 1\nlimits: {max_response_bytes: 64KiB}"}};
};

TEST_F(MisbehavingBackends, EachHasItsAnswerAndTheNextRequestIsWell) {
  HttpClient client(gateway_.address());
  for (const Misdeed& misdeed : Misdeeds()) {
    SCOPED_TRACE(misdeed.name);
    for (int i = 0; i < 2; ++i) {
      const HttpResponse response = Suffer(client, misdeed);
      EXPECT_EQ(response.status, misdeed.http_status) << response.body;
      EXPECT_EQ(response.Header("content-type"), "application/json");
      EXPECT_NE(response.Header("x-request-id"), "");
      EXPECT_EQ(JsonDifference(Body(misdeed), WithoutTime(response.body)), "");
      ExpectAllIsWell(client);
    }
  }
}

TEST_F(MisbehavingBackends, NothingIsLeftOfThemAfterHundreds) {
  constexpr int kRounds = 12;  // of all misdeeds
  HttpClient client(gateway_.address());
  size_t descriptors = 0;
  long resident = 0;
  for (int round = 0; round < kRounds; ++round) {
    if (round == 2) {
      descriptors = Descriptors();
      resident = ResidentKiB();
    }
    for (const Misdeed& misdeed : Misdeeds()) EXPECT_EQ(Suffer(client, misdeed).status, misdeed.http_status);
    ExpectAllIsWell(client);
  }
  EXPECT_EQ(Descriptors(), descriptors);
  EXPECT_LE(ResidentKiB() - resident, 1024);
}

TEST_F(MisbehavingBackends, OneCallsTroubleIsNotItsNeighbours) {
  HttpClient neighbour(gateway_.address());
  neighbour.Begin("POST", kEcho, {{"Content-Type", "application/json"}}, R"({"text": "wait"})");
  ASSERT_TRUE(bad_.WaitFor("request 1 "));
  HttpClient client(gateway_.address());
  for (const Misdeed& misdeed : Misdeeds()) {
    const std::string name = misdeed.name;
    if (name == "the connection closed" || name == "garbage" || name == "PUSH_PROMISE") continue;
    EXPECT_EQ(Suffer(client, misdeed).status, misdeed.http_status) << name;
  }
  bad_.With(0, [](FrameConnection& connection) { connection.Reply(1, connection.request(1).body.substr(5)); });
  const HttpResponse response = neighbour.Read("POST");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(JsonAt(response.body, "text"), "wait");
  EXPECT_EQ(bad_.Count("accept"), 1u);
}

TEST_F(MisbehavingBackends, RequestsThatGoawayMeetsAreAnsweredOnce) {
  std::atomic<int> processed = 0;
  std::map<int, int32_t> last;  // the last stream of each connection; on the server's thread
  const Misdeed goaway = {"GOAWAY", [&](FrameConnection& connection, FrameConnection::Request& request) {
                            const auto said = last.find(connection.number());
                            if (said != last.end() && request.id > said->second) return;
                            if (++processed % 5 == 0) {
                              connection.GoAway(request.id);
                              last[connection.number()] = request.id;
                            }
                            connection.Reply(request.id, request.body.substr(5));
                          }};
  constexpr int kClients = 4;
  constexpr int kEach = 50;
  misdeed_ = &goaway;
  std::vector<std::thread> clients;
  std::vector<int> good(kClients);
  for (size_t c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      HttpClient client(gateway_.address());
      for (int i = 0; i < kEach; ++i) {
        const std::string text = "evil " + std::to_string(c) + "." + std::to_string(i);
        const HttpResponse response = client.Send("POST", kEcho, {}, R"({"text": ")" + text + R"("})");
        good[c] += response.status == 200 && JsonAt(response.body, "text") == text;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  for (const int each : good) EXPECT_EQ(each, kEach);
  EXPECT_EQ(processed, kClients * kEach);
}

TEST(UnreachableBackends, EachIs503AndTheShopIsWell) {
  const struct {
    const char* name;
    FrameServer::Script script;
    const char* why;  // null: one of several
  } kCases[] = {
      {"accepts and closes",
       {.on_accept = [](FrameConnection& connection) { connection.Close(); }, .silent = true},
       nullptr},
      {"speaks HTTP/1.1",
       {.on_accept = [](FrameConnection& connection) { connection.Raw("HTTP/1.1 400 Bad Request\r\n\r\n"); },
        .silent = true},
       "it does not speak HTTP/2"},
      {"speaks TLS",
       {.on_accept = [](FrameConnection& connection) { connection.Raw("\x15\x03\x03\x01\x02\x02\x46\x01\x01\x01"); },
        .silent = true},
       "it does not speak HTTP/2"},
      {"accepts and hangs", {.silent = true}, nullptr},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    FrameServer bad(test.script);
    Shop shop;
    Gateway gateway({.endpoints = {shop.address()},
                     .other_backends = "bad: {endpoints: [\"" + bad.address() + "\"], timeout: 300ms}",
                     .services = kServices});
    const bool hangs = std::string_view(test.name) == "accepts and hangs";
    const HttpResponse response = Fetch(gateway.address(), "POST", kEcho, {}, R"({"text": "hello"})");
    EXPECT_EQ(response.status, hangs ? 504 : 503) << response.body;
    if (test.why != nullptr) {
      EXPECT_EQ(JsonAt(response.body, "message"), std::string("backend \"bad\": cannot connect: ") + test.why);
      EXPECT_TRUE(gateway.process().WaitForOutput("backend_unreachable backend=bad address=" + bad.address()));
    } else if (hangs) {
      EXPECT_EQ(WithoutTime(JsonAt(response.body, "message")), "no connection to backend \"bad\" within …");
    }
    EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/orders/1001").status, 200);
  }
}

}  // namespace
}  // namespace dragoman::integration
