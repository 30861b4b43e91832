// How replies end over HTTP/2 where the client, its window or the socket is in the way.
#include <gmock/gmock.h>

#include "http2_client.h"
#include "streams_fixture.h"

namespace dragoman::http {
namespace {

using Http2Endings = StreamsTest;

constexpr uint32_t kDefaultWindow = 65'535;

// SETTINGS_INITIAL_WINDOW_SIZE
std::string Window(uint32_t bytes) { return frames::Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, bytes); }

// An empty DATA frame needs no window.
TEST_F(Http2Endings, EndsAReplyWhileTheWindowIsShut) {
  SetScript([](Exchange& exchange) -> Task<void> {
    Status status = co_await exchange.BeginReply(TextHead(), "12345");
    status = co_await exchange.FinishReply({});
    EXPECT_TRUE(status.ok());
  });
  Start();
  Http2Client client(address(), Window(5));
  client.Settle();
  client.Get(1, "/script");
  EXPECT_EQ(client.Await(1).ToText(), "200 12345");
  client.Send(PostFrame(3, "/script"));  // whose own side is still open
  EXPECT_EQ(client.Await(3).ToText(), "200 12345");
  client.OpenWindow(3, 100);
  client.Send(DataFrame(3, "", kEndStream));
  client.Get(5, "/a");
  EXPECT_TRUE(client.AwaitBody(5, 5));
  client.OpenWindow(5, 100);
  EXPECT_EQ(client.Await(5).ToText(), "200 GET /a s none");
  // The connection's window, too.
  Http2Client shut(address(), Window(1 << 20));
  shut.Settle();
  shut.Get(1, "/big?65535");
  EXPECT_EQ(shut.Await(1).body.size(), kDefaultWindow);
  shut.Get(3, "/stream");
  EXPECT_TRUE(shut.AwaitFrame(NGHTTP2_HEADERS).is(NGHTTP2_HEADERS));
  shut.Settle();
  EXPECT_EQ(shut.response(3).ToText(), "unfinished");
  shut.OpenWindow(0, 11);  // "onetwothree", and nothing more
  EXPECT_EQ(shut.Await(3).ToText(), "200 onetwothree");
}

// A client that reads DATA and RST_STREAM at once may throw the former away.
TEST_F(Http2Endings, AnAbortedReplyIsReadBeforeItIsReset) {
  Start();
  Http2Client client(address());
  client.answers_pings = false;
  client.Get(1, "/abort");
  const Frame ping = client.AwaitFrame(NGHTTP2_PING);
  ASSERT_TRUE(ping.is(NGHTTP2_PING));
  EXPECT_EQ(client.response(1).body, "half");
  client.Settle();
  EXPECT_EQ(client.response(1).reset, "");
  client.Send(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, ping.payload);
  EXPECT_EQ(client.Await(1).ToText(), "200 half reset INTERNAL_ERROR");
  // Who does not answer is not waited for for long; a reply of which nothing came is reset at once.
  client.Get(3, "/abort");
  EXPECT_EQ(client.Await(3).ToText(), "200 half reset INTERNAL_ERROR");
  client.Get(5, "/silent");
  EXPECT_EQ(client.Await(5).ToText(), "reset INTERNAL_ERROR");
}

TEST_F(Http2Endings, RepliesBehindAFullSocketAreNotLostWhenItDrains) {
  Start();
  {
    Http2Client client(address(), Window(0x7fffffff), kLittle);
    client.OpenWindow(0, 0x7fffffff - kDefaultWindow);
    client.Settle();
    for (const int32_t id : {1, 3, 5}) client.Get(id, "/big?" + std::to_string(kMuch));
    ASSERT_TRUE(client.AwaitBody(1, 1));  // the rest does not fit into the socket
    StopAccepting();
    for (const int32_t id : {1, 3, 5}) {
      EXPECT_EQ(client.Await(id).body, std::string(kMuch, 'x'));
      EXPECT_TRUE(client.response(id).ended);
    }
    EXPECT_EQ(client.AwaitEnd(), "goaway 2147483647 NO_ERROR, goaway 5 NO_ERROR, closed");
  }
  WaitDrained();
}

}  // namespace
}  // namespace dragoman::http
