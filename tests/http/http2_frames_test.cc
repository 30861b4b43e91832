// What RFC 9113 says of each frame, played by hand; h2spec's list, and more.
#include "frame_cases.h"

namespace dragoman::http {
namespace {

using frames::Block;
using frames::FrameBytes;
using frames::Headers;
using frames::Number;
using frames::Setting;

using Http2Frames = FrameCases;

constexpr uint8_t kPadded = NGHTTP2_FLAG_PADDED;
constexpr uint8_t kPriorityFlag = NGHTTP2_FLAG_PRIORITY;

std::string HeadersFrame(int32_t id, uint8_t flags, std::string_view payload) {
  return FrameBytes(NGHTTP2_HEADERS, flags, id, payload);
}
std::string Continuation(int32_t id, uint8_t flags, std::string_view payload) {
  return FrameBytes(NGHTTP2_CONTINUATION, flags, id, payload);
}
std::string RstStream(int32_t id) { return FrameBytes(NGHTTP2_RST_STREAM, 0, id, Number(NGHTTP2_CANCEL)); }
std::string WindowUpdate(int32_t id, uint32_t bytes) { return FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, id, Number(bytes)); }
std::string Settings(std::string_view entries, uint8_t flags = 0, int32_t id = 0) {
  return FrameBytes(NGHTTP2_SETTINGS, flags, id, entries);
}
std::string Priority(int32_t id, uint32_t depends_on) {
  return FrameBytes(NGHTTP2_PRIORITY, 0, id, Number(depends_on) + "\x0f");
}

std::string RequestBlock(std::string_view path = "/a") { return Block(RequestFields("GET", path)); }

const std::string kEchoA = "200 GET /a s none";

// The handler waits for something that does not come.
std::string Hanging(int32_t id) { return GetFrame(id, "/hang"); }

TEST_F(Http2Frames, StreamStates) {
  Start();
  Play({
      Ends("DATA on an idle stream", "RFC 9113 5.1", DataFrame(1, "x"), "PROTOCOL_ERROR"),
      Ends("RST_STREAM on an idle stream", "RFC 9113 5.1", RstStream(1), "PROTOCOL_ERROR"),
      Ends("WINDOW_UPDATE on an idle stream", "RFC 9113 5.1", WindowUpdate(1, 100), "PROTOCOL_ERROR"),
      Ends("CONTINUATION on an idle stream", "RFC 9113 5.1", Continuation(1, kEndHeaders, RequestBlock()),
           "PROTOCOL_ERROR"),
      Ignores("PRIORITY on an idle stream", "RFC 9113 5.1", Priority(1, 0)),
      Ends("DATA on a half-closed stream", "RFC 9113 5.1", Hanging(1) + DataFrame(1, "x"), "STREAM_CLOSED"),
      Ends("HEADERS on a half-closed stream", "RFC 9113 5.1", Hanging(1) + HeadersFrame(1, kEndBoth, RequestBlock()),
           "STREAM_CLOSED"),
      Ends("CONTINUATION on a half-closed stream", "RFC 9113 5.1",
           Hanging(1) + Continuation(1, kEndHeaders, RequestBlock()), "PROTOCOL_ERROR"),
      Ends("DATA behind RST_STREAM", "RFC 9113 5.1", PostFrame(1, "/hang") + RstStream(1) + DataFrame(1, "x"),
           "STREAM_CLOSED"),
      Ends("HEADERS behind RST_STREAM", "RFC 9113 5.1",
           PostFrame(1, "/hang") + RstStream(1) + HeadersFrame(1, kEndBoth, RequestBlock()), "STREAM_CLOSED"),
      Ends("CONTINUATION behind RST_STREAM", "RFC 9113 5.1",
           PostFrame(1, "/hang") + RstStream(1) + Continuation(1, kEndHeaders, RequestBlock()), "PROTOCOL_ERROR"),
      Ignores("WINDOW_UPDATE, PRIORITY and RST_STREAM behind RST_STREAM", "RFC 9113 5.1",
              Hanging(1) + RstStream(1) + WindowUpdate(1, 1) + Priority(1, 0) + RstStream(1)),
  });
}

TEST_F(Http2Frames, StreamIdentifiers) {
  Start();
  Play({
      Ends("an even one", "RFC 9113 5.1.1", GetFrame(2, "/a"), "PROTOCOL_ERROR"),
      Ends("HEADERS on stream 0", "RFC 9113 6.2", GetFrame(0, "/a"), "PROTOCOL_ERROR"),
      Ends("DATA on stream 0", "RFC 9113 6.1", DataFrame(0, "x"), "PROTOCOL_ERROR"),
      Ends("PRIORITY on stream 0", "RFC 9113 6.3", Priority(0, 1), "PROTOCOL_ERROR"),
      Ends("RST_STREAM on stream 0", "RFC 9113 6.4", RstStream(0), "PROTOCOL_ERROR"),
      Ends("CONTINUATION on stream 0", "RFC 9113 6.10",
           HeadersFrame(1, 0, RequestBlock()) + Continuation(0, kEndHeaders, ""), "PROTOCOL_ERROR"),
      Ends("SETTINGS on a stream", "RFC 9113 6.5", Settings("", 0, 1), "PROTOCOL_ERROR"),
      Ends("PING on a stream", "RFC 9113 6.7", FrameBytes(NGHTTP2_PING, 0, 1, "12345678"), "PROTOCOL_ERROR"),
      Ends("GOAWAY on a stream", "RFC 9113 6.8", FrameBytes(NGHTTP2_GOAWAY, 0, 1, Number(0) + Number(0)),
           "PROTOCOL_ERROR"),
      // nghttp2 cannot tell it from trailers of a stream that it has reset, and passes over it.
      {"a smaller one",
       "RFC 9113 5.1.1",
       GetFrame(5, "/a") + GetFrame(3, "/b"),
       {"5: 200 GET /a s none"},
       {"GET /a s none"}},
  });
}

TEST_F(Http2Frames, SizesOfFrames) {
  Start();
  const std::string large(16'385, 'x');
  Play({
      {"DATA as large as may be",
       "RFC 9113 4.2",
       PostFrame(1, "/pieces") + DataFrame(1, std::string(16'384, 'x'), kEndStream),
       {"1: 200 16384 " + std::string(40, 'x')}},
      Ends("DATA that are larger", "RFC 9113 4.2", PostFrame(1, "/hang") + DataFrame(1, large), "FRAME_SIZE_ERROR"),
      Ends("HEADERS that are larger", "RFC 9113 4.2", HeadersFrame(1, kEndBoth, large), "FRAME_SIZE_ERROR"),
      Ends("a frame of unknown type that is larger", "RFC 9113 4.2", FrameBytes(0xfe, 0, 0, large), "FRAME_SIZE_ERROR"),
      Ends("PRIORITY of four bytes", "RFC 9113 6.3", FrameBytes(NGHTTP2_PRIORITY, 0, 1, "1234"), "FRAME_SIZE_ERROR"),
      Ends("RST_STREAM of three bytes", "RFC 9113 6.4", Hanging(1) + FrameBytes(NGHTTP2_RST_STREAM, 0, 1, "123"),
           "FRAME_SIZE_ERROR"),
      Ends("SETTINGS of five bytes", "RFC 9113 6.5", Settings("12345"), "FRAME_SIZE_ERROR"),
      Ends("an acknowledgement of SETTINGS with a payload", "RFC 9113 6.5", Settings("123456", NGHTTP2_FLAG_ACK),
           "FRAME_SIZE_ERROR"),
      Ends("PING of six bytes", "RFC 9113 6.7", FrameBytes(NGHTTP2_PING, 0, 0, "123456"), "FRAME_SIZE_ERROR"),
      Ends("GOAWAY of seven bytes", "RFC 9113 6.8", FrameBytes(NGHTTP2_GOAWAY, 0, 0, "1234567"), "FRAME_SIZE_ERROR"),
      Ends("WINDOW_UPDATE of three bytes", "RFC 9113 6.9", FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 0, "123"),
           "FRAME_SIZE_ERROR"),
      Ends("HEADERS too short for their priority", "RFC 9113 6.2", HeadersFrame(1, kEndBoth | kPriorityFlag, "1234"),
           "FRAME_SIZE_ERROR"),
      Ends("HEADERS without room for the padding's length", "RFC 9113 6.2", HeadersFrame(1, kEndBoth | kPadded, ""),
           "PROTOCOL_ERROR"),
  });
}

TEST_F(Http2Frames, HeadersAndContinuation) {
  Start();
  const std::string block = RequestBlock();
  const std::string begin = block.substr(0, 10);
  const std::string rest = block.substr(10);
  std::string one_by_one = HeadersFrame(1, kEndStream, block.substr(0, 40));
  for (size_t at = 40; at < block.size(); ++at)
    one_by_one += Continuation(1, at + 1 == block.size() ? kEndHeaders : 0, block.substr(at, 1));
  Play({
      Answers("in two frames", "RFC 9113 6.10", HeadersFrame(1, kEndStream, begin) + Continuation(1, kEndHeaders, rest),
              kEchoA),
      Answers("in empty ones", "RFC 9113 6.10",
              HeadersFrame(1, kEndStream, "") + Continuation(1, 0, "") + Continuation(1, 0, block) +
                  Continuation(1, kEndHeaders, ""),
              kEchoA),
      Answers("a byte each", "RFC 9113 6.10", one_by_one, kEchoA),
      Answers("padded", "RFC 9113 6.2", HeadersFrame(1, kEndBoth | kPadded, "\x05" + block + std::string(5, '\0')),
              kEchoA),
      Answers("with a priority", "RFC 9113 6.2", HeadersFrame(1, kEndBoth | kPriorityFlag, Number(0) + "\x0f" + block),
              kEchoA),
      Answers("with flags that mean nothing", "RFC 9113 4.1", HeadersFrame(1, kEndBoth | 0xd2, block), kEchoA),
      Ends("padded more than there is", "RFC 9113 6.2", HeadersFrame(1, kEndBoth | kPadded, "\xff" + block),
           "PROTOCOL_ERROR"),
      Ends("another frame within a block", "RFC 9113 6.2",
           HeadersFrame(1, kEndStream, begin) + FrameBytes(NGHTTP2_PING, 0, 0, "12345678"), "PROTOCOL_ERROR"),
      Ends("HEADERS of another stream within a block", "RFC 9113 6.2",
           HeadersFrame(1, kEndStream, begin) + GetFrame(3, "/b"), "PROTOCOL_ERROR"),
      Ends("CONTINUATION of another stream", "RFC 9113 6.10",
           HeadersFrame(1, kEndStream, begin) + Continuation(3, kEndHeaders, rest), "PROTOCOL_ERROR"),
      Ends("CONTINUATION behind a block's end", "RFC 9113 6.10",
           PostFrame(1, "/hang") + Continuation(1, kEndHeaders, ""), "PROTOCOL_ERROR"),
      Ends("an unknown frame within a block", "RFC 9113 5.5",
           HeadersFrame(1, kEndStream, begin) + FrameBytes(0xfe, 0, 0, "12345678"), "PROTOCOL_ERROR"),
      Ends("that depend on themselves", "RFC 7540 5.3.1",
           HeadersFrame(1, kEndBoth | kPriorityFlag, Number(1) + "\x0f" + block), "PROTOCOL_ERROR"),
      Ends("PRIORITY that depends on itself", "RFC 7540 5.3.1", Priority(1, 1), "PROTOCOL_ERROR"),
      Ends("PUSH_PROMISE", "RFC 9113 6.6",
           Hanging(1) + FrameBytes(NGHTTP2_PUSH_PROMISE, kEndHeaders, 1, Number(2) + block), "PROTOCOL_ERROR"),
  });
}

TEST_F(Http2Frames, Data) {
  Start();
  const auto post = [](const std::string& frames) { return PostFrame(1, "/a") + frames; };
  const std::string echo = "200 POST /a s [hello]";
  Play({
      Answers("in one frame", "RFC 9113 6.1", post(DataFrame(1, "hello", kEndStream)), echo),
      Answers("in several, some of them empty", "RFC 9113 6.1",
              post(DataFrame(1, "") + DataFrame(1, "hel") + DataFrame(1, "") + DataFrame(1, "lo") +
                   DataFrame(1, "", kEndStream)),
              echo),
      Answers("padded", "RFC 9113 6.1", post(DataFrame(1, std::string("\3hello\0\0\0", 9), kPadded | kEndStream)),
              echo),
      Answers("of nothing but padding", "RFC 9113 6.1",
              post(DataFrame(1, std::string("\3\0\0\0", 4), kPadded) + DataFrame(1, "hello", kEndStream)), echo),
      Answers("of nothing at all", "RFC 9113 8.1", post(DataFrame(1, "", kEndStream)), "200 POST /a s none"),
      Ends("padded more than there is", "RFC 9113 6.1",
           PostFrame(1, "/hang") + DataFrame(1, "\x06hello", kPadded | kEndStream), "PROTOCOL_ERROR"),
      Answers("of a request that says how many", "RFC 9113 8.1.1",
              PostFrame(1, "/a", {{"content-length", "5"}}) + DataFrame(1, "hel") + DataFrame(1, "lo", kEndStream),
              echo),
  });
}

TEST_F(Http2Frames, BodiesThatAreNotWhatTheirLengthSays) {
  Start();
  const auto post = [](const std::string& length, const std::string& rest) {
    return PostFrame(1, "/a", {{"content-length", length}}) + rest;
  };
  const std::string get = HeadersFrame(1, kEndBoth, Block(RequestFields("GET", "/a", {{"content-length", "1"}})));
  std::vector<FrameCase> cases = {
      Resets("less", "RFC 9113 8.1.1", post("6", DataFrame(1, "hello", kEndStream)), "PROTOCOL_ERROR"),
      Resets("more", "RFC 9113 8.1.1", post("4", DataFrame(1, "hello", kEndStream)), "PROTOCOL_ERROR"),
      Resets("more in several frames", "RFC 9113 8.1.1",
             post("4", DataFrame(1, "hel") + DataFrame(1, "lo", kEndStream)), "PROTOCOL_ERROR"),
      Resets("none, before trailers", "RFC 9113 8.1.1", post("4", HeadersFrame(1, kEndBoth, Block({{"x-t", "1"}}))),
             "PROTOCOL_ERROR"),
      Resets("none at all", "RFC 9113 8.1.1", get, "PROTOCOL_ERROR"),
  };
  for (FrameCase& c : cases) {
    if (c.name != "none at all") c.seen = {"POST /a broken"};
  }
  Play(cases);
}

TEST_F(Http2Frames, Trailers) {
  Start();
  const auto post = [](const Headers& trailers, uint8_t flags = kEndBoth) {
    return PostFrame(1, "/a") + DataFrame(1, "hello") + HeadersFrame(1, flags, Block(trailers));
  };
  FrameCase too_long = Answers("too long", "RFC 9110 6.5", post({{"x-checksum", std::string(9000, 'x')}}),
                               "431 HEADERS_TOO_LARGE the trailers are longer than 8192 bytes");
  too_long.seen = {"POST /a broken"};
  std::vector<FrameCase> malformed = {
      Resets("that do not end the stream", "RFC 9113 8.1", post({{"x-checksum", "1"}}, kEndHeaders), "PROTOCOL_ERROR"),
      Resets("with a pseudo-header", "RFC 9113 8.3", post({{":method", "GET"}}), "PROTOCOL_ERROR"),
      Resets("in upper case", "RFC 9113 8.2.1", post({{"X-Checksum", "1"}}), "PROTOCOL_ERROR"),
      Resets("of a connection", "RFC 9113 8.2.2", post({{"connection", "close"}}), "PROTOCOL_ERROR"),
  };
  for (FrameCase& c : malformed) c.seen = {"POST /a broken"};
  Play({Answers("dropped", "RFC 9110 6.5.1", post({{"x-checksum", "1"}}), "200 POST /a s [hello]"), too_long});
  Play(malformed);
}

TEST_F(Http2Frames, SettingsPingAndGoaway) {
  Start();
  const std::string request = GetFrame(1, "/a");
  Play({
      Ends("ENABLE_PUSH of 2", "RFC 9113 6.5.2", Settings(Setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 2)), "PROTOCOL_ERROR"),
      Ends("INITIAL_WINDOW_SIZE of 2^31", "RFC 9113 6.5.2",
           Settings(Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1u << 31)), "FLOW_CONTROL_ERROR"),
      Ends("MAX_FRAME_SIZE of 16383", "RFC 9113 6.5.2", Settings(Setting(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'383)),
           "PROTOCOL_ERROR"),
      Ends("MAX_FRAME_SIZE of 2^24", "RFC 9113 6.5.2", Settings(Setting(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1u << 24)),
           "PROTOCOL_ERROR"),
      Answers("a setting that nobody knows", "RFC 9113 6.5.2", Settings(Setting(0xff, 1)) + request, kEchoA),
      Answers("the same setting twice", "RFC 9113 6.5.3",
              Settings(Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1) +
                       Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 100)) +
                  request,
              kEchoA),
      Ends("an acknowledgement of nothing", "RFC 9113 6.5.3",
           Settings("", NGHTTP2_FLAG_ACK) + Settings("", NGHTTP2_FLAG_ACK), "PROTOCOL_ERROR"),
      Ignores("an answer to no PING", "RFC 9113 6.7", FrameBytes(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "invalid!")),
      Answers("a frame of unknown type", "RFC 9113 5.5", FrameBytes(0xfe, 0xff, 1, "whatever") + request, kEchoA),
      Answers("the reserved bit of a stream's id", "RFC 9113 4.1",
              HeadersFrame(static_cast<int32_t>(0x80000001), kEndBoth, RequestBlock()), kEchoA),
      Answers("the reserved bit of WINDOW_UPDATE", "RFC 9113 6.9", WindowUpdate(0, 0x80000001) + request, kEchoA),
      Ends("GOAWAY with a higher stream than before", "RFC 9113 6.8",
           Hanging(1) + FrameBytes(NGHTTP2_GOAWAY, 0, 0, Number(2) + Number(0)) +
               FrameBytes(NGHTTP2_GOAWAY, 0, 0, Number(4) + Number(0)),
           "PROTOCOL_ERROR"),
  });
}

TEST_F(Http2Frames, Windows) {
  Start();
  Play({
      Ends("of the connection, opened by nothing", "RFC 9113 6.9", WindowUpdate(0, 0), "PROTOCOL_ERROR"),
      Ends("of a stream, opened by nothing", "RFC 9113 6.9", Hanging(1) + WindowUpdate(1, 0), "PROTOCOL_ERROR"),
      Ends("of the connection, over 2^31-1", "RFC 9113 6.9.1",
           WindowUpdate(0, 0x7fffffff) + WindowUpdate(0, 0x7fffffff), "FLOW_CONTROL_ERROR"),
      Resets("of a stream, over 2^31-1", "RFC 9113 6.9.1",
             Hanging(1) + WindowUpdate(1, 0x7fffffff) + WindowUpdate(1, 0x7fffffff), "FLOW_CONTROL_ERROR"),
      // The RFC would have the connection end; nghttp2 ends the stream.
      Resets("of a stream, by SETTINGS over 2^31-1", "RFC 9113 6.9.2",
             Hanging(1) + WindowUpdate(1, 0x7fffffff - 65'535) +
                 Settings(Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65'536)),
             "FLOW_CONTROL_ERROR"),
  });
}

TEST_F(Http2Frames, Preface) {
  Start();
  const struct {
    const char* name;
    std::string bytes;
    std::string end;
  } kCases[] = {
      {"SETTINGS missing", GetFrame(1, "/a"), "goaway 0 PROTOCOL_ERROR, closed"},
      {"PING first", FrameBytes(NGHTTP2_PING, 0, 0, "12345678"), "goaway 0 PROTOCOL_ERROR, closed"},
      {"an acknowledgement first", Settings("", NGHTTP2_FLAG_ACK), "goaway 0 PROTOCOL_ERROR, closed"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    Http2Client client(address(), Http2Client::Silent());
    client.Send(std::string(kPreface) + c.bytes);
    EXPECT_EQ(client.AwaitEnd(), c.end);
  }
  // What differs from it is a request of HTTP/1.
  for (const char* bytes : {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(RoundTrip(bytes)), 505) << bytes;
  }
  EXPECT_EQ(BodyOf(RoundTrip("PRIX / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")), "PRIX / s none");
}

}  // namespace
}  // namespace dragoman::http
