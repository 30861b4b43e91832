#include <gmock/gmock.h>

#include "http2_client.h"
#include "streams_fixture.h"

// An HTTP/2 exchange that is read and written at once.
namespace dragoman::http {
namespace {

using testing::Contains;
using testing::Not;

using Http2Streams = StreamsTest;

constexpr int32_t kDefaultWindow = 65'535;

TEST_F(Http2Streams, EchoesWhatComesWhileItComes) {
  SetScript([](Exchange& exchange) -> Task<void> {
    Status status = co_await exchange.BeginReply(TextHead(), "hello ");
    for (;;) {
      Result<std::string_view> piece = co_await exchange.ReadBodyPiece(kEndless);
      if (!piece || piece->empty()) break;
      status = co_await exchange.WriteReply(*piece);
    }
    (void)co_await exchange.FinishReply("bye");
  });
  Start(Patient());
  Http2Client client(address());
  client.Send(PostFrame(1, "/script"));
  std::string expected = "hello ";
  EXPECT_TRUE(client.AwaitBody(1, expected.size()));
  for (const std::string word : {"one", "two", "three"}) {
    client.Send(DataFrame(1, word));
    expected += word;
    EXPECT_TRUE(client.AwaitBody(1, expected.size()));
  }
  client.Send(DataFrame(1, "", kEndStream));
  EXPECT_EQ(client.Await(1).ToText(), "200 " + expected + "bye");
}

TEST_F(Http2Streams, WaitsToReadAndToWriteAtOnce) {
  SetReadAndWrite(kMuch, kEndless);
  Start(Patient());
  Http2Client client(address());
  client.Send(PostFrame(1, "/script"));
  EXPECT_TRUE(client.AwaitBody(1, kDefaultWindow));
  client.Send(DataFrame(1, "a piece"));  // while the client's window is shut
  ASSERT_TRUE(log_.WaitFor("read a piece"));
  client.Send(DataFrame(1, "another"));
  ASSERT_TRUE(log_.WaitFor("read another"));
  EXPECT_THAT(log_.all(), Not(Contains("written")));
  client.OpenWindow(0, 2 * kMuch);
  client.OpenWindow(1, 2 * kMuch);
  EXPECT_TRUE(client.AwaitBody(1, kMuch));  // while the client sends nothing
  ASSERT_TRUE(log_.WaitFor("written"));
  client.Send(DataFrame(1, "", kEndStream));
  EXPECT_EQ(client.Await(1).body.size(), kMuch);
  ASSERT_TRUE(log_.WaitFor("over"));
}

TEST_F(Http2Streams, TellsBothDirectionsThatTheClientIsGone) {
  SetReadAndWrite(SIZE_MAX, kEndless);
  Start(Patient());
  Http2Client client(address());
  client.Send(PostFrame(1, "/script") + DataFrame(1, "a piece"));
  ASSERT_TRUE(log_.WaitFor("read a piece"));
  client.Send(NGHTTP2_RST_STREAM, 0, 1, frames::Number(NGHTTP2_CANCEL));
  ASSERT_TRUE(log_.WaitFor("over, cancelled"));
  EXPECT_TRUE(log_.WaitFor("reading failed: the client went away"));
  EXPECT_TRUE(log_.WaitFor("writing failed"));
}

TEST_F(Http2Streams, AReadThatIsLateDoesNotDisturbTheWriter) {
  SetReadAndWrite(kMuch, kBodyTimeout);
  config::Limits limits = Patient();
  limits.body_timeout = std::chrono::milliseconds(30);
  Start(limits);
  Http2Client client(address());
  client.Send(PostFrame(1, "/script"));
  ASSERT_TRUE(log_.WaitFor("reading failed: the body did not come within 30 ms"));
  client.OpenWindow(0, 2 * kMuch);
  client.OpenWindow(1, 2 * kMuch);
  EXPECT_EQ(client.Await(1).body.size(), kMuch);
}

TEST_F(Http2Streams, AWriteThatIsLateEndsBoth) {
  SetReadAndWrite(SIZE_MAX, kEndless);
  config::Limits limits = Patient();
  limits.idle_timeout = std::chrono::milliseconds(1000);
  Start(limits);
  Http2Client client(address());
  client.Send(PostFrame(1, "/script"));
  EXPECT_EQ(client.Await(1).reset, "CANCEL");
  ASSERT_TRUE(log_.WaitFor("over, cancelled"));
  EXPECT_TRUE(log_.WaitFor("writing failed"));
  EXPECT_TRUE(log_.WaitFor("reading failed: the client went away"));
}

TEST_F(Http2Streams, ReadingEndsWithTheReply) {
  SetScript([this](Exchange& exchange) { return EndWhileReading(exchange); });
  Start(Patient());
  Http2Client client(address());
  client.Send(PostFrame(1, "/script", {{"x-end", "finish"}}));
  EXPECT_EQ(client.Await(1).ToText(), "200 half and half");
  EXPECT_TRUE(log_.WaitFor("finished"));
  client.Send(PostFrame(3, "/script", {{"x-end", "abort"}}));
  EXPECT_EQ(client.Await(3).ToText(), "200 half reset INTERNAL_ERROR");
  EXPECT_TRUE(log_.WaitFor("aborted"));
  EXPECT_THAT(log_.all(), Contains("reading failed: the reply has ended").Times(2));
}

TEST_F(Http2Streams, AbortingWakesWhoeverWaitsToWrite) {
  SetReadAndWrite(SIZE_MAX, kEndless);
  Start(Patient());
  Http2Client client(address());
  client.Send(PostFrame(1, "/script"));
  EXPECT_TRUE(client.AwaitBody(1, kDefaultWindow));
  client.Send(DataFrame(1, "abort"));
  EXPECT_EQ(client.Await(1).reset, "INTERNAL_ERROR");
  ASSERT_TRUE(log_.WaitFor("writing failed"));
  ASSERT_TRUE(log_.WaitFor("over"));
}

TEST_F(Http2Streams, DoesNotInviteTheBodyWithinAReply) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    Signal read;
    Status status = co_await exchange.BeginReply(TextHead(), "begun");
    exchange.loop().Spawn(ReadOn(exchange, kEndless, read));
    co_await read.Wait();
    (void)co_await exchange.FinishReply(" and ended");
  });
  Start(Patient());
  Http2Client client(address());
  client.Send(PostFrame(1, "/script", {{"expect", "100-continue"}}));
  EXPECT_TRUE(client.AwaitBody(1, 5));
  client.Send(DataFrame(1, "hello", kEndStream));
  EXPECT_EQ(client.Await(1).ToText(), "200 begun and ended");
  EXPECT_EQ(client.response(1).informational, 0);
}

TEST_F(Http2Streams, ToldOfTheDrainWhoeverServesMayEnd) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    Signal drains;
    exchange.WatchDrain([](void* signal) { static_cast<Signal*>(signal)->Notify(); }, &drains);
    log_.Add("serving");
    Status status = co_await exchange.BeginReply(TextHead(), "until");
    co_await drains.Wait();
    EXPECT_TRUE(exchange.draining());
    (void)co_await exchange.FinishReply(" the drain");
  });
  Start(Patient());
  {
    Http2Client client(address());
    for (const int32_t id : {1, 3, 5}) client.Get(id, "/script");
    for (const int32_t id : {1, 3, 5}) EXPECT_TRUE(client.AwaitBody(id, 5));
    StopAccepting();
    for (const int32_t id : {1, 3, 5}) EXPECT_EQ(client.Await(id).ToText(), "200 until the drain");
    client.AwaitEnd();
  }
  WaitDrained();
}

// Many streams that each carry much, at once, both ways.
TEST_F(Http2Streams, ManyAtOnce) {
  SetScript([](Exchange& exchange) -> Task<void> {
    Status status = co_await exchange.BeginReply(TextHead(), {});
    for (;;) {
      Result<std::string_view> piece = co_await exchange.ReadBodyPiece(kEndless);
      if (!piece || piece->empty()) break;
      status = co_await exchange.WriteReply(*piece);
    }
    (void)co_await exchange.FinishReply({});
  });
  Start(Patient());
  Http2Client client(address());
  constexpr int32_t kStreams = 50;
  constexpr int kRounds = 40;
  const auto piece = [](int32_t stream, int round) {
    return std::string(1000, static_cast<char>('a' + (stream + round) % 26));
  };
  client.OpenWindow(0, 1 << 30);
  for (int32_t i = 0; i < kStreams; ++i) client.Send(PostFrame(2 * i + 1, "/script"));
  for (int round = 0; round < kRounds; ++round) {
    std::string frames;
    for (int32_t i = 0; i < kStreams; ++i) {
      frames += DataFrame(2 * i + 1, piece(i, round), round + 1 == kRounds ? kEndStream : 0);
    }
    client.Send(frames);
    for (int32_t i = 0; i < kStreams; ++i)
      ASSERT_TRUE(client.AwaitBody(2 * i + 1, 1000 * static_cast<size_t>(round + 1)));
  }
  for (int32_t i = 0; i < kStreams; ++i) {
    std::string whole;
    for (int round = 0; round < kRounds; ++round) whole += piece(i, round);
    EXPECT_EQ(client.Await(2 * i + 1).body, whole) << i;
  }
}

}  // namespace
}  // namespace dragoman::http
