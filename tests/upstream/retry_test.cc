// What is tried again, and what never is: a request that the backend may have acted on reaches it once.
#include "misbehaviour.h"

namespace dragoman::upstream {
namespace {

using testing::ElementsAre;

const Headers kUnavailable = {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "14"}};

struct FirstAttempt {
  const char* name;
  FrameServer::Handler act;  // on the first attempt; later ones are answered
  bool again;
};

class RetryTest : public MisbehaviourTest {
 protected:
  void Check(const FirstAttempt& first, FrameServer::Script script, const std::string& message) {
    SCOPED_TRACE(first.name);
    bool acted = false;  // on the server's thread
    const FrameServer::Handler each = [&](FrameConnection& connection, FrameConnection::Request& request) {
      if (!std::exchange(acted, true)) return first.act(connection, request);
      if (request.ended) connection.Reply(request.id, std::string_view(request.body).substr(kMessagePrefix));
    };
    (script.settings.empty() ? script.on_request : script.on_headers) = each;
    if (!script.settings.empty()) {
      script.on_request = [&](FrameConnection& connection, FrameConnection::Request& request) {
        connection.Reply(request.id, std::string_view(request.body).substr(kMessagePrefix));
      };
    }
    FrameServer server(loop_, script);
    const auto shop = Shop({server.address()}, Bounds());
    const Outcome outcome =
        Run(*shop, server, {.message = message, .timeout = std::chrono::seconds(5), .max_reply_bytes = 1 << 20});
    EXPECT_EQ(outcome.status.ok(), first.again) << outcome.status.message();
    EXPECT_EQ(server.Count("headers"), first.again ? 2u : 1u);
    if (first.again) {
      EXPECT_THAT(outcome.messages, ElementsAre(message));
    }
  }
};

TEST_F(RetryTest, OnlyWhatTheBackendCertainlyDidNotProcess) {
  const FirstAttempt kCases[] = {
      {"REFUSED_STREAM",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
       },
       true},
      {"103, then REFUSED_STREAM",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Informational(request.id, {{":status", "103"}, {"x", "y"}});
         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
       },
       true},
      {"GOAWAY below the stream", [](FrameConnection& connection, FrameConnection::Request&) { connection.GoAway(0); },
       true},
      {"GOAWAY below the stream, and the end",
       [](FrameConnection& connection, FrameConnection::Request&) {
         connection.GoAway(0, NGHTTP2_ENHANCE_YOUR_CALM);
         connection.Close();
       },
       true},
      {"GOAWAY with the stream, and the end",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.GoAway(request.id);
         connection.Close();
       },
       false},
      {"the end", [](FrameConnection& connection, FrameConnection::Request&) { connection.Close(); }, false},
      {"no HTTP/2", [](FrameConnection& connection, FrameConnection::Request&) { connection.Raw("garbage, garbage"); },
       false},
      {"headers, then REFUSED_STREAM",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
       },
       false},
      {"headers, then GOAWAY below the stream",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Flush();
         connection.GoAway(0);
       },
       false},
      {"RST NO_ERROR",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_NO_ERROR);
       },
       false},
      {"RST INTERNAL_ERROR",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_INTERNAL_ERROR);
       },
       false},
      {"RST ENHANCE_YOUR_CALM",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_ENHANCE_YOUR_CALM);
       },
       false},
      {"UNAVAILABLE",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.HeadOnly(request.id, kUnavailable);
       },
       false},
      {"HTTP status 503",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.HeadOnly(request.id, {{":status", "503"}});
       },
       false},
  };
  for (const FirstAttempt& test : kCases) Check(test, {}, "hello");
}

TEST_F(RetryTest, OfARequestThatIsOnlySentInPart) {
  const std::string message(100'000, 'm');
  const FirstAttempt kCases[] = {
      {"REFUSED_STREAM",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
       },
       true},
      {"GOAWAY below the stream", [](FrameConnection& connection, FrameConnection::Request&) { connection.GoAway(0); },
       true},
      {"the end", [](FrameConnection& connection, FrameConnection::Request&) { connection.Close(); }, false},
      {"RST NO_ERROR",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Reset(request.id, NGHTTP2_NO_ERROR);
       },
       false},
  };
  for (const FirstAttempt& test : kCases) {
    Check(test, {.settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}}}, message);
  }
}

TEST_F(RetryTest, AReplyBeforeTheRequestIsSentIsAReply) {
  FrameServer server(
      loop_, {.on_headers =
                  [](FrameConnection& connection, FrameConnection::Request& request) {
                    connection.RawHeaders(request.id, {{":status", "200"}, {"content-type", "application/grpc"}});
                    connection.Frame(NGHTTP2_DATA, 0, request.id, Framed("early"));
                    connection.RawHeaders(request.id, {{"grpc-status", "0"}},
                                          NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM);
                    connection.Frame(NGHTTP2_RST_STREAM, 0, request.id, std::string(4, '\0'));
                  },
              .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}}});
  const auto shop = Shop({server.address()});
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = Run(*shop, server, {.message = std::string(100'000, 'm')});
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_THAT(outcome.messages, ElementsAre("early"));
  }
  EXPECT_EQ(server.Count("headers"), 3u);
  EXPECT_EQ(server.Count("accept"), 1u);
}

}  // namespace
}  // namespace dragoman::upstream
