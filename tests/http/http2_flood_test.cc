// Clients that cost more than they ask for: each is bounded, ended with its code, and counted.
#include <gmock/gmock.h>

#include "http/flood_guard.h"
#include "http2_client.h"

namespace dragoman::http {
namespace {

using frames::Block;
using frames::FrameBytes;
using frames::Integer;
using frames::Literal;
using frames::Number;
using frames::Setting;
using testing::Contains;
using testing::Not;

std::string Repeated(const std::string& frame, size_t count) {
  std::string storm;
  storm.reserve(frame.size() * count);
  for (size_t i = 0; i < count; ++i) storm += frame;
  return storm;
}

std::string Rst(int32_t id) { return FrameBytes(NGHTTP2_RST_STREAM, 0, id, Number(NGHTTP2_CANCEL)); }

class Http2Floods : public ServerTest {
 protected:
  // Somebody else's connection is served before and afterwards.
  void ExpectEnd(const char* name, std::string_view storm, std::string_view code, Misconduct counted,
                 std::string_view settings = {}) {
    SCOPED_TRACE(name);
    Http2Client neighbour(address());
    neighbour.Get(1, "/a");
    EXPECT_EQ(neighbour.Await(1).ToText(), "200 GET /a s none");
    const auto count = [this, counted] { return counters().misconduct[static_cast<size_t>(counted)].Get(); };
    const uint64_t before = count();
    Http2Client client(address(), settings);
    client.Settle();
    client.Send(storm);
    client.AwaitEnd();
    EXPECT_THAT(client.events(), Contains("goaway " + std::string(code)));
    EXPECT_EQ(client.events().back(), "closed");
    EXPECT_EQ(count(), before + 1);
    neighbour.Get(3, "/b");
    EXPECT_EQ(neighbour.Await(3).ToText(), "200 GET /b s none");
  }
  void ExpectPasses(const char* name, std::string_view storm) {
    SCOPED_TRACE(name);
    Http2Client client(address());
    client.Settle();
    client.Send(storm);
    client.Get(0x7fffffff, "/a");
    EXPECT_EQ(client.Await(0x7fffffff).ToText(), "200 GET /a s none");
    EXPECT_THAT(client.goaways(), testing::IsEmpty());
  }
};

TEST_F(Http2Floods, OfFramesThatAskForNothing) {
  Start();
  const std::string ping = FrameBytes(NGHTTP2_PING, 0, 0, "12345678");
  const std::string settings = FrameBytes(NGHTTP2_SETTINGS, 0, 0, Setting(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'384));
  const std::string priority = FrameBytes(NGHTTP2_PRIORITY, 0, 1, std::string(5, '\0'));
  const std::string update = FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 0, Number(1));
  const std::string empty = DataFrame(1, "");
  const std::string padding = DataFrame(1, std::string("\3\0\0\0", 4), NGHTTP2_FLAG_PADDED);
  constexpr size_t kSome = 900;  // what a lively client might send
  constexpr size_t kMany = 3000;
  const std::string post = PostFrame(1, "/hang");
  for (const auto& [name, before, frame] :
       std::vector<std::tuple<const char*, std::string, std::string>>{{"PING", "", ping},
                                                                      {"PRIORITY", "", priority},
                                                                      {"WINDOW_UPDATE", "", update},
                                                                      {"SETTINGS", "", settings},
                                                                      {"empty DATA", post, empty},
                                                                      {"DATA of padding", post, padding}}) {
    ExpectPasses(name, before + Repeated(frame, kSome));
    ExpectEnd(name, before + Repeated(frame, kMany), "ENHANCE_YOUR_CALM", Misconduct::kFrames);
  }
  ExpectEnd("acknowledgements of nothing", Repeated(FrameBytes(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""), 2),
            "PROTOCOL_ERROR", Misconduct::kProtocol);
  ExpectEnd("SETTINGS of many entries", FrameBytes(NGHTTP2_SETTINGS, 0, 0, Repeated(Setting(0xff, 1), 1000)),
            "ENHANCE_YOUR_CALM", Misconduct::kFrames);
  const std::string unknown = FrameBytes(0xfe, 0, 0, "whatever");
  ExpectPasses("unknown frames", Repeated(unknown, kMany));
  ExpectEnd("unknown frames", Repeated(unknown, 100'000), "ENHANCE_YOUR_CALM", Misconduct::kFrames);
}

// Two WINDOW_UPDATEs for each 4 KiB, as fast as they come.
TEST(FloodGuardTest, ADownloadOfManyGigabytesIsNoFlood) {
  constexpr size_t kPiece = 4096;
  constexpr size_t kUpdates = 2 * 13;  // bytes
  const TimePoint now = Clock::now();  // time makes good for nothing
  FloodGuard guard;
  for (size_t bytes = 0; bytes < (size_t{8} << 30); bytes += kPiece) {
    guard.ContentLeft(kPiece);
    ASSERT_TRUE(guard.TakeFrame(now) && guard.TakeFrame(now) && guard.TakeIdleBytes(kUpdates)) << bytes;
  }
  // Without the download they are one.
  uint32_t taken = 0;
  while (guard.TakeFrame(now)) ++taken;
  EXPECT_LE(taken, FloodGuard::kFrames);
}

TEST_F(Http2Floods, AWindowThatOpensInSmallStepsIsNone) {
  Start();
  Http2Client client(address(), Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1024));
  client.Settle();
  constexpr size_t kSize = 2 << 20;
  client.Get(1, "/big?" + std::to_string(kSize));
  for (size_t read = 0; read < kSize;) {  // some 4000 WINDOW_UPDATEs
    const Frame frame = client.Read();
    ASSERT_FALSE(frame.is(0xff)) << read;
    if (!frame.is(NGHTTP2_DATA)) continue;
    read += frame.payload.size();
    const std::string bytes = Number(static_cast<uint32_t>(frame.payload.size()));
    client.Send(FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 0, bytes) + FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 1, bytes));
  }
  EXPECT_EQ(client.response(1).body, std::string(kSize, 'x'));
  EXPECT_THAT(client.goaways(), testing::IsEmpty());
}

TEST_F(Http2Floods, OfContinuations) {
  Start();
  const std::string head = FrameBytes(NGHTTP2_HEADERS, kEndStream, 1, Block(RequestFields("GET", "/a")));
  const std::string some = FrameBytes(NGHTTP2_CONTINUATION, 0, 1, Block({{"x", "y"}}));
  const std::string last = FrameBytes(NGHTTP2_CONTINUATION, kEndHeaders, 1, "");
  ExpectPasses("some", head + Repeated(some, 20) + last);
  ExpectEnd("many", head + Repeated(some, 1000), "ENHANCE_YOUR_CALM", Misconduct::kHeaders);
  ExpectEnd("many empty ones", head + Repeated(FrameBytes(NGHTTP2_CONTINUATION, 0, 1, ""), 1000), "ENHANCE_YOUR_CALM",
            Misconduct::kHeaders);
  // Of a block that is passed over: trailers of a stream that was reset.
  const std::string dead =
      PostFrame(1, "/a", {{"bad name", "1"}}) + GetFrame(3, "/hang") + FrameBytes(NGHTTP2_HEADERS, 0, 1, "");
  ExpectEnd("many that are ignored", dead + Repeated(FrameBytes(NGHTTP2_CONTINUATION, 0, 1, ""), 1000),
            "ENHANCE_YOUR_CALM", Misconduct::kHeaders);
  EXPECT_THAT(log_.all(), Not(Contains("serve GET /x")));
}

TEST_F(Http2Floods, OfHeaders) {
  Start();
  // An entry of nearly the whole table, named again and again: a byte is 4 KiB.
  const std::string request =
      std::string("\x82\x86") + Integer(0, 4, 4) + Literal("/a") + Integer(0, 4, 1) + Literal("s");
  const std::string entry = Integer(0x40, 6, 0) + Literal("x") + Literal(std::string(4000, 'v'));
  const auto bomb = [&](size_t times) {
    return FrameBytes(NGHTTP2_HEADERS, kEndBoth, 1, request + entry + std::string(times, '\xbe'));
  };
  {
    Http2Client client(address());
    client.Send(bomb(20));
    EXPECT_EQ(client.Await(1).ToText(), "431 HEADERS_TOO_LARGE the headers are longer than 32768 bytes");
  }
  ExpectEnd("an HPACK bomb", bomb(10'000), "ENHANCE_YOUR_CALM", Misconduct::kHeaders);
  const std::string in_trailers =
      PostFrame(1, "/hang") + FrameBytes(NGHTTP2_HEADERS, kEndBoth, 1, entry + std::string(10'000, '\xbe'));
  ExpectEnd("an HPACK bomb in trailers", in_trailers, "ENHANCE_YOUR_CALM", Misconduct::kHeaders);
}

TEST_F(Http2Floods, OfResets) {
  Start();
  const auto resets = [](int count) {  // CVE-2023-44487
    std::string storm;
    for (int i = 0; i < count; ++i) storm += GetFrame(2 * i + 1, "/hang") + Rst(2 * i + 1);
    return storm;
  };
  ExpectPasses("some", resets(400));
  ExpectEnd("many", resets(2000), "ENHANCE_YOUR_CALM", Misconduct::kResets);
}

TEST_F(Http2Floods, OfStreamsThatAreBroken) {
  Start();
  // CVE-2025-8671: it is we who reset them.
  const std::pair<const char*, std::string (*)(int32_t)> kBroken[] = {
      {"malformed",
       [](int32_t id) {
         return GetFrame(id, "/hang", {{"Bad", "1"}});
       }},
      {"window over 2^31-1",
       [](int32_t id) { return GetFrame(id, "/hang") + FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, id, Number(0x7fffffff)); }},
      {"content-length",
       [](int32_t id) {
         return PostFrame(id, "/hang", {{"content-length", "5"}}) + DataFrame(id, "x", kEndStream);
       }},
      {"trailers that do not end it",
       [](int32_t id) {
         return PostFrame(id, "/hang") + FrameBytes(NGHTTP2_HEADERS, kEndHeaders, id, Block({{"x", "y"}}));
       }},
  };
  for (const auto& [name, frames_of] : kBroken) {
    SCOPED_TRACE(name);
    Http2Client client(address());
    const uint64_t before = counters().misconduct[static_cast<size_t>(Misconduct::kResets)].Get();
    int32_t id = 1;
    for (; id < 10'000 && client.goaways().empty(); id += 20) {  // some at a time: they must not be too many at once
      std::string storm;
      for (int32_t each = id; each < id + 20; each += 2) storm += frames_of(each);
      client.Send(storm);
      client.Settle();
    }
    EXPECT_THAT(client.events(), Contains("goaway ENHANCE_YOUR_CALM"));
    EXPECT_GT(id, 800) << "some are forgiven";
    EXPECT_EQ(counters().misconduct[static_cast<size_t>(Misconduct::kResets)].Get(), before + 1);
  }
}

TEST_F(Http2Floods, ResetsAreMadeGoodByRequestsThatEnd) {
  Start();
  Http2Client client(address());
  int32_t id = 1;
  for (int i = 0; i < 1000; ++i) {
    client.Send(GetFrame(id, "/hang") + Rst(id) + GetFrame(id + 2, "/a"));
    ASSERT_EQ(client.Await(id + 2).ToText(), "200 GET /a s none") << i;
    id += 4;
  }
}

TEST_F(Http2Floods, OfStreamsAtOnce) {
  config::Limits limits;
  limits.max_concurrent_streams = 10;
  Start(limits);
  const auto hanging = [](int count) {
    std::string storm;
    for (int i = 0; i < count; ++i) storm += GetFrame(2 * i + 1, "/hang");
    return storm;
  };
  {
    // Before the client can know of the limit.
    Http2Client client(address(), Http2Client::Silent());
    client.Send(std::string(kPreface) + FrameBytes(NGHTTP2_SETTINGS, 0, 0, "") + hanging(11));
    EXPECT_EQ(client.Await(21).ToText(), "reset REFUSED_STREAM");
  }
  ExpectEnd("more than it was told", hanging(11), "PROTOCOL_ERROR", Misconduct::kProtocol);
}

// A handler that does not end when it is cancelled.
TEST_F(Http2Floods, StreamsThatWereResetCountUntilTheirHandlersReturn) {
  config::Limits limits;
  limits.max_concurrent_streams = 10;
  Start(limits);
  Http2Client client(address());
  client.Settle();
  for (int32_t id = 1; id < 20; id += 2) client.Get(id, "/stubborn");
  ASSERT_TRUE(log_.WaitFor("stubborn 10"));
  for (int32_t id = 1; id < 20; id += 2) client.Send(Rst(id));
  client.Get(21, "/a");
  EXPECT_EQ(client.Await(21).ToText(), "reset REFUSED_STREAM");
  EXPECT_EQ(counters().refused_streams.Get(), 1u);
  OnLoop([this] { ReleaseStubborn(); });
  client.Get(23, "/a");
  EXPECT_EQ(client.Await(23).ToText(), "200 GET /a s none");
}

TEST_F(Http2Floods, OfWhatIsNotRead) {
  Start();
  // A client that reads nothing: answers queue up until the socket is full, and then no further.
  Http2Client client(address(), Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7fffffff), 4096);
  client.OpenWindow(0, 0x7fffffff - 65'535);
  client.Get(1, "/endless");
  ASSERT_TRUE(log_.WaitFor("endless begun"));
  const std::string ping = FrameBytes(NGHTTP2_PING, 0, 0, "12345678");
  std::string storm;
  for (int i = 0; i < 200; ++i)
    storm += Repeated(ping, 10) + GetFrame(2 * i + 3, "/a");  // requests make good for frames
  client.Send(storm);
  EXPECT_TRUE(log_.WaitFor("endless ended"));
}

}  // namespace
}  // namespace dragoman::http
