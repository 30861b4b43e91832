// What is a request in HTTP/2, and what is none: RFC 9113 sections 8.2 and 8.3; and the header blocks that it comes in
// (RFC 7541).
#include "frame_cases.h"

namespace dragoman::http {
namespace {

using frames::Block;
using frames::FrameBytes;
using frames::Headers;
using frames::Integer;
using frames::Literal;

using Http2Messages = FrameCases;
using Http2HeaderBlocks = FrameCases;

std::string Request(const Headers& fields, uint8_t flags = kEndBoth) {
  return FrameBytes(NGHTTP2_HEADERS, flags, 1, Block(fields));
}
std::string Get(const Headers& further) { return GetFrame(1, "/a", further); }
std::string Compressed(std::string_view block) { return FrameBytes(NGHTTP2_HEADERS, kEndBoth, 1, block); }

FrameCase Malformed(std::string name, std::string_view clause, const Headers& fields) {
  return Resets(std::move(name), clause, Request(fields), "PROTOCOL_ERROR");
}

FrameCase MalformedHeader(std::string name, std::string_view clause, const Headers& further) {
  return Resets(std::move(name), clause, Get(further), "PROTOCOL_ERROR");
}

FrameCase Refuses(std::string name, std::string_view clause, const Headers& fields, int status,
                  const std::string& answer) {
  return Answers(std::move(name), clause, Request(fields), std::to_string(status) + " " + answer);
}

std::string Invalid(std::string_view message) { return "INVALID_REQUEST " + std::string(message); }

const std::string kEchoA = "200 GET /a s none";

TEST_F(Http2Messages, PseudoHeaders) {
  Start();
  const std::pair<std::string, std::string> method = {":method", "GET"};
  const std::pair<std::string, std::string> scheme = {":scheme", "http"};
  const std::pair<std::string, std::string> path = {":path", "/a"};
  const std::pair<std::string, std::string> authority = {":authority", "s"};
  Play({
      Answers("all four", "RFC 9113 8.3.1", Request({method, scheme, path, authority}), kEchoA),
      Answers("in another order", "RFC 9113 8.3.1", Request({authority, path, scheme, method}), kEchoA),
      Answers("Host instead of an authority", "RFC 9113 8.3.1", Request({method, scheme, path, {"host", "s"}}), kEchoA),
      Answers("Host as the authority", "RFC 9113 8.3.1", Get({{"host", "S"}}), kEchoA),
      Malformed("no :method", "RFC 9113 8.3.1", {scheme, path, authority}),
      Malformed("no :scheme", "RFC 9113 8.3.1", {method, path, authority}),
      Malformed("no :path", "RFC 9113 8.3.1", {method, scheme, authority}),
      Malformed("no authority at all", "RFC 9113 8.3.1", {method, scheme, path}),
      Malformed("two :method", "RFC 9113 8.3", {method, method, scheme, path, authority}),
      Malformed("two :scheme", "RFC 9113 8.3", {method, scheme, scheme, path, authority}),
      Malformed("two :path", "RFC 9113 8.3", {method, scheme, path, path, authority}),
      Malformed("two :authority", "RFC 9113 8.3", {method, scheme, path, authority, authority}),
      Malformed("an empty :path", "RFC 9113 8.3.1", {method, scheme, {":path", ""}, authority}),
      Malformed("an empty :method", "RFC 9113 8.3.1", {{":method", ""}, scheme, path, authority}),
      Malformed("an unknown one", "RFC 9113 8.3", {method, scheme, path, authority, {":test", "1"}}),
      Malformed("one of responses", "RFC 9113 8.3", {method, scheme, path, authority, {":status", "200"}}),
      Malformed(":protocol, which was not offered", "RFC 8441 4",
                {{":method", "CONNECT"}, scheme, path, authority, {":protocol", "websocket"}}),
      Malformed("one behind a header", "RFC 9113 8.3", {method, scheme, path, {"x-test", "1"}, authority}),
      Malformed("a :method with a blank", "RFC 9110 9.1", {{":method", "GET /"}, scheme, path, authority}),
      Malformed("a :path with a blank", "RFC 9113 8.3.1", {method, scheme, {":path", "/a b"}, authority}),
      Malformed("a :path with a line feed", "RFC 9113 8.3.1", {method, scheme, {":path", "/a\nb"}, authority}),
      Malformed("a :path that is a URL", "RFC 9113 8.3.1", {method, scheme, {":path", "http://s/a"}, authority}),
      Malformed("the asterisk without OPTIONS", "RFC 9113 8.3.1", {method, scheme, {":path", "*"}, authority}),
      Answers("the asterisk of OPTIONS", "RFC 9113 8.3.1",
              Request({{":method", "OPTIONS"}, scheme, {":path", "*"}, authority}), "200 OPTIONS * s none"),
      Answers("a method that nobody knows", "RFC 9110 9.1", Request({{":method", "BREW"}, scheme, path, authority}),
              "200 BREW /a s none"),
      Answers("a path with bytes above ASCII", "RFC 9112 3.2",
              Request({method, scheme, {":path", "/\xc3\xa4?\xc3\xb6"}, authority}),
              "200 GET /\xc3\xa4?\xc3\xb6 s none"),
      Answers("the scheme of a proxy in front", "RFC 9113 8.3.1",
              Request({method, {":scheme", "https"}, path, authority}), kEchoA),
  });
}

TEST_F(Http2Messages, WhatIsRefusedWithAnAnswer) {
  config::Limits limits;
  limits.max_request_line_bytes = 100;
  limits.max_header_bytes = 1000;
  limits.max_body_bytes = 1000;
  limits.body_timeout = std::chrono::milliseconds(1000);  // how long the rest of a body is waited for
  Start(limits);
  const auto fields = [](const char* http_method, const std::string& path, const char* authority = "s",
                         const char* scheme = "http") {
    return Headers{{":method", http_method}, {":scheme", scheme}, {":path", path}, {":authority", authority}};
  };
  Headers many = fields("GET", "/a");
  for (int i = 0; i < 30; ++i) many.emplace_back("n", "v");
  const std::string too_large = "HEADERS_TOO_LARGE the headers are longer than 1000 bytes";
  const std::string too_long = "URI_TOO_LONG the request line is longer than 100 bytes";
  Play({
      Refuses("CONNECT", "RFC 9110 9.3.6", {{":method", "CONNECT"}, {":authority", "s:443"}}, 405,
              "METHOD_NOT_ALLOWED HTTP method CONNECT is not served"),
      Refuses("TRACE", "RFC 9110 9.3.8", fields("TRACE", "/a"), 405,
              "METHOD_NOT_ALLOWED HTTP method TRACE is not served"),
      Refuses("an authority with a user", "RFC 9113 8.3.1", fields("GET", "/a", "me@s"), 400,
              Invalid("\":authority\" is not a host and port")),
      Refuses("a Host that is a list", "RFC 9110 7.2",
              {{":method", "GET"}, {":scheme", "http"}, {":path", "/a"}, {"host", "a,b"}}, 400,
              Invalid("header \"host\" is not a host and port")),
      Answers("a Host that is another", "RFC 9113 8.3.1", Get({{"host", "t"}}),
              "400 " + Invalid("\":authority\" and header \"host\" differ")),
      Refuses("another scheme", "RFC 9113 8.3.1", fields("GET", "/a", "s", "ftp"), 400,
              Invalid("\":scheme\" must be http or https")),
      Refuses("a target with a fragment", "RFC 9112 3.2", fields("GET", "/a#b"), 400,
              Invalid("the request target has a character that must be percent-encoded")),
      Answers("another expectation", "RFC 9110 10.1.1", Get({{"expect", "miracles"}}),
              "417 " + Invalid("header \"expect\" must be 100-continue")),
      Answers("a path as long as may be", "RFC 9110 4.1", Request(fields("GET", "/" + std::string(86, 'x'))),
              "200 GET /" + std::string(86, 'x') + " s none"),
      Refuses("a path that is longer", "RFC 9110 4.1", fields("GET", "/" + std::string(87, 'x')), 414, too_long),
      Refuses("a path that is far longer", "RFC 9110 4.1", fields("GET", "/" + std::string(3000, 'x')), 414, too_long),
      Refuses("many headers", "RFC 9113 6.5.2", many, 431, too_large),
      Answers("a large header", "RFC 9113 6.5.2", Get({{"x-large", std::string(2000, 'x')}}), "431 " + too_large),
      Answers("a large header between others", "RFC 9113 6.5.2",
              Get({{"x-a", "1"}, {"x-large", std::string(1000, 'x')}, {"x-b", "2"}}), "431 " + too_large),
      {"a body that says it is too large",
       "RFC 9110 15.5.14",
       PostFrame(1, "/a", {{"content-length", "1001"}}),
       {"1: 413 BODY_TOO_LARGE the body is larger than 1000 bytes", "1: reset NO_ERROR"},
       {"POST /a broken"}},
      {"a body that is",
       "RFC 9110 15.5.14",
       PostFrame(1, "/a") + DataFrame(1, std::string(1001, 'x')),
       {"1: 413 BODY_TOO_LARGE the body is larger than 1000 bytes", "1: reset NO_ERROR"},
       {"POST /a broken"}},
  });
}

TEST_F(Http2Messages, MoreHeadersThanTwoHundred) {
  Start();
  Headers many;
  for (int i = 0; i < 201; ++i) many.emplace_back("n", "v");
  Play({Answers("201", "RFC 6585 5", Get(many), "431 HEADERS_TOO_LARGE there are more than 200 headers")});
  many.pop_back();
  Play({Answers("200", "RFC 6585 5", Get(many), kEchoA)});
}

TEST_F(Http2Messages, Headers) {
  Start();
  Play({
      MalformedHeader("a name in upper case", "RFC 9113 8.2.1", {{"X-Test", "1"}}),
      MalformedHeader("a name with a blank", "RFC 9113 8.2.1", {{"x test", "1"}}),
      MalformedHeader("a name with a colon", "RFC 9113 8.2.1", {{"x:test", "1"}}),
      MalformedHeader("an empty name", "RFC 9113 8.2.1", {{"", "1"}}),
      MalformedHeader("a name above ASCII", "RFC 9113 8.2.1", {{"x-\xc3\xa4", "1"}}),
      MalformedHeader("a value with a line feed", "RFC 9113 8.2.1", {{"x-test", "a\nb"}}),
      MalformedHeader("a value with a carriage return", "RFC 9113 8.2.1", {{"x-test", "a\rb"}}),
      MalformedHeader("a value with NUL", "RFC 9113 8.2.1", {{"x-test", std::string("a\0b", 3)}}),
      MalformedHeader("a value that begins with a blank", "RFC 9113 8.2.1", {{"x-test", " a"}}),
      MalformedHeader("a value that ends in a tab", "RFC 9113 8.2.1", {{"x-test", "a\t"}}),
      MalformedHeader("connection", "RFC 9113 8.2.2", {{"connection", "keep-alive"}}),
      MalformedHeader("keep-alive", "RFC 9113 8.2.2", {{"keep-alive", "1"}}),
      MalformedHeader("proxy-connection", "RFC 9113 8.2.2", {{"proxy-connection", "keep-alive"}}),
      MalformedHeader("transfer-encoding", "RFC 9113 8.2.2", {{"transfer-encoding", "chunked"}}),
      MalformedHeader("upgrade", "RFC 9113 8.2.2", {{"upgrade", "websocket"}}),
      MalformedHeader("te other than trailers", "RFC 9113 8.2.2", {{"te", "trailers, deflate"}}),
      Answers("te", "RFC 9113 8.2.2", Get({{"te", "trailers"}}), kEchoA),
      MalformedHeader("content-length that is no number", "RFC 9110 8.6", {{"content-length", "1x"}}),
      MalformedHeader("content-length twice", "RFC 9110 8.6", {{"content-length", "0"}, {"content-length", "0"}}),
      MalformedHeader("content-length over all bounds", "RFC 9110 8.6", {{"content-length", "99999999999999999999"}}),
      MalformedHeader("host twice", "RFC 9110 7.2", {{"host", "s"}, {"host", "s"}}),
      MalformedHeader("an empty host", "RFC 9110 7.2", {{"host", ""}}),
      Answers("values above ASCII", "RFC 9110 5.5", Get({{"x-test", "\xc3\xa4"}, {"x-empty", ""}}), kEchoA),
  });
}

// The fields that an echo needs, all from the static table or literal (RFC 7541 appendix A, 6.1, 6.2.2).
const std::string kEcho = std::string("\x82\x86") + Integer(0, 4, 4) + Literal("/a") + Integer(0, 4, 1) + Literal("s");

TEST_F(Http2HeaderBlocks, Integers) {
  Start();
  Play({
      Answers("from the static table", "RFC 7541 6.1", Compressed(kEcho), kEchoA),
      Ends("index 0", "RFC 7541 6.1", Compressed(kEcho + "\x80"), "COMPRESSION_ERROR"),
      Ends("an index that is nowhere", "RFC 7541 2.3.3", Compressed(kEcho + "\xc6"), "COMPRESSION_ERROR"),
      Ends("an index over all bounds", "RFC 7541 5.1",
           Compressed(kEcho + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "COMPRESSION_ERROR"),
      Ends("the name of a literal nowhere", "RFC 7541 2.3.3", Compressed(kEcho + Integer(0x40, 6, 70) + Literal("v")),
           "COMPRESSION_ERROR"),
      Ends("a literal that is cut off", "RFC 7541 5.2", Compressed(kEcho + std::string("\0\5ab", 4)),
           "COMPRESSION_ERROR"),
      Ends("a literal over 64 KiB", "RFC 7541 5.2", Compressed(kEcho + std::string(1, '\0') + Integer(0, 7, 70'000)),
           "COMPRESSION_ERROR"),
      Ends("Huffman with EOS", "RFC 7541 5.2", Compressed(kEcho + std::string("\0\x01x\x84\xff\xff\xff\xff", 8)),
           "COMPRESSION_ERROR"),
      Ends("Huffman padded with zeroes", "RFC 7541 5.2", Compressed(kEcho + std::string("\0\x01x\x81\x08", 5)),
           "COMPRESSION_ERROR"),
      Ends("Huffman padded with more than seven bits", "RFC 7541 5.2",
           Compressed(kEcho + std::string("\0\x01x\x82\x1f\xff", 6)), "COMPRESSION_ERROR"),
      Answers("Huffman", "RFC 7541 5.2", Compressed(kEcho + std::string("\0\x01x\x81\x1f", 5)), kEchoA),
      Answers("the table made smaller", "RFC 7541 6.3", Compressed(Integer(0x20, 5, 0) + kEcho), kEchoA),
      Answers("the table made smaller and larger", "RFC 7541 4.2",
              Compressed(Integer(0x20, 5, 0) + Integer(0x20, 5, 4096) + kEcho), kEchoA),
      Ends("the table made larger than may be", "RFC 7541 6.3", Compressed(Integer(0x20, 5, 4097) + kEcho),
           "COMPRESSION_ERROR"),
      Ends("the table's size behind a field", "RFC 7541 4.2", Compressed(kEcho + Integer(0x20, 5, 100)),
           "COMPRESSION_ERROR"),
      Ends("an entry that was evicted", "RFC 7541 4.4",
           PostFrame(1, "/hang") + DataFrame(1, "x") + GetFrame(3, "/hang") +
               FrameBytes(
                   NGHTTP2_HEADERS, kEndHeaders, 5,
                   std::string("\x82\x86") + Integer(0x40, 6, 4) + Literal("/hang") + Integer(0, 4, 1) + Literal("s")) +
               FrameBytes(NGHTTP2_HEADERS, kEndBoth, 5, Integer(0x20, 5, 0) + Integer(0x80, 7, 62)),
           "COMPRESSION_ERROR"),
      {"an entry used again",
       "RFC 7541 2.3.2",
       FrameBytes(NGHTTP2_HEADERS, kEndBoth, 1,
                  std::string("\x82\x86") + Integer(0x40, 6, 4) + Literal("/a") + Integer(0, 4, 1) + Literal("s")) +
           FrameBytes(NGHTTP2_HEADERS, kEndBoth, 3,
                      std::string("\x82\x86") + Integer(0x80, 7, 62) + Integer(0, 4, 1) + Literal("s")),
       {"1: 200 GET /a s none", "3: 200 GET /a s none"},
       {"GET /a s none", "GET /a s none"}},
      // What is refused, or reset, was decoded nevertheless.
      {"an entry of a malformed request",
       "RFC 9113 4.3",
       FrameBytes(NGHTTP2_HEADERS, kEndBoth, 1,
                  Integer(0x40, 6, 4) + Literal("/a") + std::string(1, '\0') + Literal("X") + Literal("1")) +
           FrameBytes(NGHTTP2_HEADERS, kEndBoth, 3,
                      std::string("\x82\x86") + Integer(0x80, 7, 62) + Integer(0, 4, 1) + Literal("s")),
       {"1: reset PROTOCOL_ERROR", "3: 200 GET /a s none"},
       {"GET /a s none"}},
  });
}

}  // namespace
}  // namespace dragoman::http
