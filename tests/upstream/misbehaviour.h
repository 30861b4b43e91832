#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "upstream_fixture.h"

namespace dragoman::upstream {

// What a backend does to a call, and what the caller must be told.
struct Misdeed {
  const char* name;
  FrameServer::Handler act;  // on the whole request
  Code code;
  Reason reason;
  std::string message;  // "{stream}" stands for the stream's id
};

// Tables of misdeeds. Each is committed three times, on a connection where a call of somebody else's is under way.
class MisbehaviourTest : public UpstreamTest {
 protected:
  static constexpr size_t kMaxReply = 1000;
  static constexpr size_t kMaxMetadata = 4096;
  static constexpr const char* kNeighbour = "/good/Neighbour";
  static constexpr const char* kGood = "/good/Call";

  static BackendOptions Bounds() {
    BackendOptions options;
    options.max_metadata_bytes = kMaxMetadata;
    options.min_backoff = std::chrono::milliseconds(1);
    return options;
  }

  // Answers kGood, leaves kNeighbour waiting, and does `act` to everyone else. Two streams at a time: one that the
  // channel forgot to count down would stop the next call.
  static FrameServer::Script Misbehaving(const FrameServer::Handler& act) {
    return {.on_request =
                [act](FrameConnection& connection, FrameConnection::Request& request) {
                  const std::string path = request.headers[":path"];
                  if (path == kGood) return connection.Reply(request.id, "good");
                  if (path != kNeighbour) act(connection, request);
                },
            .settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}}};
  }

  static size_t Descriptors() {
    using Iterator = std::filesystem::directory_iterator;
    return static_cast<size_t>(std::distance(Iterator("/proc/self/fd"), Iterator()));
  }

  // The misdeed is its own call's trouble only: the neighbour and the next call end well, all on the same connection,
  // and no stream and no descriptor is left.
  void ExpectOnlyTheCallIsHurt(const Misdeed& misdeed) {
    SCOPED_TRACE(misdeed.name);
    FrameServer server(loop_, Misbehaving(misdeed.act));
    const size_t descriptors = Descriptors();
    auto shop = Shop({server.address()}, Bounds());
    Outcome neighbour;
    Spawn(*shop, neighbour, {.path = kNeighbour});
    ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
    for (int i = 0; i < 3; ++i) {
      const Outcome hurt = Run(*shop, server, {.max_reply_bytes = kMaxReply});
      EXPECT_EQ(hurt.status.code(), misdeed.code);
      EXPECT_EQ(hurt.status.reason(), misdeed.reason);
      EXPECT_EQ(hurt.status.message(), Filled(misdeed.message, 3 + 2 * i));
    }
    EXPECT_FALSE(neighbour.done);
    server.With(0, [](FrameConnection& connection) { connection.Reply(1, "neighbour"); });
    ASSERT_TRUE(server.RunUntil([&] { return neighbour.done; }));
    EXPECT_THAT(neighbour.messages, testing::ElementsAre("neighbour")) << neighbour.status.message();
    EXPECT_THAT(Run(*shop, server, {.path = kGood}).messages, testing::ElementsAre("good"));
    EXPECT_EQ(server.Count("accept"), 1u);
    EXPECT_EQ(server.Count("headers"), 5u);  // nothing was tried again
    EXPECT_TRUE(server.RunUntil([&] { return server.open_streams() == 0; }));
    Finish(server, std::move(shop), descriptors);
  }

  // The misdeed breaks the connection: whoever is on it is told the same, nobody is tried again (the backend may have
  // acted), and the next call has a new connection.
  void ExpectTheConnectionIsReplaced(const Misdeed& misdeed) {
    SCOPED_TRACE(misdeed.name);
    FrameServer server(loop_, Misbehaving(misdeed.act));
    const size_t descriptors = Descriptors();
    auto shop = Shop({server.address()}, Bounds());
    for (size_t i = 0; i < 3; ++i) {
      const std::string number = i == 0 ? "1 " : std::to_string(i) + ":1 ";
      Outcome neighbour;
      Spawn(*shop, neighbour, {.path = kNeighbour});
      ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request " + number); }));
      const Outcome hurt = Run(*shop, server, {.max_reply_bytes = kMaxReply});
      ASSERT_TRUE(server.RunUntil([&] { return neighbour.done; }));
      for (const Outcome& outcome : {hurt, neighbour}) {
        EXPECT_EQ(outcome.status.code(), misdeed.code);
        EXPECT_EQ(outcome.status.reason(), misdeed.reason);
        EXPECT_EQ(outcome.status.message(), Filled(misdeed.message, 3));
      }
      EXPECT_TRUE(server.RunUntil([&] { return server.Saw("close " + std::to_string(i)); }));
      EXPECT_EQ(server.Count("headers"), 2 * (i + 1));
    }
    EXPECT_THAT(Run(*shop, server, {.path = kGood}).messages, testing::ElementsAre("good"));
    EXPECT_EQ(server.Count("accept"), 4u);
    Finish(server, std::move(shop), descriptors);
  }

 private:
  static std::string Filled(std::string text, int id) {
    constexpr std::string_view kStream = "{stream}";
    const size_t at = text.find(kStream);
    if (at != std::string::npos) text.replace(at, kStream.size(), std::to_string(id));
    return text;
  }

  void Finish(FrameServer& server, std::unique_ptr<Backend> shop, size_t descriptors) {
    const size_t connections = server.Count("accept");
    shop.reset();
    EXPECT_TRUE(server.RunUntil([&] { return server.Count("close") == connections; }));
    EXPECT_EQ(Descriptors(), descriptors);
  }
};

}  // namespace dragoman::upstream
