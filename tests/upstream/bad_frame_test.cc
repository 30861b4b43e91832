// Frames that HTTP/2 forbids (RFC 9113): those of one stream, and those that break the connection.
#include "misbehaviour.h"

namespace dragoman::upstream {
namespace {

constexpr Reason kProtocol = Reason::kBackendProtocolError;
constexpr uint8_t kEndHeaders = NGHTTP2_FLAG_END_HEADERS;
constexpr uint8_t kEndStream = NGHTTP2_FLAG_END_STREAM;
const Headers kHead = {{":status", "200"}, {"content-type", "application/grpc"}};

FrameServer::Handler Resets(uint32_t code) {
  return [=](FrameConnection& connection, FrameConnection::Request& request) { connection.Reset(request.id, code); };
}

// HEADERS as they are.
FrameServer::Handler Answers(Headers headers, uint8_t flags = kEndHeaders) {
  return [=](FrameConnection& connection, FrameConnection::Request& request) {
    connection.RawHeaders(request.id, headers, flags);
  };
}

// The head of a reply, then that frame on its stream.
FrameServer::Handler Then(uint8_t type, uint8_t flags, std::string payload) {
  return [=](FrameConnection& connection, FrameConnection::Request& request) {
    connection.RawHeaders(request.id, kHead);
    connection.Frame(type, flags, request.id, payload);
  };
}

// A frame on that stream, or on the call's own.
constexpr int32_t kItsOwn = -1;
FrameServer::Handler Throws(uint8_t type, uint8_t flags, int32_t id, std::string payload) {
  return [=](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Frame(type, flags, id == kItsOwn ? request.id : id, payload);
  };
}

FrameServer::Handler ThrowsMany(size_t count, std::string frame) {
  return [=](FrameConnection& connection, FrameConnection::Request&) {
    std::string storm;
    for (size_t i = 0; i < count; ++i) storm += frame;
    connection.Raw(storm);
  };
}

std::string Number(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string Setting(uint16_t id, uint32_t value) {
  return std::string{static_cast<char>(id >> 8), static_cast<char>(id)} + Number(value);
}

class BadFrameTest : public MisbehaviourTest {};

TEST_F(BadFrameTest, ResetsEndTheirCall) {
  const auto reset = [](const std::string& code) { return "backend \"shop\" reset the stream with " + code; };
  const std::vector<Misdeed> kMisdeeds = {
      {"NO_ERROR", Resets(NGHTTP2_NO_ERROR), Code::kInternal, kProtocol, reset("NO_ERROR")},
      {"PROTOCOL_ERROR", Resets(NGHTTP2_PROTOCOL_ERROR), Code::kInternal, kProtocol, reset("PROTOCOL_ERROR")},
      {"INTERNAL_ERROR", Resets(NGHTTP2_INTERNAL_ERROR), Code::kInternal, kProtocol, reset("INTERNAL_ERROR")},
      {"FLOW_CONTROL_ERROR", Resets(NGHTTP2_FLOW_CONTROL_ERROR), Code::kInternal, kProtocol,
       reset("FLOW_CONTROL_ERROR")},
      {"CANCEL", Resets(NGHTTP2_CANCEL), Code::kCancelled, Reason::kNone, reset("CANCEL")},
      {"ENHANCE_YOUR_CALM", Resets(NGHTTP2_ENHANCE_YOUR_CALM), Code::kResourceExhausted, Reason::kNone,
       reset("ENHANCE_YOUR_CALM")},
      {"INADEQUATE_SECURITY", Resets(NGHTTP2_INADEQUATE_SECURITY), Code::kPermissionDenied, Reason::kNone,
       reset("INADEQUATE_SECURITY")},
      {"HTTP_1_1_REQUIRED", Resets(NGHTTP2_HTTP_1_1_REQUIRED), Code::kUnknown, Reason::kNone,
       reset("HTTP_1_1_REQUIRED")},
      {"a code that nobody knows", Resets(4711), Code::kUnknown, Reason::kNone, reset("unknown")},
      {"after the headers",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Reset(request.id, NGHTTP2_INTERNAL_ERROR);
       },
       Code::kInternal, kProtocol, reset("INTERNAL_ERROR")},
      {"refused after the headers",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Reset(request.id, NGHTTP2_REFUSED_STREAM);
       },
       Code::kUnavailable, Reason::kBackendUnavailable, "backend \"shop\": the call was refused"},
      {"in the middle of a message",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, Framed("hello").substr(0, 7));
         connection.Reset(request.id, NGHTTP2_INTERNAL_ERROR);
       },
       Code::kInternal, kProtocol, reset("INTERNAL_ERROR")},
      {"after the message, before the trailers",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id);
         connection.Data(request.id, Framed("hello"));
         connection.Reset(request.id, NGHTTP2_NO_ERROR);
       },
       Code::kInternal, kProtocol, reset("NO_ERROR")},
  };
  for (const Misdeed& misdeed : kMisdeeds) ExpectOnlyTheCallIsHurt(misdeed);
}

TEST_F(BadFrameTest, HeadersThatHttp2ForbidsEndTheirCall) {
  const std::string field = "Invalid HTTP header field was received: frame type: 1, stream: {stream}, name: [";
  const auto invalid = [&](const std::string& name, const std::string& value) {
    return "backend \"shop\" broke HTTP/2: " + field + name + "], value: [" + value + "]";
  };
  const std::string broke = "backend \"shop\" broke HTTP/2: PROTOCOL_ERROR";
  const auto with = [](Headers more) {
    more.insert(more.begin(), kHead.begin(), kHead.end());
    return Answers(more);
  };
  const std::vector<Misdeed> kMisdeeds = {
      {"connection", with({{"connection", "close"}}), Code::kInternal, kProtocol, invalid("connection", "close")},
      {"transfer-encoding", with({{"transfer-encoding", "chunked"}}), Code::kInternal, kProtocol,
       invalid("transfer-encoding", "chunked")},
      {"keep-alive", with({{"keep-alive", "1"}}), Code::kInternal, kProtocol, invalid("keep-alive", "1")},
      {"upgrade", with({{"upgrade", "h2c"}}), Code::kInternal, kProtocol, invalid("upgrade", "h2c")},
      {"an upper-case name", with({{"X-Upper", "y"}}), Code::kInternal, kProtocol, invalid("X-Upper", "y")},
      {"a space in the name", with({{"a b", "y"}}), Code::kInternal, kProtocol, invalid("a b", "y")},
      {"no name", with({{"", "y"}}), Code::kInternal, kProtocol, invalid("", "y")},
      {"a line break in the value", with({{"x", "y\r\nset-cookie: z"}}), Code::kInternal, kProtocol,
       invalid("x", "y??set-cookie: z")},
      {"a value that is quoted in part", with({{"X", std::string(500, 'y')}}), Code::kInternal, kProtocol,
       "backend \"shop\" broke HTTP/2: " + (field + "X], value: [" + std::string(500, 'y')).substr(0, 207)},
      {"no :status", Answers({{"content-type", "application/grpc"}}), Code::kInternal, kProtocol, broke},
      {":status twice", Answers({{":status", "200"}, {":status", "200"}}), Code::kInternal, kProtocol,
       invalid(":status", "200")},
      {":status last", Answers({{"content-type", "application/grpc"}, {":status", "200"}}), Code::kInternal, kProtocol,
       invalid(":status", "200")},
      {":status that is no number", Answers({{":status", "2x0"}}), Code::kInternal, kProtocol,
       invalid(":status", "2x0")},
      {":status 101", Answers({{":status", "101"}}), Code::kInternal, kProtocol, invalid(":status", "101")},
      {"a request's :path", Answers({{":status", "200"}, {":path", "/"}}), Code::kInternal, kProtocol,
       invalid(":path", "/")},
      {"a content-length that is no number", with({{"content-length", "1x"}}), Code::kInternal, kProtocol,
       invalid("content-length", "1x")},
      {"103 that ends the stream", Answers({{":status", "103"}}, kEndHeaders | kEndStream), Code::kInternal, kProtocol,
       broke},
      {"trailers with :status", Then(NGHTTP2_HEADERS, kEndHeaders | kEndStream, frames::Block({{":status", "200"}})),
       Code::kInternal, kProtocol, invalid(":status", "200")},
      {"trailers that do not end the stream", Then(NGHTTP2_HEADERS, kEndHeaders, frames::Block({{"grpc-status", "0"}})),
       Code::kInternal, kProtocol, broke},
      {"more DATA than content-length",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id,
                         {{":status", "200"}, {"content-type", "application/grpc"}, {"content-length", "3"}});
         connection.Data(request.id, Framed("hello"));
       },
       Code::kInternal, kProtocol, broke},
      {"less DATA than content-length",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.Head(request.id,
                         {{":status", "200"}, {"content-type", "application/grpc"}, {"content-length", "9"}});
         connection.Data(request.id, Framed(""));
         connection.Trailers(request.id);
       },
       Code::kInternal, kProtocol, broke},
      {"WINDOW_UPDATE past 2^31", Throws(NGHTTP2_WINDOW_UPDATE, 0, kItsOwn, Number(0x7fffffff)), Code::kInternal,
       kProtocol, "backend \"shop\" broke HTTP/2: FLOW_CONTROL_ERROR"},
  };
  for (const Misdeed& misdeed : kMisdeeds) ExpectOnlyTheCallIsHurt(misdeed);
}

TEST_F(BadFrameTest, WhatIsSaidOfOneStreamIsNotToldToAnother) {
  FrameServer server(loop_, {.on_request = [](FrameConnection& connection, FrameConnection::Request& request) {
                       if (request.id != 5) return;
                       const Headers secret = {{":status", "200"}, {"X-Secret", "for stream 1"}};
                       connection.Raw(FrameBytes(NGHTTP2_HEADERS, kEndHeaders, 1, frames::Block(secret)) +
                                      FrameBytes(NGHTTP2_WINDOW_UPDATE, 0, 3, Number(0x7fffffff)) +
                                      FrameBytes(NGHTTP2_HEADERS, kEndHeaders, 5,
                                                 frames::Block({{":status", "200"}, {"X-Other", "for stream 5"}})));
                     }});
  const auto shop = Shop({server.address()});
  std::vector<Outcome> outcomes(3);
  for (Outcome& outcome : outcomes) Spawn(*shop, outcome);
  ASSERT_TRUE(
      server.RunUntil([&] { return std::all_of(outcomes.begin(), outcomes.end(), [](auto& o) { return o.done; }); }));
  const std::string invalid = "backend \"shop\" broke HTTP/2: Invalid HTTP header field was received: frame type: 1, ";
  EXPECT_EQ(outcomes[0].status.message(), invalid + "stream: 1, name: [X-Secret], value: [for stream 1]");
  EXPECT_EQ(outcomes[1].status.message(), "backend \"shop\" broke HTTP/2: FLOW_CONTROL_ERROR");
  EXPECT_EQ(outcomes[2].status.message(), invalid + "stream: 5, name: [X-Other], value: [for stream 5]");
  EXPECT_EQ(server.Count("accept"), 1u);
}

TEST_F(BadFrameTest, FramesThatBreakTheConnectionEndItsCalls) {
  const auto broke = [](const std::string& how) { return "backend \"shop\" broke HTTP/2: " + how; };
  const std::string ping = FrameBytes(NGHTTP2_PING, 0, 0, std::string(8, 'x'));
  const std::string settings = FrameBytes(NGHTTP2_SETTINGS, 0, 0, "");
  const struct {
    const char* name;
    FrameServer::Handler act;
    std::string how;
  } kCases[] = {
      {"HTTP/1.1",
       [](FrameConnection& connection, FrameConnection::Request&) {
         connection.Raw("HTTP/1.1 400 Bad Request\r\n\r\n");
       },
       "FRAME_SIZE_ERROR: too large frame size"},
      {"a frame over MAX_FRAME_SIZE", Throws(NGHTTP2_DATA, 0, kItsOwn, std::string(16385, 'x')),
       "FRAME_SIZE_ERROR: too large frame size"},
      {"DATA before the headers", Throws(NGHTTP2_DATA, 0, kItsOwn, Framed("hello")),
       "PROTOCOL_ERROR: DATA: stream not opened"},
      {"DATA on no stream", Throws(NGHTTP2_DATA, 0, 0, "x"), "PROTOCOL_ERROR: DATA: stream_id == 0"},
      {"DATA on a stream that never was", Throws(NGHTTP2_DATA, 0, 99, "x"), "PROTOCOL_ERROR: DATA: stream in idle"},
      {"DATA on a stream of its own", Throws(NGHTTP2_DATA, 0, 2, "x"), "PROTOCOL_ERROR: DATA: stream in idle"},
      {"HEADERS on a stream that never was", Throws(NGHTTP2_HEADERS, kEndHeaders, 99, frames::Block(kHead)),
       "PROTOCOL_ERROR: request HEADERS: client received request"},
      {"HEADERS on no stream", Throws(NGHTTP2_HEADERS, kEndHeaders, 0, frames::Block(kHead)),
       "PROTOCOL_ERROR: request HEADERS: stream_id == 0"},
      {"more padding than frame", Then(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, "\x09x"),
       "PROTOCOL_ERROR: DATA: invalid padding"},
      {"no HPACK", Throws(NGHTTP2_HEADERS, kEndHeaders, kItsOwn, "\xff\xff\xff\xff\xff\xff"), "COMPRESSION_ERROR"},
      {"a HPACK table of 4 GiB", Throws(NGHTTP2_HEADERS, kEndHeaders, kItsOwn, "\x3f\xe1\xff\xff\xff\x0f"),
       "COMPRESSION_ERROR"},
      {"a header of more than 64 KiB", Answers({{":status", "200"}, {"x", std::string(70'000, 'x')}}),
       "COMPRESSION_ERROR"},
      {"HEADERS that are interrupted",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.RawHeaders(request.id, kHead, 0);
         connection.Frame(NGHTTP2_DATA, 0, request.id, "x");
       },
       "PROTOCOL_ERROR: unexpected non-CONTINUATION frame or stream_id is invalid"},
      {"CONTINUATION of nothing", Throws(NGHTTP2_CONTINUATION, kEndHeaders, kItsOwn, ""),
       "PROTOCOL_ERROR: CONTINUATION: unexpected"},
      {"CONTINUATION without an end",
       [](FrameConnection& connection, FrameConnection::Request& request) {
         connection.RawHeaders(request.id, kHead, 0);
         for (int i = 0; i < 1000; ++i)
           connection.Frame(NGHTTP2_CONTINUATION, 0, request.id, frames::Block({{"x", "y"}}));
       },
       "Too many CONTINUATION frames following a HEADER frame"},
      {"PUSH_PROMISE", Throws(NGHTTP2_PUSH_PROMISE, kEndHeaders, kItsOwn, Number(2) + frames::Block({{":path", "/"}})),
       "PROTOCOL_ERROR: PUSH_PROMISE: push disabled"},
      {"WINDOW_UPDATE of the connection past 2^31", Throws(NGHTTP2_WINDOW_UPDATE, 0, 0, Number(0x7fffffff)),
       "FLOW_CONTROL_ERROR"},
      {"WINDOW_UPDATE of nothing", Throws(NGHTTP2_WINDOW_UPDATE, 0, kItsOwn, Number(0)),
       "PROTOCOL_ERROR: WINDOW_UPDATE: window_size_increment == 0"},
      {"WINDOW_UPDATE of three bytes", Throws(NGHTTP2_WINDOW_UPDATE, 0, kItsOwn, "abc"), "FRAME_SIZE_ERROR"},
      {"RST_STREAM on a stream that never was", Throws(NGHTTP2_RST_STREAM, 0, 99, Number(0)),
       "PROTOCOL_ERROR: RST_STREAM: stream in idle"},
      {"RST_STREAM of three bytes", Throws(NGHTTP2_RST_STREAM, 0, kItsOwn, "abc"), "FRAME_SIZE_ERROR"},
      {"SETTINGS of seven bytes", Throws(NGHTTP2_SETTINGS, 0, 0, "abcdefg"), "FRAME_SIZE_ERROR"},
      {"SETTINGS on a stream", Throws(NGHTTP2_SETTINGS, 0, kItsOwn, ""), "PROTOCOL_ERROR: SETTINGS: stream_id != 0"},
      {"a window of 2^31", Throws(NGHTTP2_SETTINGS, 0, 0, Setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1u << 31)),
       "FLOW_CONTROL_ERROR: SETTINGS: too large SETTINGS_INITIAL_WINDOW_SIZE"},
      {"frames of at most one byte", Throws(NGHTTP2_SETTINGS, 0, 0, Setting(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1)),
       "PROTOCOL_ERROR: SETTINGS: invalid SETTINGS_MAX_FRAME_SIZE"},
      {"push enabled by the server", Throws(NGHTTP2_SETTINGS, 0, 0, Setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 1)),
       "PROTOCOL_ERROR: SETTINGS: server attempted to enable push"},
      {"an answer to no SETTINGS", Throws(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""),
       "PROTOCOL_ERROR: SETTINGS: unexpected ACK"},
      {"PING of seven bytes", Throws(NGHTTP2_PING, 0, 0, "1234567"), "FRAME_SIZE_ERROR"},
      {"GOAWAY of seven bytes", Throws(NGHTTP2_GOAWAY, 0, 0, "1234567"), "FRAME_SIZE_ERROR"},
      {"a storm of SETTINGS", ThrowsMany(30'000, settings),
       "Flooding was detected in this HTTP/2 session, and it must be closed"},
      {"a storm of PING", ThrowsMany(30'000, ping),
       "Flooding was detected in this HTTP/2 session, and it must be closed"},
  };
  for (const auto& test : kCases)
    ExpectTheConnectionIsReplaced({test.name, test.act, Code::kInternal, kProtocol, broke(test.how)});
}

}  // namespace
}  // namespace dragoman::upstream
