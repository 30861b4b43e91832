#include "exchange/forwarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman {
namespace {

using testing::ElementsAre;

std::vector<std::string> FromTheRight(std::string_view list) {
  std::vector<std::string> elements;
  while (!list.empty()) elements.emplace_back(CutLastElement(list));
  return elements;
}

TEST(CutLastElement, ReadsAListFromTheRight) {
  EXPECT_THAT(FromTheRight("a"), ElementsAre("a"));
  EXPECT_THAT(FromTheRight("a, b\t ,c"), ElementsAre("c", "b", "a"));
  EXPECT_THAT(FromTheRight("a,, b,"), ElementsAre("", "b", "", "a"));
  EXPECT_THAT(FromTheRight(R"(a="1,2", b="3,\"4,\\")"), ElementsAre(R"(b="3,\"4,\\")", R"(a="1,2")"));
}

TEST(CutLastElement, LetsNoUnbalancedQuoteSwallowWhatStandsBehindIt) {
  EXPECT_THAT(FromTheRight(R"(for="x, for=192.0.2.7)"), ElementsAre("for=192.0.2.7", R"(for="x)"));
  EXPECT_THAT(FromTheRight(R"(for="x, for="[2001:db8::1]")"), ElementsAre(R"(for="[2001:db8::1]")", R"(for="x)"));
  EXPECT_THAT(FromTheRight(R"(for="x\, for="192.0.2.7:80")"), ElementsAre(R"(for="192.0.2.7:80")", R"(for="x\)"));
  EXPECT_THAT(FromTheRight(R"(a, b")"), ElementsAre(R"(a, b")"));
}

std::string Parsed(std::string_view element) {
  const auto parsed = ParseForwardedElement(element);
  if (!parsed) return "malformed";
  return "for " + std::string(parsed->node) + " proto " + std::string(parsed->proto) + " host " +
         std::string(parsed->host);
}

TEST(ParseForwardedElement, ReadsPairs) {
  const struct {
    const char* element;
    const char* expected;
  } kCases[] = {
      {"for=192.0.2.7", "for 192.0.2.7 proto  host "},
      {"For=192.0.2.7;PROTO=https;hOst=shop.example;by=203.0.113.43", "for 192.0.2.7 proto https host shop.example"},
      {R"(for="[2001:db8::1]:443")", "for [2001:db8::1]:443 proto  host "},
      {R"(secret="a;for=6.6.6.6,\"";for=_x)", "for _x proto  host "},
      {R"(for="a\"b")", R"(for a\"b proto  host )"},
      {"; ;for=a ; proto=http;", "for a proto http host "},
      {"", "for  proto  host "},
      {R"(for="")", "for  proto  host "},
      // What should have been quoted.
      {"for=192.0.2.7:80;host=shop.example:8443", "for 192.0.2.7:80 proto  host shop.example:8443"},
      {"for=[2001:db8::1]", "for [2001:db8::1] proto  host "},
      {"for", "malformed"},
      {"for=", "malformed"},
      {"=a", "malformed"},
      {"for =a", "malformed"},
      {"for= a", "malformed"},
      {"for=a b", "malformed"},
      {"for=a=b", "malformed"},
      {"for=a;for=b", "malformed"},
      {"proto=http;proto=https", "malformed"},
      {R"(host="";host=a)", "malformed"},
      {R"(for="a)", "malformed"},
      {R"(for="a\")", "malformed"},
      {R"(for="a"b)", "malformed"},
      {R"(for=a"b")", "malformed"},
      {"192.0.2.7", "malformed"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Parsed(c.element), c.expected) << c.element;
}

TEST(ParseForwardedNode, ReadsAddressesWithAndWithoutPort) {
  const struct {
    const char* node;
    const char* expected;  // empty: none
  } kCases[] = {
      {"192.0.2.7", "192.0.2.7"},
      {"192.0.2.7:80", "192.0.2.7"},
      {"192.0.2.7:0", "192.0.2.7"},
      {"192.0.2.7:_web", "192.0.2.7"},
      {"2001:db8::1", "2001:db8::1"},
      {"2001:DB8:0:0::1", "2001:db8::1"},
      {"[2001:db8::1]", "2001:db8::1"},
      {"[2001:db8::1]:443", "2001:db8::1"},
      {"[::ffff:192.0.2.7]:443", "192.0.2.7"},
      {"192.0.2.7:", ""},
      {"192.0.2.7:65536", ""},
      {"192.0.2.7:123456", ""},
      {"192.0.2.7:-1", ""},
      {"192.0.2.7:_", ""},
      {"[192.0.2.7]", ""},
      {"[2001:db8::1", ""},
      {"[2001:db8::1]443", ""},
      {"[2001:db8::1]:", ""},
      {"[fe80::1%eth0]", ""},
      {"fe80::1%1", ""},
      {"unknown", ""},
      {"_hidden", ""},
      {"shop.example", ""},
      {"192.0.2", ""},
      {"192.0.2.007", ""},
      {" 192.0.2.7", ""},
      {"", ""},
  };
  for (const auto& c : kCases) {
    const auto address = ParseForwardedNode(c.node);
    EXPECT_EQ(address ? address->ToText().view() : "", c.expected) << c.node;
  }
}

}  // namespace
}  // namespace dragoman
