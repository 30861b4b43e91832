// Backends that cannot be connected to, say GOAWAY, or keep everyone waiting: windows, limits, storms.
#include "misbehaviour.h"

namespace dragoman::upstream {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::MatchesRegex;

class BadConnectionTest : public MisbehaviourTest {
 protected:
  static bool AllDone(const std::vector<Outcome>& outcomes) {
    return std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return outcome.done; });
  }
  void Settle(FrameServer& server) {  // what the client has sent so far has been read
    const size_t before = server.Count("pong 0");
    server.With(0, [](FrameConnection& connection) { connection.Ping(); });
    ASSERT_TRUE(server.RunUntil([&] { return server.Count("pong 0") > before; }));
  }
};

TEST_F(BadConnectionTest, WhatIsNoHttp2ServerCannotBeConnectedTo) {
  const auto says = [](std::string bytes) {
    return FrameServer::Script{.on_accept = [=](FrameConnection& connection) { connection.Raw(bytes); },
                               .silent = true};
  };
  const std::string no_http2 = "it does not speak HTTP/2";
  const std::string closed = "(the connection was closed|Connection reset by peer)";
  const std::string silence = "no HTTP/2 SETTINGS within 1 s";
  const struct {
    const char* name;
    FrameServer::Script script;
    std::string why;
  } kCases[] = {
      {"accepts and hangs", {.silent = true}, silence},
      {"half a frame, and hangs", says(std::string("\0\0\0\4", 4)), silence},
      {"accepts and closes",
       {.on_accept = [](FrameConnection& connection) { connection.Close(); }, .silent = true},
       closed},
      {"half a frame, and closes",
       {.on_accept =
            [](FrameConnection& connection) {
              connection.Raw(std::string_view("\0\0\0\4", 4));
              connection.Close();
            },
        .silent = true},
       closed},
      {"HTTP/1.1 400", says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), no_http2},
      {"TLS", says(std::string("\x15\x03\x03\0\2\2\x46\0\0\0\0\0", 12)), no_http2},
      {"SSH", says("SSH-2.0-OpenSSH_9.2p1\r\n"), no_http2},
      {"zeroes", says(std::string(64, '\0')), no_http2},
      {"PING before SETTINGS", says(FrameBytes(NGHTTP2_PING, 0, 0, "12345678")), no_http2},
      {"GOAWAY before SETTINGS", says(FrameBytes(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0'))), no_http2},
      {"SETTINGS that are wrong", says(FrameBytes(NGHTTP2_SETTINGS, 0, 0, "abc")), no_http2},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    BackendOptions options;
    options.connect_timeout = std::chrono::seconds(test.why == silence ? 1 : 60);
    FrameServer server(loop_, test.script);
    FrameServer healthy(loop_, Echo());
    const size_t descriptors = Descriptors();
    {
      const auto shop = Shop({server.address()}, options);
      const Outcome outcome = Run(*shop, server);
      EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
      EXPECT_THAT(std::string(outcome.status.message()), MatchesRegex("backend \"shop\": cannot connect: " + test.why));
      // Operators are told more.
      options.audience = Audience::kOperators;
      const auto asked = Shop({server.address()}, options);
      EXPECT_THAT(std::string(Run(*asked, server).status.message()),
                  MatchesRegex("backend \"shop\": cannot connect to " + server.address() + ": " + test.why + "; if it expects TLS, its backend needs `tls: \\{\\}`"));
      options.audience = Audience::kClients;
      // Nothing was sent, so another endpoint takes its calls.
      const auto both = Shop({server.address(), healthy.address()}, options);
      for (int i = 0; i < 3; ++i) EXPECT_THAT(Run(*both, healthy).messages, ElementsAre("hello"));
    }
    EXPECT_TRUE(
        server.RunUntil([&] { return server.Count("close") == server.Count("accept") && healthy.Saw("close"); }));
    EXPECT_EQ(Descriptors(), descriptors);
  }
}

TEST_F(BadConnectionTest, GoawayThatIsSaidTwiceIsObeyedTwice) {
  FrameServer server(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                       if (connection.number() > 0) connection.Reply(request.id, "moved");
                     }));
  const auto shop = Shop({server.address()});
  std::vector<Outcome> outcomes(3);
  for (Outcome& outcome : outcomes) Spawn(*shop, outcome);
  ASSERT_TRUE(server.RunUntil([&] { return server.Count("request") == 3; }));
  server.With(0, [](FrameConnection& connection) { connection.GoAway(0x7fffffff); });
  Settle(server);
  EXPECT_THAT(Run(*shop, server).messages, ElementsAre("moved"));  // a new call takes a new connection
  EXPECT_FALSE(outcomes[2].done);
  server.With(0, [](FrameConnection& connection) { connection.GoAway(3); });
  ASSERT_TRUE(server.RunUntil([&] { return outcomes[2].done; }));
  EXPECT_THAT(outcomes[2].messages, ElementsAre("moved"));
  server.With(0, [](FrameConnection& connection) {
    connection.Reply(1, "first");
    connection.Reply(3, "second");
  });
  ASSERT_TRUE(server.RunUntil([&] { return AllDone(outcomes) && server.Saw("close 0"); }));
  EXPECT_THAT(outcomes[0].messages, ElementsAre("first"));
  EXPECT_THAT(outcomes[1].messages, ElementsAre("second"));
  EXPECT_EQ(server.Count("accept"), 2u);
}

TEST_F(BadConnectionTest, GoawayUnderLoadLosesAndRepeatsNothing) {
  std::map<std::string, int> processed;  // on the server's thread
  int seen = 0;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       const std::string message = request.body.substr(kMessagePrefix);
                       if (request.id > 19) return;  // behind the GOAWAY
                       ++processed[message];
                       connection.Reply(request.id, message);
                       if (request.id == 19)
                         connection.GoAway(19, seen++ % 2 ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
                     }));
  BackendOptions options;
  options.max_streams = 15;
  const auto shop = Shop({server.address()}, options);
  std::vector<Outcome> outcomes(300);
  for (size_t i = 0; i < outcomes.size(); ++i) Spawn(*shop, outcomes[i], {.message = std::to_string(i)});
  ASSERT_TRUE(server.RunUntil([&] { return AllDone(outcomes); }));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_THAT(outcomes[i].messages, ElementsAre(std::to_string(i))) << outcomes[i].status.message();
  }
  server.With(0, [&](FrameConnection&) {});
  EXPECT_EQ(processed.size(), outcomes.size());
  for (const auto& [message, times] : processed) EXPECT_EQ(times, 1) << message;
}

TEST_F(BadConnectionTest, GoawayAtEveryGreetingIsGivenUpAfterFourConnections) {
  FrameServer server(loop_, {.on_accept = [](FrameConnection& connection) { connection.GoAway(0); }});
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server);
  EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
  EXPECT_EQ(outcome.status.message(), "backend \"shop\": the call was refused 4 times");
  EXPECT_EQ(server.Count("accept"), 4u);
  EXPECT_EQ(server.Count("headers"), 0u);
}

TEST_F(BadConnectionTest, GoawayThatTakesBackWhatItSaidBreaksTheConnection) {
  ExpectTheConnectionIsReplaced({"a last stream id that grows",
                                 [](FrameConnection& connection, FrameConnection::Request&) {
                                   const std::string five("\0\0\0\5\0\0\0\0", 8);
                                   const std::string nine("\0\0\0\11\0\0\0\0", 8);
                                   connection.Raw(FrameBytes(NGHTTP2_GOAWAY, 0, 0, five) +
                                                  FrameBytes(NGHTTP2_GOAWAY, 0, 0, nine));
                                 },
                                 Code::kInternal, Reason::kBackendProtocolError,
                                 "backend \"shop\" broke HTTP/2: PROTOCOL_ERROR: GOAWAY: invalid last_stream_id"});
}

TEST_F(BadConnectionTest, AWindowThatIsNeverOpenedCostsTheCallItsDeadlineAndNoOther) {
  FrameServer server(loop_, Misbehaving([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Reply(request.id, "late");
                     }));
  const auto shop = Shop({server.address()});
  Outcome neighbour;
  Spawn(*shop, neighbour, {.path = kNeighbour});
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  server.With(0, [](FrameConnection& connection) { connection.Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}}); });
  Settle(server);
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(50)});
    EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
    EXPECT_EQ(WithoutTime(outcome.status.message()), "no answer from backend \"shop\" within …");
  }
  EXPECT_TRUE(server.RunUntil([&] { return server.Count("reset") == 3; }));
  Outcome waiting;
  Spawn(*shop, waiting, {.message = std::string(100'000, 'x')});
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("headers 9 "); }));
  server.With(0, [](FrameConnection& connection) {
    connection.Reply(1, "neighbour");
    connection.Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10}});
    connection.Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}});
  });
  ASSERT_TRUE(server.RunUntil([&] { return waiting.done && neighbour.done; }));
  EXPECT_THAT(neighbour.messages, ElementsAre("neighbour"));
  EXPECT_THAT(waiting.messages, ElementsAre("late")) << waiting.status.message();
  EXPECT_EQ(server.Count("accept"), 1u);
}

TEST_F(BadConnectionTest, TheConnectionsWindowMayRunOutAndOpenAgain) {
  FrameServer::Script script = Misbehaving(
      [](FrameConnection& connection, FrameConnection::Request& request) { connection.Reply(request.id, "late"); });
  script.stingy = true;
  FrameServer server(loop_, script);
  const auto shop = Shop({server.address()});
  Outcome neighbour;
  Spawn(*shop, neighbour, {.path = kNeighbour});
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  const Outcome outcome = Run(*shop, server, {.message = std::string(70'000, 'x'), .timeout = milliseconds(50)});
  EXPECT_EQ(WithoutTime(outcome.status.message()), "no answer from backend \"shop\" within …");
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("reset 3 CANCEL"); }));
  Outcome waiting;
  Spawn(*shop, waiting);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("headers 5 "); }));
  server.With(0, [](FrameConnection& connection) {
    connection.Reply(1, "neighbour");
    connection.OpenWindow(0, 256);
  });
  ASSERT_TRUE(server.RunUntil([&] { return waiting.done && neighbour.done; }));
  EXPECT_THAT(neighbour.messages, ElementsAre("neighbour"));
  EXPECT_THAT(waiting.messages, ElementsAre("late")) << waiting.status.message();
}

TEST_F(BadConnectionTest, ABackendThatSendsPastItsWindowEndsThatCallOnly) {
  FrameServer server(loop_, Misbehaving([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id);
                       std::string bytes = FrameBytes(NGHTTP2_DATA, 0, request.id, Framed(std::string(16000, 'x')));
                       for (int i = 0; i < 4; ++i)
                         bytes += FrameBytes(NGHTTP2_DATA, 0, request.id, std::string(16000, 'x'));
                       connection.Flush();
                       connection.Raw(bytes);
                     }));
  BackendOptions options;
  options.stream_window = 65'535;
  const auto shop = Shop({server.address()}, options);
  Outcome neighbour;
  Spawn(*shop, neighbour, {.path = kNeighbour});
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  const auto call = StartCall(*shop, {});
  loop_.Spawn([](Call& started) -> Task<void> { (void)co_await started.Send(Message(""), true); }(*call));
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("reset 3 FLOW_CONTROL_ERROR"); }));
  EXPECT_EQ(call->status().message(), "backend \"shop\" broke HTTP/2: FLOW_CONTROL_ERROR");
  server.With(0, [](FrameConnection& connection) { connection.Reply(1, "neighbour"); });
  ASSERT_TRUE(server.RunUntil([&] { return neighbour.done; }));
  EXPECT_THAT(neighbour.messages, ElementsAre("neighbour"));
}

TEST_F(BadConnectionTest, FewerStreamsAllowedIsObeyedWhileMoreAreOpen) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  std::vector<Outcome> outcomes(4);
  for (int i = 0; i < 3; ++i) Spawn(*shop, outcomes[static_cast<size_t>(i)]);
  ASSERT_TRUE(server.RunUntil([&] { return server.Count("request") == 3; }));
  server.With(0, [](FrameConnection& connection) {
    connection.Settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}});
  });
  Settle(server);
  Spawn(*shop, outcomes[3]);
  for (const int32_t id : {1, 3, 5}) {
    Settle(server);
    EXPECT_EQ(server.Count("headers"), 3u);
    server.With(0, [id](FrameConnection& connection) { connection.Reply(id, "m"); });
  }
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 7 "); }));
  server.With(0, [](FrameConnection& connection) { connection.Reply(7, "m"); });
  ASSERT_TRUE(server.RunUntil([&] { return AllDone(outcomes); }));
  for (const Outcome& outcome : outcomes) EXPECT_THAT(outcome.messages, ElementsAre("m"));
}

TEST_F(BadConnectionTest, NoStreamAllowedCostsTheDeadline) {
  FrameServer server(loop_, {.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}}});
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(50)});
  EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(WithoutTime(outcome.status.message()), "no free stream to backend \"shop\" within …");
  EXPECT_EQ(server.Count("headers"), 0u);
}

TEST_F(BadConnectionTest, PingsAndSettingsThatAreNoFloodAreAnsweredWhileCallsGoOn) {
  FrameServer server(loop_, Misbehaving({}));
  const auto shop = Shop({server.address()});
  for (int round = 0; round < 20; ++round) {
    Outcome outcome;
    Spawn(*shop, outcome, {.path = kGood});
    if (round > 0) {
      server.With(0, [](FrameConnection& connection) {
        for (int i = 0; i < 200; ++i) {
          connection.Ping();
          connection.Settings({});
        }
      });
    }
    ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
    EXPECT_THAT(outcome.messages, ElementsAre("good")) << outcome.status.message();
  }
  EXPECT_TRUE(server.RunUntil([&] { return server.Count("pong 0") == 19 * 200; }));
  EXPECT_EQ(server.Count("accept"), 1u);
}

TEST_F(BadConnectionTest, ABackendThatStopsReadingAndBreaksHttp2IsNotWaitedFor) {
  FrameServer server(loop_, {.on_headers =
                                 [](FrameConnection& connection, FrameConnection::Request& request) {
                                   if (connection.number() > 0) return connection.Reply(request.id, "fine");
                                   connection.Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string_view("\x7f\0\0\0", 4));
                                   connection.StopReading();
                                   connection.Raw(std::string(64, 'x'));
                                 },
                             .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1u << 30}}});
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.message = std::string(32 << 20, 'x')});
  EXPECT_EQ(outcome.status.message(), "backend \"shop\" broke HTTP/2: FRAME_SIZE_ERROR: too large frame size");
  EXPECT_THAT(Run(*shop, server).messages, ElementsAre("fine"));
}

// The other way round: the socket is full before the backend says something wrong, and our GOAWAY has no way out.
TEST_F(BadConnectionTest, ABackendThatBreaksHttp2LongAfterItStoppedReadingIsNotWaitedFor) {
  FrameServer server(loop_, {.on_headers =
                                 [](FrameConnection& connection, FrameConnection::Request& request) {
                                   if (connection.number() > 0) return connection.Reply(request.id, "fine");
                                   connection.Frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string_view("\x7f\0\0\0", 4));
                                   connection.StopReading();
                                 },
                             .settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1u << 30}}});
  const auto shop = Shop({server.address()});
  Outcome outcome;
  Spawn(*shop, outcome, {.message = std::string(32 << 20, 'x')});
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("accept"); }));
  for (int idle = 0; idle < 500;) {  // turns in which nothing more goes out
    loop_.io().restart();
    idle = loop_.io().poll() == 0 ? idle + 1 : 0;
  }
  server.With(0, [](FrameConnection& connection) { connection.Raw(std::string(64, 'x')); });
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_EQ(outcome.status.message(), "backend \"shop\" broke HTTP/2: FRAME_SIZE_ERROR: too large frame size");
  EXPECT_THAT(Run(*shop, server).messages, ElementsAre("fine"));
}

}  // namespace
}  // namespace dragoman::upstream
