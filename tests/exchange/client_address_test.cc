#include "exchange/client_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman {
namespace {

std::vector<config::Network> Networks(std::initializer_list<const char*> texts) {
  std::vector<config::Network> networks;
  for (const char* text : texts) networks.push_back(config::Network::Parse(text).value());
  return networks;
}

const TrustedProxies& Proxies() {
  static const TrustedProxies proxies(Networks({"10.0.0.0/8", "2001:db8:a::/48"}));
  return proxies;
}

Peer From(const std::string& address) {
  return {.address = address, .port = 4711, .ip = config::IpAddress::Parse(address).value_or(config::IpAddress())};
}

constexpr const char* kContradiction =
    "INVALID_REQUEST headers \"forwarded\" and \"x-forwarded-for\" name different clients; send only one of them";

// "address", "address scheme authority" with "-" for what nobody said, "the peer", or the refusal.
std::string Resolved(const std::vector<Header>& headers, const Peer& peer, const TrustedProxies& proxies = Proxies()) {
  RequestHead head;
  head.headers = headers;
  const auto resolved = proxies.Resolve(head, peer);
  if (!resolved) {
    const Status& status = resolved.error();
    return std::string(FactsOf(status.reason()).name) + " " + std::string(status.message());
  }
  if (!*resolved) return "the peer";
  const Exchange::Client& client = **resolved;
  EXPECT_EQ(client.address.view(), client.ip.ToText().view());
  std::string text(client.address.view());
  if (client.scheme.empty() && client.authority.empty()) return text;
  const auto said = [](std::string_view word) { return word.empty() ? "-" : std::string(word); };
  return text + " " + said(client.scheme) + " " + said(client.authority);
}

struct Case {
  const char* name;
  std::vector<Header> headers;
  const char* expected;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Resolved(c.headers, From("10.0.0.1")), c.expected) << c.name;
}

TEST(TrustedProxies, NameTheFirstUntrustedAddressFromTheRight) {
  Check({
      {"no header", {{"host", "shop.example"}}, "the peer"},
      {"one", {{"x-forwarded-for", "192.0.2.7"}}, "192.0.2.7"},
      {"behind two proxies", {{"x-forwarded-for", "192.0.2.7, 10.0.0.2"}}, "192.0.2.7"},
      {"forged in front", {{"x-forwarded-for", "6.6.6.6, 192.0.2.7, 10.0.0.2"}}, "192.0.2.7"},
      {"a forged proxy in front", {{"x-forwarded-for", "6.6.6.6, 10.9.9.9, 192.0.2.7"}}, "192.0.2.7"},
      {"all trusted", {{"x-forwarded-for", "10.0.0.3,10.0.0.2"}}, "10.0.0.3"},
      {"several lines",
       {{"x-forwarded-for", "6.6.6.6, 192.0.2.7"}, {"a", "b"}, {"x-forwarded-for", "10.0.0.2"}},
       "192.0.2.7"},
      {"a forged line in front", {{"x-forwarded-for", "6.6.6.6"}, {"x-forwarded-for", "192.0.2.7"}}, "192.0.2.7"},
      {"empty elements", {{"x-forwarded-for", ", 192.0.2.7,, 10.0.0.2 ,"}}, "192.0.2.7"},
      {"an empty line", {{"x-forwarded-for", "192.0.2.7"}, {"x-forwarded-for", ""}}, "192.0.2.7"},
      {"IPv6", {{"x-forwarded-for", "2001:DB8::1, 2001:db8:a::2"}}, "2001:db8::1"},
      {"with ports", {{"x-forwarded-for", "192.0.2.7:4711, [2001:db8:a::2]:80"}}, "192.0.2.7"},
      {"in quotes", {{"x-forwarded-for", R"("[2001:db8::1]:443", "10.0.0.2")"}}, "2001:db8::1"},
      {"IPv4 as IPv6", {{"x-forwarded-for", "::ffff:192.0.2.7, ::ffff:10.0.0.2"}}, "192.0.2.7"},
      {"the unspecified address is untrusted", {{"x-forwarded-for", "6.6.6.6, 0.0.0.0"}}, "0.0.0.0"},
  });
}

TEST(TrustedProxies, StopAtWhatIsNoAddress) {
  Check({
      {"unknown", {{"x-forwarded-for", "unknown"}}, "the peer"},
      {"unknown behind a proxy", {{"x-forwarded-for", "6.6.6.6, unknown, 10.0.0.2"}}, "10.0.0.2"},
      {"a pseudonym", {{"x-forwarded-for", "6.6.6.6, _x"}}, "the peer"},
      {"garbage", {{"x-forwarded-for", "6.6.6.6, 192.0.2.7 192.0.2.8"}}, "the peer"},
      {"a name", {{"x-forwarded-for", "6.6.6.6, shop.example"}}, "the peer"},
      {"bytes", {{"x-forwarded-for", "6.6.6.6, \xff\xfe"}}, "the peer"},
      {"an unbalanced quote", {{"x-forwarded-for", "6.6.6.6, \""}}, "the peer"},
      {"a quote of the client's", {{"x-forwarded-for", "\"6.6.6.6, 192.0.2.7"}}, "192.0.2.7"},
      {"a Forwarded element", {{"x-forwarded-for", "for=6.6.6.6"}}, "the peer"},
  });
}

TEST(TrustedProxies, UnderstandForwardedAlike) {
  Check({
      {"one", {{"forwarded", "for=192.0.2.7"}}, "192.0.2.7"},
      {"behind two proxies", {{"forwarded", "for=6.6.6.6, for=192.0.2.7, for=10.0.0.2"}}, "192.0.2.7"},
      {"several lines", {{"forwarded", "for=6.6.6.6, For=192.0.2.7"}, {"forwarded", "for=10.0.0.2"}}, "192.0.2.7"},
      {"quoted", {{"forwarded", R"(for="[2001:db8::1]:443";by="10.0.0.1, 6.6.6.6")"}}, "2001:db8::1"},
      {"unknown", {{"forwarded", "for=6.6.6.6, for=unknown, for=10.0.0.2"}}, "10.0.0.2"},
      {"a pseudonym", {{"forwarded", R"(for=6.6.6.6, for="_x:80")"}}, "the peer"},
      {"malformed", {{"forwarded", "for=6.6.6.6, for=192.0.2.7;for=192.0.2.8"}}, "the peer"},
      {"without for", {{"forwarded", "for=6.6.6.6, by=10.0.0.1"}}, "the peer"},
      {"a quote of the client's", {{"forwarded", R"(for="6.6.6.6, for="192.0.2.7:80", for=10.0.0.2)"}}, "192.0.2.7"},
  });
}

TEST(TrustedProxies, RefuseToChooseBetweenTwoClients) {
  Check({
      {"alike", {{"x-forwarded-for", "192.0.2.7, 10.0.0.2"}, {"forwarded", "for=\"192.0.2.7:80\""}}, "192.0.2.7"},
      {"different", {{"x-forwarded-for", "192.0.2.7"}, {"forwarded", "for=6.6.6.6"}}, kContradiction},
      {"different, the other way round",
       {{"forwarded", "for=192.0.2.7"}, {"x-forwarded-for", "6.6.6.6"}},
       kContradiction},
      {"a pseudonym", {{"x-forwarded-for", "6.6.6.6"}, {"forwarded", "for=_x"}}, kContradiction},
      {"garbage", {{"x-forwarded-for", "garbage"}, {"forwarded", "for=192.0.2.7"}}, kContradiction},
      {"malformed", {{"x-forwarded-for", "192.0.2.7"}, {"forwarded", "for=192.0.2.7;for=a"}}, kContradiction},
      {"both without an address", {{"x-forwarded-for", "unknown, 10.0.0.2"}, {"forwarded", "for=_x"}}, "10.0.0.2"},
      // Whoever names nobody but proxies names no client.
      {"Forwarded ends at a proxy", {{"x-forwarded-for", "192.0.2.7"}, {"forwarded", "for=10.0.0.2"}}, "192.0.2.7"},
      {"the list ends at a proxy", {{"x-forwarded-for", "10.0.0.2"}, {"forwarded", "for=192.0.2.7"}}, "192.0.2.7"},
      {"both end at proxies", {{"x-forwarded-for", "10.0.0.2"}, {"forwarded", "for=10.0.0.3"}}, "10.0.0.2"},
      {"an empty list", {{"x-forwarded-for", ""}, {"forwarded", "for=10.0.0.3"}}, "10.0.0.3"},
      {"Forwarded without for", {{"x-forwarded-for", "192.0.2.7"}, {"forwarded", "proto=https"}}, "192.0.2.7"},
  });
}

TEST(TrustedProxies, SayWhatTheClientCalledTheGateway) {
  Check({
      {"both",
       {{"x-forwarded-for", "192.0.2.7"}, {"x-forwarded-proto", "https"}, {"x-forwarded-host", "shop.example:8443"}},
       "192.0.2.7 https shop.example:8443"},
      {"without an address", {{"x-forwarded-proto", "HTTPS"}}, "10.0.0.1 https -"},
      {"no scheme of ours", {{"x-forwarded-for", "192.0.2.7"}, {"x-forwarded-proto", "ftp"}}, "192.0.2.7"},
      {"a list", {{"x-forwarded-for", "192.0.2.7"}, {"x-forwarded-proto", "https, http"}}, "192.0.2.7"},
      {"two lines", {{"x-forwarded-proto", "https"}, {"x-forwarded-proto", "http"}}, "the peer"},
      {"two hosts", {{"x-forwarded-host", "evil.example"}, {"x-forwarded-host", "shop.example"}}, "the peer"},
      {"a list of hosts", {{"x-forwarded-host", "evil.example, shop.example"}}, "the peer"},
      {"no host", {{"x-forwarded-host", "shop.example/path"}}, "the peer"},
      {"user information", {{"x-forwarded-host", "user@shop.example"}}, "the peer"},
      {"an element",
       {{"forwarded", R"(for=192.0.2.7;proto=https;host="shop.example:8443")"}},
       "192.0.2.7 https shop.example:8443"},
      {"of the proxy that the client came to",
       {{"forwarded",
         "for=192.0.2.7;proto=https;host=shop.example, "
         "for=10.0.0.2;proto=http;host=inner"}},
       "192.0.2.7 https shop.example"},
      {"not of a forged element", {{"forwarded", "for=6.6.6.6;host=evil.example, for=192.0.2.7"}}, "192.0.2.7"},
      {"of a client without an address", {{"forwarded", "for=_x;proto=https"}}, "10.0.0.1 https -"},
      {"of one that is not named", {{"forwarded", "proto=https"}}, "10.0.0.1 https -"},
      {"not of a malformed element", {{"forwarded", "for=10.0.0.2;proto=https, proto=https;proto=http"}}, "the peer"},
      {"alike twice",
       {{"forwarded", "for=192.0.2.7;proto=https"}, {"x-forwarded-proto", "https"}},
       "192.0.2.7 https -"},
      {"contradicting", {{"forwarded", "for=192.0.2.7;proto=https"}, {"x-forwarded-proto", "http"}}, "192.0.2.7"},
      {"of an element about somebody else",
       {{"x-forwarded-for", "192.0.2.7"}, {"forwarded", "for=10.0.0.9;host=evil.example;proto=https"}},
       "192.0.2.7"},
  });
}

TEST(TrustedProxies, BelieveNobodyElse) {
  const std::vector<Header> forged = {{"x-forwarded-for", "127.0.0.1"},
                                      {"forwarded", "for=127.0.0.2;proto=https;host=evil.example"},
                                      {"x-forwarded-proto", "https"},
                                      {"x-forwarded-host", "evil.example"}};
  EXPECT_EQ(Resolved(forged, From("192.0.2.7")), "the peer");
  EXPECT_EQ(Resolved(forged, From("2001:db8::1")), "the peer");
  EXPECT_EQ(Resolved(forged, From("10.0.0.1"), TrustedProxies()), "the peer");
  EXPECT_EQ(Resolved(forged, From(""), TrustedProxies()), "the peer");
}

TEST(TrustedProxies, BelieveAUnixSocketWhereAnyProxyIsTrusted) {
  EXPECT_EQ(Resolved({{"x-forwarded-for", "6.6.6.6, 192.0.2.7"}}, From("")), "192.0.2.7");
  EXPECT_EQ(Resolved({{"x-forwarded-for", "unknown"}}, From("")), "the peer");
  EXPECT_EQ(Resolved({{"x-forwarded-proto", "https"}}, From("")), " https -");
}

TEST(TrustedProxies, WalkAHundredElementsAtMost) {
  std::string proxies;
  for (int i = 100; i > 0; --i) proxies += ",10.0.1." + std::to_string(i);
  EXPECT_EQ(Resolved({{"x-forwarded-for", "192.0.2.7" + proxies}}, From("10.0.0.1")), "10.0.1.100");
  EXPECT_EQ(Resolved({{"x-forwarded-for", "192.0.2.7" + proxies.substr(proxies.find(',', 1))}}, From("10.0.0.1")),
            "192.0.2.7");
  const std::string commas(101, ',');
  EXPECT_EQ(Resolved({{"x-forwarded-for", "192.0.2.7" + commas}}, From("10.0.0.1")), "the peer");
}

}  // namespace
}  // namespace dragoman
