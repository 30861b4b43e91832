#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shop_fixture.h"

// The one address that backends, logs, limits and guard see.
namespace dragoman::integration {
namespace {

// What the backend is told of the client.
std::string Seen(const HttpResponse& echo, const std::string& metadata) {
  EXPECT_EQ(echo.status, 200) << echo.body;
  const size_t at = echo.body.find("\"" + metadata + "\"");
  return at == std::string::npos ? "" : echo.body.substr(at, echo.body.find('}', at) - at);
}

TEST(ClientAddress, IsThePeersUnlessATrustedProxySaysOtherwise) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()},
                         .more = "trusted_proxies: [127.0.0.1, 10.0.0.0/8]\naccess_log: {format: text, path: stdout}\n"});
  const auto echo = [&](const std::string& from, const Headers& headers) {
    return HttpClient(gateway.address(), from).Send("POST", "/shop.v1.Diagnostics/Echo", headers, "{}");
  };
  const Headers forged = {{"x-forwarded-for", "192.0.2.66, 192.0.2.7, 10.1.2.3"}, {"x-forwarded-proto", "https"}, {"x-forwarded-host", "api.example"}};
  const HttpResponse trusted = echo("127.0.0.1", forged);
  EXPECT_THAT(Seen(trusted, "x-forwarded-for"), testing::HasSubstr("\"192.0.2.7\""));
  EXPECT_THAT(Seen(trusted, "x-forwarded-proto"), testing::HasSubstr("\"https\""));
  EXPECT_THAT(Seen(trusted, "x-forwarded-host"), testing::HasSubstr("\"api.example\""));
  EXPECT_TRUE(gateway.process().WaitForOutput(" 192.0.2.7 POST /shop.v1.Diagnostics/Echo"));
  const HttpResponse stranger = echo("127.0.0.9", forged);
  EXPECT_THAT(Seen(stranger, "x-forwarded-for"), testing::HasSubstr("\"127.0.0.9\""));
  EXPECT_THAT(Seen(stranger, "x-forwarded-proto"), testing::HasSubstr("\"http\""));
  EXPECT_THAT(Seen(echo("127.0.0.1", {{"forwarded", "for=\"[2001:db8::7]:4711\";proto=https"}}), "x-forwarded-for"),
              testing::HasSubstr("\"2001:db8::7\""));
}

TEST(ClientAddress, IsThatOfTheProxyProtocolWhereAListenerSpeaksIt) {
  Shop shop;
  const Gateway gateway({.listeners = R"([{address: "127.0.0.1:0", proxy_protocol: true}])", .endpoints = {shop.address()}});
  const std::string request = "POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
  HttpClient first(gateway.address());
  first.Write("PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n" + request);
  EXPECT_THAT(Seen(first.Read("POST"), "x-forwarded-for"), testing::HasSubstr("\"192.0.2.7\""));
  first.Write(request);
  EXPECT_THAT(Seen(first.Read("POST"), "x-forwarded-for"), testing::HasSubstr("\"192.0.2.7\""));
  HttpClient second(gateway.address());
  second.Write(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x09\xc0\0\x02\x01\x12\x67\x01\xbb", 28) + request);
  EXPECT_THAT(Seen(second.Read("POST"), "x-forwarded-for"), testing::HasSubstr("\"192.0.2.9\""));
  HttpClient without(gateway.address());
  without.Write(request);
  EXPECT_EQ(without.Read("POST").status, 0);
}

}  // namespace
}  // namespace dragoman::integration
