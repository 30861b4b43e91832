#include "exchange/origin.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_exchange.h"

namespace dragoman {
namespace {

TEST(OriginTest, IsThatOfThePage) {
  const FakeExchange none("GET", "/", {});
  EXPECT_EQ(OriginOf(none.head()), "");
  const FakeExchange one("GET", "/", {{"origin", "https://app.example"}});
  EXPECT_EQ(OriginOf(one.head()), "https://app.example");
  const FakeExchange two("GET", "/", {{"origin", "https://app.example"}, {"origin", "https://app.example"}});
  EXPECT_EQ(OriginOf(two.head()), kSeveralOrigins);
}

TEST(OriginTest, IsForeignOrOurOwn) {
  struct Case {
    const char* name;
    std::vector<Header> headers;
    bool foreign;
  };
  const Case kCases[] = {
      {"no page", {{"host", "api.example"}}, false},
      {"our own", {{"host", "api.example"}, {"origin", "https://api.example"}}, false},
      {"our own, a port", {{"host", "api.example:8443"}, {"origin", "https://api.example:8443"}}, false},
      {"our own, its default port", {{"host", "api.example:443"}, {"origin", "https://api.example"}}, false},
      {"our own, capitals", {{"host", "API.example"}, {"origin", "https://api.example"}}, false},
      {"our own, by TLS that ends in front of us", {{"host", "api.example"}, {"origin", "http://api.example"}}, false},
      {"another", {{"host", "api.example"}, {"origin", "https://evil.example"}}, true},
      {"another port", {{"host", "api.example"}, {"origin", "https://api.example:8443"}}, true},
      {"the other scheme's port", {{"host", "api.example:80"}, {"origin", "https://api.example"}}, true},
      {"ours as a part", {{"host", "api.example"}, {"origin", "https://api.example.evil.example"}}, true},
      {"null", {{"host", "api.example"}, {"origin", "null"}}, true},
      {"null as a host", {{"host", "null"}, {"origin", "null"}}, true},
      {"several",
       {{"host", "api.example"}, {"origin", "https://api.example"}, {"origin", "https://api.example"}},
       true},
      {"the browser knows it is ours",
       {{"host", "inner"}, {"origin", "https://api.example"}, {"sec-fetch-site", "same-origin"}},
       false},
      {"the browser knows it is not",
       {{"host", "inner"}, {"origin", "https://api.example"}, {"sec-fetch-site", "same-site"}},
       true},
      {"no host at all", {{"origin", "https://api.example"}}, true},
  };
  for (const Case& each : kCases) {
    const FakeExchange exchange("POST", "/", each.headers);
    EXPECT_EQ(IsFromForeignPage(exchange), each.foreign) << each.name;
  }
}

}  // namespace
}  // namespace dragoman
