#include <vector>

#include "raw_bytes.h"

// The request line, Host and header lines (RFC 9112 sections 2, 3 and 5).
namespace dragoman::http {
namespace {

using RawHead = RawBytes;

constexpr RawCase::Then kCloses = RawCase::Then::kCloses;

const std::string kNoMethod = Invalid("the request line does not begin with an HTTP method");
const std::string kTargetCharacter = Invalid("the request target has a character that must be percent-encoded");
const std::string kVersion = Invalid("the HTTP version must be 1.0 or 1.1");
const std::string kNoVersion = Invalid("the request line does not end in an HTTP version");
const std::string kLine = Invalid("a line of the request head does not end in CR LF");
const std::string kFold = Invalid("a header line begins with white space");
const std::string kName = Invalid("a header name has a character that is not allowed, or no colon behind it");
const std::string kValue = Invalid("header \"x\" has a control character in its value");
const std::string kNoHost = Invalid("header \"host\" is missing");
const std::string kHosts = Invalid("there are several Host headers");
const std::string kHost = Invalid("header \"host\" is not a host and port");
const std::string kTarget = Invalid("the request target is neither a path nor an http URL");
const std::string kTargetHost = Invalid("the request target's host is not a host and port");

std::string Bytes(std::string_view before, char c, std::string_view behind) {
  return std::string(before) + c + std::string(behind);
}

TEST_F(RawHead, RequestLine) {
  Start();
  const std::string end = "\r\nHost: s\r\n\r\n";
  Play({
      Served("one empty line in front", "RFC 9112 2.2", "\r\n" + Get(), "GET / s none"),
      Refused("two empty lines in front", "RFC 9112 2.2", "\r\n\r\n" + Get(), 400, kNoMethod),
      Refused("LF in front", "RFC 9112 2.2", "\n" + Get(), 400, kLine),
      Refused("CR in front", "RFC 9112 2.2", "\r" + Get(), 400, kNoMethod),
      Refused("space in front", "RFC 9112 3", " " + Get(), 400, kNoMethod),
      Refused("byte order mark in front", "RFC 9112 3", "\xef\xbb\xbf" + Get(), 400, kNoMethod),
      Refused("no space", "RFC 9112 3", "GET" + end, 400, kNoMethod),
      Refused("two spaces before the target", "RFC 9112 3", "GET  / HTTP/1.1" + end, 400, kTargetCharacter),
      Refused("two spaces before the version", "RFC 9112 3", "GET /  HTTP/1.1" + end, 400, kNoVersion),
      Refused("tabs for spaces", "RFC 9112 3", "GET\t/\tHTTP/1.1" + end, 400, kNoMethod),
      Refused("tab before the version", "RFC 9112 3", "GET /\tHTTP/1.1" + end, 400, kTargetCharacter),
      Refused("space behind the version", "RFC 9112 3", "GET / HTTP/1.1 " + end, 400, kNoVersion),
      Refused("space in the target", "RFC 9112 3.2", "GET /a b HTTP/1.1" + end, 400, kNoVersion),
      Refused("a second request in the target", "RFC 9112 3.2", "GET / HTTP/1.1 HTTP/1.1" + end, 400, kNoVersion),
      Refused("LF behind the line", "RFC 9112 2.2", "GET / HTTP/1.1\nHost: s\r\n\r\n", 400, kLine),
      Refused("CR CR LF behind the line", "RFC 9112 2.2", "GET / HTTP/1.1\r\r\nHost: s\r\n\r\n", 400, kNoVersion),
      Refused("bare CR behind the line", "RFC 9112 2.2", "GET / HTTP/1.1\rHost: s\r\n\r\n", 400, kNoVersion),
      Refused("LF for every CRLF", "RFC 9112 2.2", "GET / HTTP/1.1\nHost: s\n\n", 400, kLine),
      Refused("a TLS ClientHello", "RFC 9112 3",
              std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(200, '\x5a'), 400,
              kNoMethod),
      Refused("a response", "RFC 9112 2.1", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400, kNoMethod),
      Refused("JSON", "RFC 9112 3", "{\"jsonrpc\": \"2.0\"}\r\n", 400, kNoMethod),
      Refused("a PROXY line", "RFC 9112 3", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", 400, kNoVersion),
  });
}

TEST_F(RawHead, Versions) {
  Start();
  const std::string end = "\r\nHost: s\r\n\r\n";
  Play({
      Served("1.0", "RFC 9112 9.3", "GET / HTTP/1.0" + end, "GET / s none", kCloses),
      Served("1.0 without Host", "RFC 9112 3.2", "GET / HTTP/1.0\r\n\r\n", "GET /  none", kCloses),
      Refused("0.9, without a version", "RFC 9112 2.3", "GET /\r\n", 505, kVersion),
      Refused("0.9", "RFC 9112 2.3", "GET / HTTP/0.9" + end, 505, kVersion),
      Refused("1.2", "RFC 9110 15.6.6", "GET / HTTP/1.2" + end, 505, kVersion),
      Refused("1.9", "RFC 9110 15.6.6", "GET / HTTP/1.9" + end, 505, kVersion),
      Refused("2.0", "RFC 9110 15.6.6", "GET / HTTP/2.0" + end, 505, kVersion),
      Refused("3.0", "RFC 9110 15.6.6", "GET / HTTP/3.0" + end, 505, kVersion),
      Refused("2.0, asked with HEAD", "RFC 9110 9.3.2", "HEAD / HTTP/2.0" + end, 505, ""),
      Refused("what begins as HTTP/2's preface does", "RFC 9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", 505, kVersion),
      Refused("without a minor version", "RFC 9112 2.3", "GET / HTTP/1" + end, 400, kNoVersion),
      Refused("two digits", "RFC 9112 2.3", "GET / HTTP/1.10" + end, 400, kNoVersion),
      Refused("two digits in front", "RFC 9112 2.3", "GET / HTTP/01.1" + end, 400, kNoVersion),
      Refused("no digit", "RFC 9112 2.3", "GET / HTTP/1.x" + end, 400, kNoVersion),
      Refused("comma", "RFC 9112 2.3", "GET / HTTP/1,1" + end, 400, kNoVersion),
      Refused("lower case", "RFC 9112 2.3", "GET / http/1.1" + end, 400, kNoVersion),
      Refused("another protocol", "RFC 9112 2.3", "GET / ICY/1.1" + end, 400, kNoVersion),
      Refused("space inside", "RFC 9112 2.3", "GET / HTTP/1. 1" + end, 400, kNoVersion),
      Refused("nothing behind the space", "RFC 9112 2.3", "GET / " + end, 400, kNoVersion),
  });
}

TEST_F(RawHead, MethodsAndForms) {
  Start();
  const std::string connect = "METHOD_NOT_ALLOWED HTTP method CONNECT is not served";
  const std::string trace = "METHOD_NOT_ALLOWED HTTP method TRACE is not served";
  Play({
      {"HEAD", "RFC 9110 9.3.2", Line("HEAD / HTTP/1.1"), {"200 "}, {"HEAD / s none"}, RawCase::Then::kStays},
      Served("unknown method", "RFC 9110 9.1", Line("BREW /pot HTTP/1.1"), "BREW /pot s none"),
      Served("lower case is another method", "RFC 9110 9.1", Line("get / HTTP/1.1"), "get / s none"),
      Served("every other character of a token", "RFC 9110 5.6.2", Line("!#$%&'*+-.^_`|~09aZ / HTTP/1.1"),
             "!#$%&'*+-.^_`|~09aZ / s none"),
      Refused("colon in the method", "RFC 9110 9.1", Line("GE:T / HTTP/1.1"), 400, kNoMethod),
      Refused("method above ASCII", "RFC 9110 9.1", Line("G\xc3\x89T / HTTP/1.1"), 400, kNoMethod),
      Refused("CONNECT", "RFC 9110 9.3.6", Line("CONNECT s:443 HTTP/1.1"), 405, connect),
      Refused("CONNECT and a tunnel", "RFC 9110 9.3.6", Line("CONNECT s:443 HTTP/1.1") + "\x16\x03\x01", 405, connect),
      Refused("CONNECT to a path", "RFC 9110 9.3.6", Line("CONNECT / HTTP/1.1"), 405, connect),
      Refused("TRACE", "RFC 9110 9.3.8", Line("TRACE / HTTP/1.1"), 405, trace),
      Refused("TRACE with a body", "RFC 9110 9.3.8", "TRACE / HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\nhello",
              405, trace),
      Served("absolute form, Host differs", "RFC 9112 3.2.2", Line("GET http://other:8080/a/b?c HTTP/1.1"),
             "GET /a/b?c other:8080 none"),
      Served("absolute form, upper case", "RFC 9110 4.2.3", Line("GET HTTP://Other HTTP/1.1"), "GET / Other none"),
      Served("absolute form, https", "RFC 9112 3.2.2", Line("GET https://other?q=1 HTTP/1.1"), "GET /?q=1 other none"),
      Served("absolute form, IPv6", "RFC 3986 3.2.2", Line("GET http://[2001:db8::7]:80/a HTTP/1.1"),
             "GET /a [2001:db8::7]:80 none"),
      Served("absolute form, 1.0 without Host", "RFC 9112 3.2.2", "GET http://other/a HTTP/1.0\r\n\r\n",
             "GET /a other none", kCloses),
      Served("OPTIONS of a host", "RFC 9112 3.2.4", Line("OPTIONS http://other HTTP/1.1"), "OPTIONS * other none"),
      Served("OPTIONS *", "RFC 9112 3.2.4", Line("OPTIONS * HTTP/1.1"), "OPTIONS * s none"),
      Served("an absolute URL as a path", "RFC 9112 3.2.1", Line("GET /http://other/ HTTP/1.1"),
             "GET /http://other/ s none"),
      Served("two slashes are a path", "RFC 9112 3.2.1", Line("GET //other/a HTTP/1.1"), "GET //other/a s none"),
      Served("raw bytes above ASCII in the target", "RFC 3986 2.1", Line("GET /caf\xc3\xa9?\xff HTTP/1.1"),
             "GET /caf\xc3\xa9?\xff s none"),
      Served("characters that URLs exclude but clients send", "RFC 3986 2", Line("GET /{a}|\"<b>\\^` HTTP/1.1"),
             "GET /{a}|\"<b>\\^` s none"),
      Refused("absolute form without Host", "RFC 9112 3.2", "GET http://other/ HTTP/1.1\r\n\r\n", 400, kNoHost),
      Refused("absolute form, Host malformed", "RFC 9112 3.2", "GET http://other/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400,
              kHost),
      Refused("absolute form with user information", "RFC 9110 4.2.4", Line("GET http://u:p@other/ HTTP/1.1"), 400,
              kTargetHost),
      Refused("absolute form without a host", "RFC 9110 4.2.1", Line("GET http:///b HTTP/1.1"), 400, kTargetHost),
      Refused("absolute form with a port alone", "RFC 9110 4.2.1", Line("GET http://:80/ HTTP/1.1"), 400, kTargetHost),
      Refused("absolute form with a bad port", "RFC 3986 3.2.3", Line("GET http://other:8a/ HTTP/1.1"), 400,
              kTargetHost),
      Refused("absolute form with a port over 65535", "RFC 3986 3.2.3", Line("GET http://other:65536/ HTTP/1.1"), 400,
              kTargetHost),
      Refused("absolute form with a backslash", "RFC 3986 3.2", Line("GET http://other\\@s/ HTTP/1.1"), 400,
              kTargetHost),
      Refused("absolute form, half an IPv6 address", "RFC 3986 3.2.2", Line("GET http://[::1/ HTTP/1.1"), 400,
              kTargetHost),
      Refused("one slash", "RFC 9110 4.2.1", Line("GET http:/other/ HTTP/1.1"), 400, kTarget),
      Refused("another scheme", "RFC 9112 3.2.2", Line("GET ftp://other/ HTTP/1.1"), 400, kTarget),
      Refused("file", "RFC 9112 3.2.2", Line("GET file:///etc/passwd HTTP/1.1"), 400, kTarget),
      Refused("authority form without CONNECT", "RFC 9112 3.2.3", Line("GET other:443 HTTP/1.1"), 400, kTarget),
      Refused("asterisk without OPTIONS", "RFC 9112 3.2.4", Line("GET * HTTP/1.1"), 400, kTarget),
      Refused("asterisk with more behind", "RFC 9112 3.2.4", Line("OPTIONS */a HTTP/1.1"), 400, kTarget),
      Refused("relative", "RFC 9112 3.2.1", Line("GET a/b HTTP/1.1"), 400, kTarget),
      Refused("query alone", "RFC 9112 3.2.1", Line("GET ?a HTTP/1.1"), 400, kTarget),
      Refused("percent-encoded slash in front", "RFC 9112 3.2.1", Line("GET %2fa HTTP/1.1"), 400, kTarget),
      Refused("fragment", "RFC 9112 3.2", Line("GET /a#b HTTP/1.1"), 400, kTargetCharacter),
  });
}

TEST_F(RawHead, Host) {
  Start();
  const auto with = [](std::string_view hosts) { return "GET / HTTP/1.1\r\n" + std::string(hosts) + "\r\n"; };
  const auto one = [](std::string_view host) { return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"; };
  Play({
      Served("name and port", "RFC 9112 3.2", one("shop.example-1:8080"), "GET / shop.example-1:8080 none"),
      Served("empty port", "RFC 3986 3.2.3", one("shop:"), "GET / shop: none"),
      Served("IPv4", "RFC 3986 3.2.2", one("192.0.2.7:80"), "GET / 192.0.2.7:80 none"),
      Served("IPv6", "RFC 3986 3.2.2", one("[2001:db8::7]"), "GET / [2001:db8::7] none"),
      Served("percent-encoded", "RFC 3986 3.2.2", one("caf%C3%A9"), "GET / caf%C3%A9 none"),
      Served("white space around", "RFC 9112 5.1", one("\t shop \t"), "GET / shop none"),
      Refused("none", "RFC 9112 3.2", with(""), 400, kNoHost),
      Refused("two that differ", "RFC 9112 3.2", with("Host: a\r\nHost: b\r\n"), 400, kHosts),
      Refused("two that are equal", "RFC 9112 3.2", with("Host: a\r\nX: 1\r\nHOST: a\r\n"), 400, kHosts),
      Refused("two in 1.0", "RFC 9112 3.2", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, kHosts),
      Refused("two, the first empty", "RFC 9112 3.2", with("Host:\r\nHost: b\r\n"), 400, kHost),
      Refused("empty", "RFC 9110 4.2.1", one(""), 400, kHost),
      Refused("empty in 1.0", "RFC 9110 4.2.1", "GET / HTTP/1.0\r\nHost:\r\n\r\n", 400, kHost),
      Refused("list", "RFC 9112 3.2", one("a, b"), 400, kHost),
      Refused("list without a space", "RFC 9112 3.2", one("a,b"), 400, kHost),
      Refused("two names", "RFC 9112 3.2", one("a b"), 400, kHost),
      Refused("path", "RFC 9112 3.2", one("a/b"), 400, kHost),
      Refused("query", "RFC 9112 3.2", one("a?b"), 400, kHost),
      Refused("fragment", "RFC 9112 3.2", one("a#b"), 400, kHost),
      Refused("URL", "RFC 9112 3.2", one("http://a"), 400, kHost),
      Refused("user information", "RFC 9112 3.2", one("u@a"), 400, kHost),
      Refused("backslash", "RFC 9112 3.2", one("a\\b"), 400, kHost),
      Refused("quoted", "RFC 9112 3.2", one("\"a\""), 400, kHost),
      Refused("port alone", "RFC 9110 4.2.1", one(":80"), 400, kHost),
      Refused("port with a letter", "RFC 3986 3.2.3", one("a:8O"), 400, kHost),
      Refused("negative port", "RFC 3986 3.2.3", one("a:-1"), 400, kHost),
      Refused("port over 65535", "RFC 3986 3.2.3", one("a:65536"), 400, kHost),
      Refused("port that overflows", "RFC 3986 3.2.3", one("a:4294967376"), 400, kHost),
      Refused("two ports", "RFC 3986 3.2", one("a:80:80"), 400, kHost),
      Refused("bare IPv6", "RFC 3986 3.2.2", one("2001:db8::7"), 400, kHost),
      Refused("IPv6 without its end", "RFC 3986 3.2.2", one("[::1"), 400, kHost),
      Refused("IPv6 with more behind", "RFC 3986 3.2.2", one("[::1]a"), 400, kHost),
      Refused("empty brackets", "RFC 3986 3.2.2", one("[]"), 400, kHost),
      Refused("a name in brackets", "RFC 3986 3.2.2", one("[shop]"), 400, kHost),
      Refused("half a percent-encoding", "RFC 3986 2.1", one("a%4"), 400, kHost),
      Refused("percent-encoding of no digits", "RFC 3986 2.1", one("a%zz"), 400, kHost),
      Refused("above ASCII", "RFC 3986 3.2.2", one("caf\xc3\xa9"), 400, kHost),
      Refused("space before the colon", "RFC 9112 5.1", with("Host : a\r\n"), 400, kName),
      Refused("folded", "RFC 9112 5.2", with("Host: a\r\n b\r\n"), 400, kFold),
      Refused("space in front", "RFC 9112 5.2", with(" Host: a\r\n"), 400, kFold),
  });
}

TEST_F(RawHead, HeaderLines) {
  Start();
  Play({
      Served("empty value", "RFC 9110 5.5", Get("X:\r\n"), "GET / s none"),
      Served("tabs and bytes above ASCII in a value", "RFC 9110 5.5", Get("X: a\tb\xff\xc3\xa9\r\n"), "GET / s none"),
      Served("colons in a value", "RFC 9110 5.5", Get("X::: a: b\r\n"), "GET / s none"),
      Served("every other character of a token", "RFC 9110 5.1", Get("!#$%&'*+-.^_`|~09aZ: 1\r\n"), "GET / s none"),
      Refused("obs-fold", "RFC 9112 5.2", Get("X: 1\r\n 2\r\n"), 400, kFold),
      Refused("obs-fold with a tab", "RFC 9112 5.2", Get("X: 1\r\n\t2\r\n"), 400, kFold),
      Refused("obs-fold of an empty line", "RFC 9112 5.2", Get("X: 1\r\n \r\n"), 400, kFold),
      Refused("white space before the first header", "RFC 9112 2.2", "GET / HTTP/1.1\r\n X: 1\r\nHost: s\r\n\r\n", 400,
              kFold),
      Refused("space before the colon", "RFC 9112 5.1", Get("X : 1\r\n"), 400, kName),
      Refused("tab before the colon", "RFC 9112 5.1", Get("X\t: 1\r\n"), 400, kName),
      Refused("no colon", "RFC 9112 5", Get("X\r\n"), 400, kName),
      Refused("empty name", "RFC 9110 5.1", Get(": 1\r\n"), 400, kName),
      Refused("colon alone", "RFC 9110 5.1", Get(":\r\n"), 400, kName),
      Refused("name with a space", "RFC 9110 5.1", Get("X Y: 1\r\n"), 400, kName),
      Refused("name with a parenthesis", "RFC 9110 5.1", Get("X(: 1\r\n"), 400, kName),
      Refused("name with a slash", "RFC 9110 5.1", Get("X/Y: 1\r\n"), 400, kName),
      Refused("quoted name", "RFC 9110 5.1", Get("\"X\": 1\r\n"), 400, kName),
      Refused("name above ASCII", "RFC 9110 5.1", Get("\xc3\xa9: 1\r\n"), 400, kName),
      Refused("a request line among the headers", "RFC 9112 5", Get("GET /smuggled HTTP/1.1\r\n"), 400, kName),
      Refused("bare LF between headers", "RFC 9112 2.2", Get("X: 1\nY: 2\r\n"), 400, kLine),
      Refused("bare LF in an empty value", "RFC 9112 2.2", Get("X:\n\r\n"), 400, kLine),
      Refused("bare CR between headers", "RFC 9112 2.2", Get("X: 1\rY: 2\r\n"), 400, kValue),
      Refused("two CRs", "RFC 9112 2.2", Get("X: 1\r\r\n"), 400, kValue),
      Refused("LF as the empty line", "RFC 9112 2.2", "GET / HTTP/1.1\r\nHost: s\r\n\n", 400, kLine),
      Refused("CR CR LF as the empty line", "RFC 9112 2.2", "GET / HTTP/1.1\r\nHost: s\r\n\r\r\n", 400, kName),
  });
}

// Everything below space, and DEL, in every place where a forgiving parser might pass it on.
TEST_F(RawHead, ControlCharacters) {
  Start();
  std::vector<RawCase> cases;
  for (int code = 0; code <= 0x7f; code = code == 0x1f ? 0x7f : code + 1) {
    const char c = static_cast<char>(code);
    const std::string number = " " + std::to_string(code);
    const bool lf = c == '\n';
    cases.push_back(Refused("in the method" + number, "RFC 9110 9.1", Bytes("G", c, "ET / HTTP/1.1\r\nHost: s\r\n\r\n"),
                            400, lf ? kLine : kNoMethod));
    cases.push_back(Refused("in the target" + number, "RFC 9112 3.2",
                            Bytes("GET /a", c, "b HTTP/1.1\r\nHost: s\r\n\r\n"), 400, lf ? kLine : kTargetCharacter));
    cases.push_back(Refused("in the version" + number, "RFC 9112 2.3", Bytes("GET / HTTP/1", c, "1\r\nHost: s\r\n\r\n"),
                            400, lf ? kLine : kNoVersion));
    cases.push_back(
        Refused("in a name" + number, "RFC 9110 5.1", Get(Bytes("X", c, "Y: 1\r\n")), 400, lf ? kLine : kName));
    if (c == '\t') continue;
    cases.push_back(
        Refused("in a value" + number, "RFC 9110 5.5", Get(Bytes("X: a", c, "b\r\n")), 400, lf ? kLine : kValue));
    cases.push_back(Refused("at the end of a value" + number, "RFC 9110 5.5", Get(Bytes("X: a", c, "\r\n")), 400,
                            lf ? kLine : kValue));
    cases.push_back(Refused("in Host" + number, "RFC 9112 3.2", "GET / HTTP/1.1\r\n" + Bytes("Host: a", c, "b\r\n\r\n"),
                            400, lf ? kLine : Invalid("header \"host\" has a control character in its value")));
  }
  Play(cases);
}

}  // namespace
}  // namespace dragoman::http
