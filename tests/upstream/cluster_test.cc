#include "upstream/cluster.h"

#include <algorithm>

#include "upstream_fixture.h"

namespace dragoman::upstream {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ClusterTest : public UpstreamTest {
 protected:
  // An address of 127.0.0.1 where nobody listens.
  std::string DeadAddress() {
    FrameServer server(loop_, Idle());
    return server.address();
  }
};

TEST_F(ClusterTest, NothingIsConnectedBeforeTheFirstCall) {
  FrameServer server(loop_, Echo());
  const auto shop = Shop({server.address()});
  RunTurn();
  EXPECT_THAT(server.events(), IsEmpty());
}

TEST_F(ClusterTest, ADeadBackendFailsAtOnceAndIsLeftAloneForAWhile) {
  FrameServer clock(loop_, Idle());
  const std::string dead = DeadAddress();
  BackendOptions options;
  options.min_backoff = std::chrono::hours(1);
  options.max_backoff = std::chrono::hours(1);
  const auto shop = Shop({dead}, options);
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = Run(*shop, clock);
    EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
    EXPECT_EQ(outcome.status.message(), "backend \"shop\": cannot connect: Connection refused");
  }
  // While it backs off the answer needs no event at all.
  const auto call = StartCall(*shop, {});
  EXPECT_EQ(call->status().reason(), Reason::kBackendUnavailable);
}

// Clients are not told where a backend is, whoever runs the gateway is: in the log, once a minute.
TEST_F(ClusterTest, LogsWhereItCannotConnect) {
  FrameServer clock(loop_, Idle());
  const std::string dead = DeadAddress();
  BackendOptions options;
  options.min_backoff = options.max_backoff = milliseconds(1);
  const auto shop = Shop({dead}, options);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) Run(*shop, clock);
  std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log,
              HasSubstr(" warn backend_unreachable backend=shop address=" + dead + " error=\"Connection refused\"\n"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;

  options.audience = Audience::kOperators;
  const auto asked_by_the_gateway = Shop({dead}, options);
  testing::internal::CaptureStderr();
  EXPECT_EQ(Run(*asked_by_the_gateway, clock).status.message(),
            "backend \"shop\": cannot connect to " + dead + ": Connection refused");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(ClusterTest, TellsHowItsEndpointsAre) {
  FrameServer server(loop_, Idle());
  const std::string dead = DeadAddress();
  BackendOptions options;
  options.min_backoff = options.max_backoff = std::chrono::hours(1);
  const auto shop = Shop({server.address(), dead, "no-such-host.invalid:1"}, options);
  const auto states = [&] {
    std::vector<std::string> lines;
    for (const EndpointState& endpoint : shop->state().endpoints) {
      lines.push_back(endpoint.address + " " + std::string(endpoint.state) + " " + std::to_string(endpoint.calls) +
                      " " + endpoint.last_error);
    }
    return lines;
  };
  EXPECT_THAT(states(),
              ElementsAre(server.address() + " idle 0 ", dead + " idle 0 ", "no-such-host.invalid:1 idle 0 "));
  Outcome outcome;
  Spawn(*shop, outcome);
  EXPECT_EQ(shop->state().waiting, 1u);
  EXPECT_THAT(states(), ElementsAre(server.address() + " connecting 0 ", StartsWith(dead + " "),
                                    "no-such-host.invalid:1 resolving 0 "));
  ASSERT_TRUE(
      server.RunUntil([&] { return server.Saw("request") && states()[2].find("unresolved") != std::string::npos; }));
  EXPECT_EQ(shop->state().waiting, 0u);
  EXPECT_THAT(states(), ElementsAre(server.address() + " ready 1 ", dead + " backing_off 0 Connection refused",
                                    StartsWith("no-such-host.invalid:1 unresolved 0 ")));
}

TEST_F(ClusterTest, ABackendThatComesBackIsFoundAfterTheBackoff) {
  FrameServer::Script script = Echo();
  script.unix_path = SocketPath();
  FrameServer clock(loop_, Idle());
  BackendOptions options;
  options.min_backoff = milliseconds(1);
  options.max_backoff = milliseconds(2);
  const auto shop = Shop({"unix:" + script.unix_path}, options);
  EXPECT_EQ(Run(*shop, clock).status.message(), "backend \"shop\": cannot connect: No such file or directory");
  FrameServer server(loop_, script);
  while (!server.Saw("request")) {
    Run(*shop, clock);
    RunTurn();
  }
}

TEST_F(ClusterTest, TheDeadlineBoundsTheWaitForAConnection) {
  FrameServer server(loop_, {.silent = true});
  const auto shop = Shop({server.address()});
  const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(200)});
  EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(WithoutTime(outcome.status.message()), "no connection to backend \"shop\" within …");
}

TEST_F(ClusterTest, TheDeadlineBoundsTheWaitForAStream) {
  FrameServer server(loop_, {.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}}});
  const auto shop = Shop({server.address()});
  Outcome first;
  Spawn(*shop, first);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  const Outcome outcome = Run(*shop, server, {.timeout = milliseconds(200)});
  EXPECT_EQ(outcome.status.reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(WithoutTime(outcome.status.message()), "no free stream to backend \"shop\" within …");
  server.With(0, [](FrameConnection& connection) { connection.Reply(1, "m"); });
  ASSERT_TRUE(server.RunUntil([&] { return first.done; }));
  EXPECT_EQ(server.Count("headers"), 1u);
}

TEST_F(ClusterTest, TheQueueIsBounded) {
  FrameServer server(loop_, {.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}}});
  BackendOptions options;
  options.max_waiting_calls = 2;
  const auto shop = Shop({server.address()}, options);
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 2; ++i) calls.push_back(StartCall(*shop, {}));
  EXPECT_EQ(StartCall(*shop, {})->status().reason(), Reason::kOverloaded);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("headers 1 "); }));
  calls.push_back(StartCall(*shop, {}));
  EXPECT_TRUE(calls.back()->status().ok());
  EXPECT_EQ(StartCall(*shop, {})->status().message(), "backend \"shop\": 2 calls are waiting already");
  calls[1].reset();  // one who goes makes room
  EXPECT_TRUE(StartCall(*shop, {})->status().ok());
  calls[0].reset();
  EXPECT_TRUE(server.RunUntil([&] { return server.Saw("headers 3 "); }));
}

TEST_F(ClusterTest, CallsGoRoundTheEndpoints) {
  FrameServer one(loop_, Echo());
  FrameServer two(loop_, Echo());
  const auto shop = Shop({one.address(), two.address()});
  EXPECT_TRUE(Run(*shop, one).status.ok());
  ASSERT_TRUE(one.RunUntil([&] { return one.Saw("accept") && two.Saw("accept"); }));
  while (one.Count("request") == 0 || two.Count("request") == 0) EXPECT_TRUE(Run(*shop, one).status.ok());
  const size_t before_one = one.Count("request");
  const size_t before_two = two.Count("request");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Run(*shop, one).status.ok());
  EXPECT_EQ(one.Count("request") - before_one, 5u);
  EXPECT_EQ(two.Count("request") - before_two, 5u);
}

TEST_F(ClusterTest, EndpointsThatFailAreSkipped) {
  FrameServer server(loop_, Echo());
  FrameServer hanging(loop_, {.silent = true});
  const auto shop = Shop({DeadAddress(), hanging.address(), server.address(), "unix:/nonexistent/shop.sock"});
  for (int i = 0; i < 10; ++i) {
    const Outcome outcome = Run(*shop, server);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  }
}

TEST_F(ClusterTest, ARefusedCallGoesToTheNextEndpoint) {
  FrameServer refusing(loop_, Does([](FrameConnection& connection, FrameConnection::Request& request) {
                         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
                       }));
  FrameServer server(loop_, Echo());
  const auto shop = Shop({refusing.address(), server.address()});
  Run(*shop, server);
  ASSERT_TRUE(server.RunUntil([&] { return refusing.Saw("accept") && server.Saw("accept"); }));
  // Once its SETTINGS have come, it has its turn.
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (refusing.Count("request") == 0 && std::chrono::steady_clock::now() < end) {
    ASSERT_TRUE(Run(*shop, server).status.ok());
  }
  EXPECT_GT(refusing.Count("request"), 0u);
}

TEST_F(ClusterTest, UnixSocketsAreLocalhost) {
  std::string authority;
  FrameServer::Script script = Does([&](FrameConnection& connection, FrameConnection::Request& request) {
    authority = request.headers[":authority"];
    connection.Reply(request.id, "m");
  });
  script.unix_path = SocketPath();
  FrameServer server(loop_, script);
  const auto shop = Shop({server.address()});
  EXPECT_TRUE(Run(*shop, server).status.ok());
  EXPECT_EQ(authority, "localhost");
}

TEST_F(ClusterTest, NamesResolveToAllTheirAddresses) {
  std::string authority;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       authority = request.headers[":authority"];
                       connection.Reply(request.id, "m");
                     }));
  const std::string name = "localhost" + server.address().substr(server.address().find(':'));
  BackendOptions options;
  options.resolve_interval = milliseconds(0);  // again for every call
  const auto shop = Shop({name}, options);
  for (int i = 0; i < 5; ++i) {
    const Outcome outcome = Run(*shop, server);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  }
  EXPECT_EQ(authority, name);
  EXPECT_EQ(server.Count("accept"), 1u);  // an address that is known keeps its connection
}

TEST_F(ClusterTest, ANameThatDoesNotResolveFailsWithTheResolversWords) {
  FrameServer clock(loop_, Idle());
  const auto shop = Shop({"no-such-host.invalid:50051"});
  const Outcome outcome = Run(*shop, clock);
  EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
  EXPECT_THAT(std::string(outcome.status.message()), StartsWith("backend \"shop\": cannot resolve its name: "));
}

TEST_F(ClusterTest, CloseEndsEveryCall) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  Outcome open;
  Spawn(*shop, open);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  shop->Close();
  ASSERT_TRUE(server.RunUntil([&] { return open.done && server.Saw("close 0"); }));
  EXPECT_EQ(open.status.reason(), Reason::kDraining);
  EXPECT_EQ(open.status.message(), "the gateway is shutting down");
  EXPECT_TRUE(server.Saw("reset 1 CANCEL"));
  EXPECT_TRUE(server.Saw("goaway 0"));
  EXPECT_EQ(Run(*shop, server).status.reason(), Reason::kDraining);
}

// "1 connecting, 0 ready, 0 draining"
std::string CountOf(const Backend& backend) {
  const Connections connections = backend.connections();
  return std::to_string(connections.connecting) + " connecting, " + std::to_string(connections.ready) + " ready, " +
         std::to_string(connections.draining) + " draining";
}

TEST_F(ClusterTest, CountsItsConnectionsByState) {
  FrameServer server(loop_, Idle());
  const auto shop = Shop({server.address()});
  EXPECT_EQ(CountOf(*shop), "0 connecting, 0 ready, 0 draining");
  Outcome first;
  Spawn(*shop, first);
  EXPECT_EQ(CountOf(*shop), "1 connecting, 0 ready, 0 draining");
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  EXPECT_EQ(CountOf(*shop), "0 connecting, 1 ready, 0 draining");

  // Told to go away, the connection ends its call beside the next one.
  server.With(0, [](FrameConnection& connection) { connection.GoAway(1); });
  ASSERT_TRUE(server.RunUntil([&] { return shop->connections().draining == 1; }));
  EXPECT_EQ(CountOf(*shop), "0 connecting, 0 ready, 1 draining");
  Outcome second;
  Spawn(*shop, second);
  EXPECT_EQ(CountOf(*shop), "1 connecting, 0 ready, 1 draining");
  ASSERT_TRUE(server.RunUntil([&] { return shop->connections().ready == 1; }));
  server.With(0, [](FrameConnection& connection) { connection.Reply(1, "m"); });
  ASSERT_TRUE(server.RunUntil([&] { return first.done && shop->connections().draining == 0; }));
  EXPECT_EQ(CountOf(*shop), "0 connecting, 1 ready, 0 draining");

  shop->Close();
  EXPECT_EQ(CountOf(*shop), "0 connecting, 0 ready, 0 draining");
  EXPECT_TRUE(server.RunUntil([&] { return second.done; }));
}

TEST_F(ClusterTest, AConnectionThatFailsIsCountedNoMore) {
  const std::string dead = DeadAddress();
  FrameServer clock(loop_, Idle());
  const auto shop = Shop({dead});
  Run(*shop, clock);
  EXPECT_EQ(CountOf(*shop), "0 connecting, 0 ready, 0 draining");
}

TEST_F(ClusterTest, CloseEndsThoseWhoWait) {
  FrameServer server(loop_, {.silent = true});
  const auto shop = Shop({server.address()});
  Outcome waiting;
  Spawn(*shop, waiting);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("accept 0"); }));
  shop->Close();
  ASSERT_TRUE(server.RunUntil([&] { return waiting.done; }));
  EXPECT_EQ(waiting.status.reason(), Reason::kDraining);
}

TEST_F(ClusterTest, ACallMayOutliveItsBackend) {
  FrameServer server(loop_, Idle());
  auto shop = Shop({server.address()});
  const auto call = StartCall(*shop, {});
  Outcome outcome;
  loop_.Spawn([](Call& started, Outcome& out) -> Task<void> {
    (void)co_await started.Send(Message("x"), true);
    co_await Finish(started, out);
  }(*call, outcome));
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
  shop.reset();
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_EQ(outcome.status.reason(), Reason::kDraining);
  call->Cancel();
}

TEST_F(ClusterTest, TheBackendMayBeDestroyedByACoroutineThatItResumed) {
  FrameServer server(loop_, Echo());
  auto shop = Shop({server.address()});
  bool done = false;
  loop_.Spawn([](std::unique_ptr<Backend> owned, bool& all) -> Task<void> {
    {
      const auto call = StartCall(*owned, {});
      (void)co_await call->Send(Message("x"), true);
      EXPECT_TRUE((co_await call->Receive()).has_value());
      EXPECT_FALSE((co_await call->Receive()).has_value());
    }
    owned.reset();
    all = true;
  }(std::move(shop), done));
  EXPECT_TRUE(server.RunUntil([&] { return done && server.Saw("close 0"); }));
}

TEST_F(ClusterTest, ABackendWithoutUsableEndpointsSaysSo) {
  FrameServer clock(loop_, Idle());
  EXPECT_EQ(Run(*Shop({}), clock).status.message(), "backend \"shop\": it has no endpoints");
  EXPECT_EQ(Run(*Shop({"nonsense"}), clock).status.message(),
            "backend \"shop\": expected host:port, [v6]:port or unix:/path, got \"nonsense\"; the port is missing");
}

TEST(Backoff, DoublesUpToItsBoundWithJitter) {
  std::minstd_rand random(1);
  Backoff backoff(milliseconds(100), milliseconds(500));
  for (const int expected : {100, 200, 400, 500, 500}) {
    const double pause = std::chrono::duration<double, std::milli>(backoff.Next(random)).count();
    EXPECT_GE(pause, expected * 0.8);
    EXPECT_LE(pause, expected * 1.2);
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(random), milliseconds(120));
}

TEST(SocketAddress, LiteralsNeedNoResolver) {
  SocketAddress address;
  EXPECT_TRUE(ParseLiteral("127.0.0.1", 50051, address));
  EXPECT_EQ(address.text, "127.0.0.1:50051");
  EXPECT_TRUE(ParseLiteral("::1", 443, address));
  EXPECT_EQ(address.text, "[::1]:443");
  EXPECT_FALSE(ParseLiteral("localhost", 1, address));
  EXPECT_FALSE(UnixAddress(std::string(200, 'x')).has_value());
}

}  // namespace
}  // namespace dragoman::upstream
