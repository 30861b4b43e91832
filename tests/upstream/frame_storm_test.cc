// Frames that are allowed, in numbers that are not meant: what they cost is the call's own.
#include "misbehaviour.h"

namespace dragoman::upstream {
namespace {

using testing::ElementsAre;

constexpr size_t kMillion = 1'000'000;

std::string Repeated(const std::string& frame, size_t count) {
  std::string storm;
  storm.reserve(frame.size() * count);
  for (size_t i = 0; i < count; ++i) storm += frame;
  return storm;
}

class FrameStormTest : public MisbehaviourTest {
 protected:
  // Frames of the call, in whose middle a call of somebody else's is answered; then what ends the call.
  static FrameServer::Handler Storm(std::string first, std::string frame, size_t count) {
    return [=](FrameConnection& connection, FrameConnection::Request& request) {
      connection.Head(request.id);
      connection.Flush();
      connection.Raw(first + Repeated(frame, count / 2));
      connection.Reply(1, "neighbour");
      connection.Flush();
      connection.Raw(Repeated(frame, count - count / 2));
      connection.Trailers(request.id);
    };
  }

  void ExpectTheStormPasses(FrameServer::Handler storm, const std::vector<std::string>& messages) {
    FrameServer server(loop_, Misbehaving(storm));
    const auto shop = Shop({server.address()});
    Outcome neighbour;
    Spawn(*shop, neighbour, {.path = kNeighbour});
    ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1 "); }));
    Outcome outcome;
    Spawn(*shop, outcome);
    ASSERT_TRUE(server.RunUntil([&] { return neighbour.done; }));
    EXPECT_THAT(neighbour.messages, ElementsAre("neighbour"));
    EXPECT_FALSE(outcome.done);
    ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_EQ(outcome.messages, messages);
    EXPECT_THAT(Run(*shop, server, {.path = kGood}).messages, ElementsAre("good"));
    EXPECT_EQ(server.Count("accept"), 1u);
  }
};

TEST_F(FrameStormTest, AMillionFramesOfOneByte) {
  const std::string message(kMillion, 'x');
  ExpectTheStormPasses(Storm(FrameBytes(NGHTTP2_DATA, 0, 3, Framed(message).substr(0, kMessagePrefix)),
                             FrameBytes(NGHTTP2_DATA, 0, 3, "x"), kMillion),
                       {message});
}

TEST_F(FrameStormTest, AMillionFramesOfNothing) {
  ExpectTheStormPasses(Storm(FrameBytes(NGHTTP2_DATA, 0, 3, Framed("m")), FrameBytes(NGHTTP2_DATA, 0, 3, ""), kMillion),
                       {"m"});
}

TEST_F(FrameStormTest, AHundredThousandWindowUpdatesAndPriorities) {
  const std::string update = FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 3, std::string_view("\0\0\0\1", 4));
  const std::string priority = FrameBytes(NGHTTP2_PRIORITY, 0, 3, std::string(5, '\0'));
  const std::string unknown = FrameBytes(0xfe, 0xff, 3, "ignored");
  ExpectTheStormPasses(Storm(FrameBytes(NGHTTP2_DATA, 0, 3, Framed("m")), update + priority + unknown, 100'000), {"m"});
}

TEST_F(FrameStormTest, PaddingGivesTheWindowBack) {
  FrameServer server(loop_, {.on_request =
                                 [](FrameConnection& connection, FrameConnection::Request& request) {
                                   connection.Head(request.id);
                                   for (const char byte : Framed(std::string(2000, 'x')))
                                     connection.Data(request.id, std::string(1, byte));
                                   connection.Trailers(request.id);
                                 },
                             .padding = 200});
  BackendOptions options;
  options.connection_window = options.stream_window = 65'535;
  const auto shop = Shop({server.address()}, options);
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = Run(*shop, server);
    EXPECT_THAT(outcome.messages, ElementsAre(std::string(2000, 'x'))) << outcome.status.message();
  }
}

TEST_F(FrameStormTest, WhatComesForACallThatIsOverGivesTheConnectionsWindowBack) {
  FrameServer server(loop_, Misbehaving([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Head(request.id);
                       connection.Data(request.id, Framed(std::string(60'000, 'x')));
                     }));
  BackendOptions options;
  options.connection_window = 100'000;
  const auto shop = Shop({server.address()}, options);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Run(*shop, server, {.max_reply_bytes = kMaxReply}).status.reason(), Reason::kResponseTooLarge);
  }
  EXPECT_EQ(Run(*shop, server, {.path = kGood}).status.message(), "");
  EXPECT_EQ(server.Count("accept"), 1u);
}

TEST_F(FrameStormTest, LateFramesOfACallThatIsOverAreIgnored) {
  FrameServer server(loop_, Misbehaving([](FrameConnection& connection, FrameConnection::Request& request) {
                       connection.Reply(request.id, "m");
                     }));
  const auto shop = Shop({server.address()});
  EXPECT_THAT(Run(*shop, server).messages, ElementsAre("m"));
  const std::pair<const char*, std::string> kLate[] = {
      {"DATA", FrameBytes(NGHTTP2_DATA, 0, 1, "late")},
      {"the last DATA", FrameBytes(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "late")},
      {"WINDOW_UPDATE", FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 1, std::string_view("\0\0\0\1", 4))},
      {"RST_STREAM", FrameBytes(NGHTTP2_RST_STREAM, 0, 1, std::string(4, '\0'))},
      {"PRIORITY", FrameBytes(NGHTTP2_PRIORITY, 0, 1, std::string(5, '\0'))},
  };
  for (const auto& [name, frame] : kLate) {
    server.With(0, [&bytes = frame](FrameConnection& connection) { connection.Raw(bytes); });
    EXPECT_THAT(Run(*shop, server).messages, ElementsAre("m")) << name;
  }
  EXPECT_EQ(server.Count("accept"), 1u);
}

}  // namespace
}  // namespace dragoman::upstream
