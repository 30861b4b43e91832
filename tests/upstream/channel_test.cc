#include "upstream/channel.h"

#include "upstream_fixture.h"

namespace dragoman::upstream {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ChannelTest : public UpstreamTest {
 protected:
  static size_t Done(const std::vector<Outcome>& outcomes) {
    return static_cast<size_t>(
        std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return outcome.done; }));
  }
};

TEST_F(ChannelTest, AllFramesOfATurnLeaveInOneWrite) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  EXPECT_TRUE(Run(*shop, server).status.ok());
  Run(*shop, server);  // the acknowledgement of the SETTINGS is out as well
  int before = 0;
  server.With(0, [&](FrameConnection& connection) { before = connection.reads(); });
  std::vector<Outcome> outcomes(20);
  for (Outcome& outcome : outcomes) Spawn(*shop, outcome);
  ASSERT_TRUE(server.RunUntil([&] { return Done(outcomes) == outcomes.size(); }));
  int after = 0;
  server.With(0, [&](FrameConnection& connection) { after = connection.reads(); });
  EXPECT_EQ(after - before, 1);
}

TEST_F(ChannelTest, AThousandCallsShareOneConnection) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  std::vector<Outcome> outcomes(1000);
  for (size_t i = 0; i < outcomes.size(); ++i)
    Spawn(*shop, outcomes[i], {.message = std::to_string(i) + std::string(i % 700, 'x')});
  ASSERT_TRUE(server.RunUntil([&] { return Done(outcomes) == outcomes.size(); }));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_TRUE(outcomes[i].status.ok()) << outcomes[i].status.message();
    EXPECT_THAT(outcomes[i].messages, ElementsAre(std::to_string(i) + std::string(i % 700, 'x')));
  }
  EXPECT_EQ(server.Count("accept"), 1u);
}

TEST_F(ChannelTest, PingsAreAnswered) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  EXPECT_TRUE(Run(*shop, server).status.ok());
  server.With(0, [](FrameConnection& connection) { connection.Ping(); });
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("pong 0"); }));
}

TEST_F(ChannelTest, GoawayMovesTheUnprocessedToANewConnectionAndLetsTheRestEnd) {
  FrameServer server(loop_, {.on_request = [](FrameConnection& connection, FrameConnection::Request& request) {
                       if (connection.number() > 0) connection.Reply(request.id, "second connection");
                     }});
  const auto shop = Shop({server.address()});
  Outcome kept;
  Outcome moved;
  Spawn(*shop, kept);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  Spawn(*shop, moved);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 3 "); }));
  server.With(0, [](FrameConnection& connection) { connection.GoAway(1); });
  ASSERT_TRUE(server.RunUntil([&] { return moved.done; }));
  EXPECT_THAT(moved.messages, ElementsAre("second connection"));
  EXPECT_THAT(Run(*shop, server).messages, ElementsAre("second connection"));
  EXPECT_FALSE(kept.done);
  server.With(0, [](FrameConnection& connection) { connection.Reply(1, "first connection"); });
  ASSERT_TRUE(server.RunUntil([&] { return kept.done && server.Saw("close 0"); }));
  EXPECT_THAT(kept.messages, ElementsAre("first connection"));
  EXPECT_EQ(server.Count("accept"), 2u);
}

TEST_F(ChannelTest, GoawayThatMeetsACallOnItsWayIsNotSeenByTheCaller) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Run(*shop, server).status.ok());
    server.With(i, [&](FrameConnection& connection) {
      connection.GoAway(static_cast<int32_t>(connection.number() == 0 ? 1 : 3));
    });
    Outcome outcome;
    Spawn(*shop, outcome);
    ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  }
  EXPECT_EQ(server.Count("accept"), 21u);
}

TEST_F(ChannelTest, RefusedStreamsAreTriedAgain) {
  int refusals = 3;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       if (refusals-- > 0) return connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
                       connection.Reply(request.id, std::string_view(request.body).substr(kMessagePrefix));
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.message = std::string(100'000, 'm')});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, ElementsAre(std::string(100'000, 'm')));
  EXPECT_EQ(server.Count("request"), 4u);
}

TEST_F(ChannelTest, RefusalsAreBounded) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
                     }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
  EXPECT_EQ(outcome.status.message(), "backend \"shop\": the call was refused 4 times");
  EXPECT_EQ(server.Count("request"), 4u);
}

TEST_F(ChannelTest, ARefusedStreamOfMessagesIsReplayedWhole) {
  int refusals = 1;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       if (refusals-- > 0) return connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
                       connection.Head(request.id);
                       connection.Data(request.id, request.body);
                       connection.Trailers(request.id);
                     }));
  const auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  Outcome outcome;
  loop_.Spawn([](Call& started, Outcome& out) -> Task<void> {
    for (const char* text : {"one", "two", "three"}) (void)co_await started.Send(Message(text), text[1] == 'h');
    co_await Finish(started, out);
  }(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.messages, ElementsAre("one", "two", "three"));
}

TEST_F(ChannelTest, AStreamOfMessagesTooLongToKeepIsNotTriedAgain) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
                     }));
  const auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  Outcome outcome;
  loop_.Spawn([](Call& started, Outcome& out) -> Task<void> {
    for (int i = 0; i < 8; ++i) (void)co_await started.Send(Message(std::string(30'000, 'x')), i == 7);
    co_await Finish(started, out);
  }(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
  EXPECT_EQ(server.Count("request"), 1u);
}

TEST_F(ChannelTest, ALostConnectionFailsWhatWasSent) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request&) { connection.Close(); }));
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
  EXPECT_THAT(
      std::string(outcome.status.message()),
      testing::MatchesRegex("backend \"shop\": (the connection was closed|Connection reset by peer) during the call"));
  EXPECT_EQ(server.Count("request"), 1u);
}

TEST_F(ChannelTest, ALostConnectionIsNotSeenByACallThatWasNotSent) {
  FrameServer::Script script = Echo();
  script.unix_path = SocketPath();
  FrameServer server(loop_, script);
  const auto shop = Shop({server.address()});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Run(*shop, server).status.ok());
    server.With(i, [](FrameConnection& connection) { connection.Close(); });
    server.With(i, [](FrameConnection&) {});  // the socket is closed now, but the client has not looked
    const Outcome outcome = Run(*shop, server);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  }
}

TEST_F(ChannelTest, ConnectionsAreReplacedBeforeStreamIdsRunOut) {
  FrameServer server(loop_, Echo());
  BackendOptions options;
  options.max_calls_per_channel = 3;
  const auto shop = Shop({server.address()}, options);
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(Run(*shop, server).status.ok());
  EXPECT_EQ(server.Count("accept"), 3u);
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("close 0") && server.Saw("close 1"); }));
}

TEST_F(ChannelTest, AnotherLimitOfTheSettingsIsObeyedAtOnce) {
  FrameServer server(loop_, {.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}}});
  const auto shop = Shop({server.address()});
  std::vector<Outcome> outcomes(3);
  for (Outcome& outcome : outcomes) Spawn(*shop, outcome);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("accept 0"); }));
  server.With(0, [](FrameConnection& connection) { connection.Ping(); });
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("pong 0"); }));
  EXPECT_EQ(server.Count("headers"), 0u);
  server.With(0, [](FrameConnection& connection) {
    connection.Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}});
  });
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 3 "); }));
  server.With(0, [](FrameConnection& connection) { connection.Ping(); });
  ASSERT_TRUE(server.RunUntil([&] { return server.Count("pong 0") == 2; }));
  EXPECT_EQ(server.Count("headers"), 2u);
  server.With(0, [](FrameConnection& connection) { connection.Reply(1, "first"); });
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 5 "); }));
  server.With(0, [](FrameConnection& connection) {
    connection.Reply(3, "second");
    connection.Reply(5, "third");
  });
  ASSERT_TRUE(server.RunUntil([&] { return Done(outcomes) == 3; }));
  EXPECT_THAT(outcomes[0].messages, ElementsAre("first"));
  EXPECT_THAT(outcomes[1].messages, ElementsAre("second"));
  EXPECT_THAT(outcomes[2].messages, ElementsAre("third"));
}

}  // namespace
}  // namespace dragoman::upstream
