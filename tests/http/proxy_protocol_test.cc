#include "http/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace dragoman::http {
namespace {

using Outcome = ProxyHeaderReader::Outcome;

std::string V2(char command, char family, size_t length, const std::string& rest) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += command;
  header += family;
  header += static_cast<char>(length >> 8);
  header += static_cast<char>(length & 0xff);
  return header + rest;
}

const std::string kInet("\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x01\xbb", 12);  // 192.0.2.7:56324 → 198.51.100.1:443
const std::string kInet6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01" +
                           std::string(16, '\xaa') + std::string("\xdc\x04\x01\xbb", 4);
const std::string kTlv("\x04\x00\x03xyz", 6);

// "address port, bytes used", "real, bytes used", "more", or why it was refused; `first` bytes come first, the others
// one by one or all together.
std::string Read(std::string_view bytes, size_t first, bool one_by_one) {
  ProxyHeaderReader reader;
  size_t used = reader.Read(bytes.substr(0, first));
  for (size_t at = first; at < bytes.size() && reader.outcome() == Outcome::kNeedMore;) {
    const size_t piece = one_by_one ? 1 : bytes.size() - at;
    used += reader.Read(bytes.substr(at, piece));
    at += piece;
  }
  if (reader.outcome() == Outcome::kNeedMore) return "more";
  if (reader.outcome() == Outcome::kRefused) return std::string(reader.why());
  const std::string source = reader.source().none() ? "real"
                                                    : std::string(reader.source().ToText().view()) + " " +
                                                          std::to_string(reader.source_port());
  return source + ", " + std::to_string(used);
}

struct Case {
  const char* name;
  std::string bytes;
  std::string expected;
};

// Every case whole, byte by byte, and cut at every byte.
void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Read(c.bytes, c.bytes.size(), false), c.expected);
    EXPECT_EQ(Read(c.bytes, 0, true), c.expected);
    if (c.bytes.size() > 600) continue;
    for (size_t cut = 1; cut < c.bytes.size(); ++cut) ASSERT_EQ(Read(c.bytes, cut, false), c.expected) << cut;
  }
}

TEST(ProxyHeaderReader, ReadsVersion1) {
  Check({
      {"TCP4", "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\nGET / HTTP/1.1\r\n", "192.0.2.7 56324, 45"},
      {"TCP6", "PROXY TCP6 2001:db8::1 2001:DB8:0:0::2 0 65535\r\n", "2001:db8::1 0, 48"},
      {"IPv4 as IPv6", "PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "192.0.2.7 1, 37"},
      {"the longest TCP6",
       "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\nx",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535, 104"},
      {"UNKNOWN", "PROXY UNKNOWN\r\nGET", "real, 15"},
      {"UNKNOWN with anything behind it", "PROXY UNKNOWN ffff::\r \xff 65536 x\r\nGET", "real, 33"},
      {"the longest that can be", "PROXY UNKNOWN " + std::string(91, 'x') + "\r\nGET", "real, 107"},
      {"nothing", "", "more"},
      {"a part", "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r", "more"},
  });
}

TEST(ProxyHeaderReader, RefusesWhatIsNotVersion1) {
  const std::string fields = "it does not name two addresses and two ports";
  const std::string address = "it names an address that is none of its protocol";
  const std::string port = "it names a port that is none";
  const std::string protocol = "its protocol is none of TCP4, TCP6 and UNKNOWN";
  Check({
      {"HTTP", "GET / HTTP/1.1\r\n", "there is none"},
      {"HTTP with P", "PUT / HTTP/1.1\r\n", "there is none"},
      {"in lower case", "proxy TCP4 192.0.2.7 192.0.2.8 1 2\r\n", "there is none"},
      {"a tab", "PROXY\tTCP4 192.0.2.7 192.0.2.8 1 2\r\n", "there is none"},
      {"TLS", std::string("\x16\x03\x01\x02\x00", 5), "there is none"},
      {"too long", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "its line does not end within 107 bytes"},
      {"no end", "PROXY " + std::string(5000, ' '), "its line does not end within 107 bytes"},
      {"bare LF", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2\n", "its line does not end with CR LF"},
      {"UNKNOWN with bare LF", "PROXY UNKNOWN\nGET / HTTP/1.1\r\n", "its line does not end with CR LF"},
      {"no protocol", "PROXY \r\n", protocol},
      {"two spaces", "PROXY  TCP4 192.0.2.7 192.0.2.8 1 2\r\n", protocol},
      {"UDP4", "PROXY UDP4 192.0.2.7 192.0.2.8 1 2\r\n", protocol},
      {"UNKNOWN and more", "PROXY UNKNOWNX\r\n", protocol},
      {"too few fields", "PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n", fields},
      {"too many fields", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n", fields},
      {"a space at the end", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2 \r\n", fields},
      {"nothing else", "PROXY TCP4\r\n", fields},
      {"an empty field", "PROXY TCP4 192.0.2.7  1 2\r\n", address},
      {"IPv6 in TCP4", "PROXY TCP4 2001:db8::1 192.0.2.8 1 2\r\n", address},
      {"IPv4 in TCP6", "PROXY TCP6 2001:db8::1 192.0.2.8 1 2\r\n", address},
      {"zeroes in front", "PROXY TCP4 192.0.2.07 192.0.2.8 1 2\r\n", address},
      {"too large a number", "PROXY TCP4 192.0.2.256 192.0.2.8 1 2\r\n", address},
      {"a zone", "PROXY TCP6 fe80::1%1 fe80::2 1 2\r\n", address},
      {"brackets", "PROXY TCP6 [fe80::1] fe80::2 1 2\r\n", address},
      {"a NUL", std::string("PROXY TCP4 192.0.2.7\0 192.0.2.8 1 2\r\n", 37), address},
      {"a CR inside", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\r\n", port},
      {"too large a port", "PROXY TCP4 192.0.2.7 192.0.2.8 65536 2\r\n", port},
      {"a port with a zero in front", "PROXY TCP4 192.0.2.7 192.0.2.8 1 02\r\n", port},
      {"a negative port", "PROXY TCP4 192.0.2.7 192.0.2.8 -1 2\r\n", port},
      {"a port with a sign", "PROXY TCP4 192.0.2.7 192.0.2.8 1 +2\r\n", port},
      {"an empty port", "PROXY TCP4 192.0.2.7 192.0.2.8 1 \r\n", port},
  });
}

TEST(ProxyHeaderReader, ReadsVersion2) {
  Check({
      {"TCP over IPv4", V2(0x21, 0x11, 12, kInet) + "GET", "192.0.2.7 56324, 28"},
      {"with TLVs", V2(0x21, 0x11, 18, kInet + kTlv) + "GET", "192.0.2.7 56324, 34"},
      {"TCP over IPv6", V2(0x21, 0x21, 36, kInet6) + "GET", "2001:db8::1 56324, 52"},
      {"with many TLVs", V2(0x21, 0x21, 4080, kInet6 + std::string(4044, 't')) + "GET", "2001:db8::1 56324, 4096"},
      {"a unix socket", V2(0x21, 0x31, 216, std::string(216, 'u')) + "GET", "real, 232"},
      {"a unix socket with TLVs", V2(0x21, 0x31, 222, std::string(216, 'u') + kTlv) + "GET", "real, 238"},
      {"unspecified", V2(0x21, 0x00, 0, "") + "GET", "real, 16"},
      {"unspecified with bytes", V2(0x21, 0x00, 6, kTlv) + "GET", "real, 22"},
      {"an unspecified family", V2(0x21, 0x01, 0, "") + "GET", "real, 16"},
      {"an unspecified protocol", V2(0x21, 0x10, 12, kInet) + "GET", "real, 28"},
      {"LOCAL", V2(0x20, 0x00, 0, "") + "GET", "real, 16"},
      {"LOCAL with addresses", V2(0x20, 0x11, 12, kInet) + "GET", "real, 28"},
      {"LOCAL with a strange family", V2(0x20, '\xff', 2, "xx") + "GET", "real, 18"},
      {"a part", V2(0x21, 0x11, 12, kInet.substr(0, 11)), "more"},
      {"TLVs in part", V2(0x21, 0x11, 18, kInet + kTlv.substr(0, 5)), "more"},
  });
}

TEST(ProxyHeaderReader, RefusesWhatIsNotVersion2) {
  const std::string command = "its version or command is unknown";
  const std::string family = "its address family or protocol is unknown";
  const std::string datagrams = "it speaks of datagrams";
  const std::string too_short = "it is too short for the addresses that it announces";
  Check({
      {"empty lines", "\r\n\r\n\r\n", "there is none"},
      {"a broken signature", std::string("\r\n\r\n\0\r\nQUIT\r", 12), "there is none"},
      {"version 1 in binary", V2(0x11, 0x11, 12, kInet), command},
      {"version 3", V2(0x31, 0x11, 12, kInet), command},
      {"an unknown command", V2(0x22, 0x11, 12, kInet), command},
      {"an unknown family", V2(0x21, 0x41, 12, kInet), family},
      {"an unknown protocol", V2(0x21, 0x13, 12, kInet), family},
      {"UDP over IPv4", V2(0x21, 0x12, 12, kInet), datagrams},
      {"UDP over IPv6", V2(0x21, 0x22, 36, kInet6), datagrams},
      {"unix datagrams", V2(0x21, 0x32, 216, std::string(216, 'u')), datagrams},
      {"too short for IPv4", V2(0x21, 0x11, 11, kInet), too_short},
      {"too short for IPv6", V2(0x21, 0x21, 35, kInet6), too_short},
      {"too short for a unix socket", V2(0x21, 0x31, 215, std::string(215, 'u')), too_short},
      {"no addresses", V2(0x21, 0x11, 0, ""), too_short},
      {"too long", V2(0x21, 0x11, 4081, kInet), "it is longer than 4096 bytes"},
      {"much too long", V2(0x20, 0x00, 65535, ""), "it is longer than 4096 bytes"},
  });
}

TEST(ProxyHeaderReader, TakesNothingOfWhatStandsBehindTheHeader) {
  ProxyHeaderReader reader;
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(reader.Read(V2(0x20, 0x00, 0, "") + "PROXY UNKNOWN\r\n"), 16u);
  EXPECT_TRUE(reader.begun());
  EXPECT_EQ(reader.outcome(), Outcome::kDone);
  EXPECT_EQ(reader.Read("GET"), 0u);
}

}  // namespace
}  // namespace dragoman::http
