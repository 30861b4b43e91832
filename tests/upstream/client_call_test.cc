#include "upstream/client_call.h"

#include "upstream_fixture.h"

namespace dragoman::upstream {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class ClientCallTest : public UpstreamTest {};

TEST_F(ClientCallTest, UnaryCallsAreAnswered) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = Run(*shop, server, {.message = "hello " + std::to_string(i)});
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_THAT(outcome.messages, ElementsAre("hello " + std::to_string(i)));
  }
  EXPECT_EQ(server.Count("accept"), 1u);
  EXPECT_EQ(server.Count("reset"), 0u);
}

TEST_F(ClientCallTest, TheHeadIsWhatGrpcAsksFor) {
  std::map<std::string, std::string> headers;
  std::string body;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       headers = request.headers;
                       body = request.body;
                       connection.Reply(request.id, "");
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome =
      Run(*shop, server, {.message = "abc", .metadata = {{"x-request-id", "r-1"}, {"trace-bin", "AAAA"}}});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_THAT(headers, UnorderedElementsAre(
                           Pair(":method", "POST"), Pair(":scheme", "http"), Pair(":path", "/shop.v1.Catalog/GetItem"),
                           Pair(":authority", server.address()), Pair("te", "trailers"),
                           Pair("grpc-accept-encoding", "gzip"),
                           Pair("grpc-timeout", testing::MatchesRegex("59[0-9]{3}m|60000m")),
                           Pair("content-type", "application/grpc"),
                           Pair("user-agent", testing::StartsWith("grpc-dragoman/")), Pair("x-request-id", "r-1"),
                           Pair("trace-bin", "AAAA")));
  EXPECT_EQ(body, Framed("abc"));
}

TEST_F(ClientCallTest, WithoutADeadlineNoTimeoutIsSent) {
  std::map<std::string, std::string> headers;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       headers = request.headers;
                       connection.Reply(request.id, "");
                     }));
  const auto shop = Shop({server.address()});
  const auto call = shop->Start({.path = "/a.B/C", .metadata = {}});
  Outcome outcome;
  loop_.Spawn([](Call& started, Outcome& out) -> Task<void> {
    (void)co_await started.Send(Message(""), true);
    co_await Finish(started, out);
  }(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_FALSE(headers.contains("grpc-timeout"));
}

TEST_F(ClientCallTest, BadMetadataNeverReachTheConnection) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  const struct {
    std::pair<std::string, std::string> entry;
    const char* message;
  } kCases[] = {
      {{"x", "a\r\nb"}, "the value of \"x\" holds a character that gRPC metadata cannot carry"},
      {{"x", "caf\xC3\xA9"}, "the value of \"x\" holds a character that gRPC metadata cannot carry"},
      {{"x", std::string(1, '\0')}, "the value of \"x\" holds a character that gRPC metadata cannot carry"},
      {{"x", "longer than eight\x7f"}, "the value of \"x\" holds a character that gRPC metadata cannot carry"},
      {{"x", "a tab\t in the first eight"}, "the value of \"x\" holds a character that gRPC metadata cannot carry"},
      {{"X-Upper", "a"}, "\"X-Upper\" is no name for gRPC metadata"},
      {{"a b", "a"}, "\"a b\" is no name for gRPC metadata"},
      {{"", "a"}, "\"\" is no name for gRPC metadata"},
      {{":path", "/x"}, "\":path\" is no name for gRPC metadata"},
      {{"te", "gzip"}, "\"te\" is no name for gRPC metadata"},
      {{"content-length", "3"}, "\"content-length\" is no name for gRPC metadata"},
      {{"transfer-encoding", "chunked"}, "\"transfer-encoding\" is no name for gRPC metadata"},
  };
  for (const auto& test : kCases) {
    const Outcome outcome = Run(*shop, server, {.metadata = {test.entry}});
    EXPECT_EQ(outcome.status.reason(), Reason::kInvalidRequest);
    EXPECT_EQ(outcome.status.message(), test.message);
  }
  const Outcome large = Run(*shop, server, {.metadata = {{"x", std::string(32 << 10, 'a')}}});
  EXPECT_EQ(large.status.reason(), Reason::kHeadersTooLarge);
  EXPECT_EQ(large.status.message(), "the metadata for backend \"shop\" are over 32768 bytes");
  const Outcome path = Run(*shop, server, {.path = "no slash"});
  EXPECT_EQ(path.status.message(), "\"no slash\" is no path of a gRPC method");
  EXPECT_THAT(server.events(), IsEmpty());
}

TEST_F(ClientCallTest, MetadataAreToldApartFromTrailers) {
  FrameServer server(
      loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
        connection.Head(request.id, {{":status", "200"}, {"content-type", "application/grpc"}, {"x-http-code", "201"}});
        connection.Data(request.id, Framed("m"));
        connection.Trailers(request.id, {{"grpc-status", "0"}, {"cost", "7"}});
      }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.metadata, ElementsAre(Pair("x-http-code", "201")));
  EXPECT_THAT(outcome.trailers, ElementsAre(Pair("cost", "7")));
}

TEST_F(ClientCallTest, TrailersOnlyRepliesHaveTrailersOnly) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.HeadOnly(request.id, {{":status", "200"},
                                                        {"content-type", "application/grpc"},
                                                        {"grpc-status", "5"},
                                                        {"grpc-message", "no item %E2%82%AC"},
                                                        {"grpc-status-details-bin", "CAUSAW4"},
                                                        {"cost", "7"}});
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_EQ(outcome.status.code(), Code::kNotFound);
  EXPECT_EQ(outcome.status.message(), "no item €");
  EXPECT_EQ(outcome.status.details(), "\b\5\x12\1n");
  EXPECT_THAT(outcome.metadata, IsEmpty());
  EXPECT_THAT(outcome.trailers, ElementsAre(Pair("cost", "7")));
}

// gRPC's percent-encoding leaves spaces as they are, and HTTP/2 implementations their ends to gRPC.
TEST_F(ClientCallTest, SpaceAroundAValueIsNoBreachOfHttp2) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id, {{":status", "200"}, {"content-type", "application/grpc"}, {"note", "\ta "}});
                       connection.Trailers(request.id, {{"grpc-status", "5 "}, {"grpc-message", " no item "}, {"cost", " 7\t"}});
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_EQ(outcome.status.code(), Code::kNotFound);
  EXPECT_EQ(outcome.status.message(), " no item ");
  EXPECT_THAT(outcome.metadata, ElementsAre(Pair("note", "a")));  // HTTP/2 clients would refuse it with its space
  EXPECT_THAT(outcome.trailers, ElementsAre(Pair("cost", "7")));
}

// What a head was made of stays where it is while trailers come: it may not have been packed yet.
TEST_F(ClientCallTest, MetadataStayWhereTheyAreWhenTrailersCome) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id, {{":status", "200"}, {"content-type", "application/grpc"}, {"note", "as it was"}});
                       connection.Data(request.id, Framed("m"));
                     }));
  const auto shop = Shop({server.address()});
  const std::unique_ptr<Call> call = StartCall(*shop, {});
  std::string_view note;
  bool ended = false;
  loop_.Spawn([](Call& under_way, std::string_view& seen, bool& done) -> Task<void> {
    (void)co_await under_way.Send(Message("m"), true);
    (void)co_await under_way.Receive();
    seen = under_way.metadata().front().value;
    (void)co_await under_way.Receive();
    done = true;
  }(*call, note, ended));
  ASSERT_TRUE(server.RunUntil([&] { return !note.empty(); }));
  const char* const before = note.data();
  server.With(0, [](FrameConnection& connection) {
    Headers trailers = {{"grpc-status", "0"}};
    for (int i = 0; i < 100; ++i) trailers.emplace_back("trailer-" + std::to_string(i), std::string(300, 't'));
    connection.Trailers(1, trailers);
  });
  ASSERT_TRUE(server.RunUntil([&] { return ended; }));
  EXPECT_EQ(call->trailers().size(), 100u);
  EXPECT_EQ(call->metadata().front().value.data(), before);
  EXPECT_EQ(note, "as it was");
}

TEST_F(ClientCallTest, MessagesMayBeSplitOverFramesAndShareOne) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id);
                       for (const char byte : Framed("split")) connection.Data(request.id, std::string(1, byte));
                       connection.Data(request.id, Framed("one") + Framed("") + Framed("three").substr(0, 6));
                       connection.Data(request.id, Framed("three").substr(6));
                       connection.Trailers(request.id);
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, ElementsAre("split", "one", "", "three"));
}

TEST_F(ClientCallTest, AReplyOverBoundsIsReset) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id);
                       connection.Data(request.id, Framed(std::string(2000, 'x')));
                     }));
  const auto shop = Shop({server.address()});
  EXPECT_EQ(Run(*shop, server, {.max_reply_bytes = 1999}).status.reason(), Reason::kResponseTooLarge);
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("reset 1 CANCEL"); }));
}

TEST_F(ClientCallTest, TheDeadlineResetsTheStream) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(200)});
  EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(WithoutTime(outcome.status.message()), "no answer from backend \"shop\" within …");
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("reset 1 CANCEL"); }));
}

TEST_F(ClientCallTest, TheDeadlineOfAnAnswerThatHasBegunSaysSo) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id);
                       connection.Data(request.id, Framed("first"));
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(200)});
  EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(WithoutTime(outcome.status.message()), "backend \"shop\" did not end its answer within …");
}

TEST_F(ClientCallTest, ABackendMayActOnTheDeadlineALittleEarlier) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       const std::string head = std::string("\x88") + std::string("\x0f\x10\x10", 3) +
                                                "application/grpc" + std::string("\0\x0b", 2) + "grpc-status" + "\x01" +
                                                "4";
                       connection.Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, request.id,
                                        head);
                     }));
  const auto shop = Shop({server.address()});
  EXPECT_EQ(Run(*shop, server, {.timeout = milliseconds(15)}).status.reason(), Reason::kDeadlineExceeded);
  // Much earlier, it speaks of a deadline of its own.
  const Outcome own = Run(*shop, server, {.timeout = std::chrono::minutes(1)});
  EXPECT_EQ(own.status.code(), Code::kDeadlineExceeded);
  EXPECT_EQ(own.status.reason(), Reason::kNone);
}

TEST_F(ClientCallTest, AnAnswerAfterTheDeadlineIsIgnored) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  EXPECT_EQ(Run(*shop, server, {.timeout = milliseconds(50)}).status.reason(), Reason::kDeadlineExceeded);
  server.With(0, [](FrameConnection& connection) {
    std::string late = std::string("\x88") + std::string("\x0f\x10\x10", 3) + "application/grpc";
    connection.Frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, late);
    connection.Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, Framed("late"));
    connection.Ping();
  });
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("pong 0"); }));
  EXPECT_EQ(Run(*shop, server, {.timeout = milliseconds(50)}).status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(server.Count("accept"), 1u);
}

TEST_F(ClientCallTest, ADeadlineThatIsOverFailsAtOnce) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(-1)});
  EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(outcome.status.message(), "the deadline was over before backend \"shop\" was called");
  EXPECT_THAT(server.events(), IsEmpty());
}

TEST_F(ClientCallTest, CancelIsSeenByTheBackendAndTheWaiter) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  Outcome outcome;
  loop_.Spawn([](Call& started, Outcome& out) -> Task<void> {
    (void)co_await started.Send(Message("x"), true);
    co_await Finish(started, out);
  }(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1"); }));
  call->Cancel();
  EXPECT_FALSE(outcome.done);  // resumed at the end of the turn, not under the caller
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done && server.Saw("reset 1 CANCEL"); }));
  EXPECT_EQ(outcome.status.code(), Code::kCancelled);
  EXPECT_EQ(outcome.status.message(), "the call was cancelled");
}

TEST_F(ClientCallTest, DestroyingACallCancelsIt) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  auto call = StartCall(*shop, {});
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("headers 1"); }));
  call.reset();
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("reset 1 CANCEL"); }));
}

TEST_F(ClientCallTest, ACallThatIsDestroyedInItsFirstTurnIsNeverSent) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  EXPECT_TRUE(Run(*shop, server).status.ok());
  StartCall(*shop, {.path = "/never/Seen"}).reset();
  EXPECT_TRUE(Run(*shop, server).status.ok());
  EXPECT_EQ(server.Count("headers"), 2u);
  EXPECT_EQ(server.Count("headers 3 /never"), 0u);
}

TEST_F(ClientCallTest, StreamsGoBothWays) {
  FrameServer server(loop_, {.on_headers = [](FrameConnection& connection,
                                              FrameConnection::Request& request) { connection.Head(request.id); },
                             .on_request =
                                 [](FrameConnection& connection, FrameConnection::Request& request) {
                                   connection.Data(request.id, request.body);
                                   connection.Trailers(request.id);
                                 }});
  const auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  Outcome outcome;
  loop_.Spawn([](Call& started, Outcome& out) -> Task<void> {
    for (const char* text : {"one", "two"}) EXPECT_TRUE((co_await started.Send(Message(text), false)).ok());
    EXPECT_TRUE((co_await started.Send(Buffer(), true)).ok());  // half-closes without a message
    co_await Finish(started, out);
    const Status late = co_await started.Send(Message("late"), true);
    EXPECT_EQ(late.message(), "backend \"shop\" has ended the call already");
  }(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, ElementsAre("one", "two"));
}

TEST_F(ClientCallTest, ASenderIsHeldBackByTheBackendsWindow) {
  FrameServer server(loop_, {.settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}});
  const auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  int sent = 0;
  bool done = false;
  loop_.Spawn([](Call& started, int& count, bool& all) -> Task<void> {
    for (; count < 100; ++count) EXPECT_TRUE((co_await started.Send(Message(std::string(10'000, 'x')), false)).ok());
    all = true;
  }(*call, sent, done));
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("headers 1"); }));
  server.With(0, [](FrameConnection& connection) { connection.Ping(); });
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("pong 0"); }));
  EXPECT_EQ(sent, 6);  // 64 KiB ahead
  server.With(0, [](FrameConnection& connection) {
    connection.Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 4 << 20}});
  });
  EXPECT_TRUE(server.RunUntil([&] { return done; }));
  call->Cancel();
  RunTurn();
}

TEST_F(ClientCallTest, ASenderOfSmallMessagesIsHeldBackByTheirNumber) {
  const auto backend = Shop({"127.0.0.1:1"});  // nothing is sent before there is a connection
  const std::unique_ptr<Call> call = StartCall(*backend, {});
  int sent = 0;
  loop_.Spawn([](Call& to, int& count) -> Task<void> {
    for (;;) {
      const Status ended = co_await to.Send(Message(""), false);
      if (!ended.ok()) co_return;
      ++count;
    }
  }(*call, sent));
  EXPECT_GT(sent, 100);
  EXPECT_LT(sent, 1000) << "each has a buffer of its own";
  call->Cancel();
  RunTurn();
}

TEST_F(ClientCallTest, AnErrorWhileSendingEndsTheSender) {
  FrameServer server(loop_, {.on_headers =
                                 [](FrameConnection& connection, FrameConnection::Request& request) {
                                   connection.HeadOnly(request.id, {{":status", "200"},
                                                                    {"content-type", "application/grpc"},
                                                                    {"grpc-status", "7"},
                                                                    {"grpc-message", "not you"}});
                                 },
                             .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}});
  const auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  Status status;
  bool done = false;
  loop_.Spawn([](Call& started, Status& out, bool& ended) -> Task<void> {
    out = co_await started.Send(Message(std::string(100'000, 'x')), false);
    ended = true;
  }(*call, status, done));
  ASSERT_TRUE(server.RunUntil([&] { return done; }));
  EXPECT_EQ(status.code(), Code::kPermissionDenied);
  EXPECT_EQ(status.message(), "not you");
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("reset 1 CANCEL"); }));
}

TEST_F(ClientCallTest, ASlowReaderStopsTheBackendsStreamAndNoOther) {
  constexpr size_t kMessages = 400;
  const std::string message(10'000, 'x');
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       if (request.headers[":path"] != "/slow/Stream") return connection.Reply(request.id, "quick");
                       connection.Head(request.id);
                       for (size_t i = 0; i < kMessages; ++i) connection.Data(request.id, Framed(message));
                       connection.Trailers(request.id);
                     }));
  BackendOptions options;
  options.stream_window = 256 << 10;
  const auto shop = Shop({server.address()}, options);
  const auto call = StartCall(*shop, {.path = "/slow/Stream"});
  loop_.Spawn([](Call& started) -> Task<void> {
    (void)co_await started.Send(Message(""), true);
    (void)co_await started.Receive();  // and then nothing
  }(*call));
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1"); }));
  EXPECT_THAT(Run(*shop, server).messages, ElementsAre("quick"));
  size_t sent = 0;
  const auto settled = [&] {  // until two answers in a row find the stream where it was
    size_t now = 0;
    server.With(0, [&](FrameConnection& connection) { now = connection.sent(1); });
    return std::exchange(sent, now) == now && now > 0;
  };
  while (!settled()) EXPECT_TRUE(Run(*shop, server).status.ok());
  EXPECT_LE(sent, (256u << 10) + 2 * message.size());
  Outcome outcome;
  loop_.Spawn(Finish(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_EQ(outcome.messages.size(), kMessages - 1);
}

TEST_F(ClientCallTest, AMessageLargerThanTheWindowArrives) {
  const std::string message(5 << 20, 'x');
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Reply(request.id, message);
                     }));
  BackendOptions options;
  options.stream_window = 64 << 10;
  const auto shop = Shop({server.address()}, options);
  const Outcome outcome = Run(*shop, server, {.message = std::string(3 << 20, 'y'), .max_reply_bytes = message.size()});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, ElementsAre(message));
}

TEST_F(ClientCallTest, AHundredThousandTinyFramesArrive) {
  constexpr size_t kSize = 100'000;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id);
                       for (const char byte : Framed(std::string(kSize, 'x')))
                         connection.Data(request.id, std::string(1, byte));
                       connection.Trailers(request.id);
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  ASSERT_EQ(outcome.messages.size(), 1u);
  EXPECT_EQ(outcome.messages[0].size(), kSize);
}

}  // namespace
}  // namespace dragoman::upstream
