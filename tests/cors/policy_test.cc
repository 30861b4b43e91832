#include "cors/policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman::cors {
namespace {

config::Cors Configured(const std::vector<std::string>& origins) {
  config::Cors cors;
  for (const std::string& origin : origins) cors.origins.push_back({origin, {}});
  return cors;
}

// Name and value a line.
std::string TextOf(const Headers& headers) {
  std::string text;
  for (const Header& header : headers) text += std::string(header.name) + ": " + std::string(header.value) + "\n";
  return text;
}

std::string HeadersFor(const Policy& policy, std::string_view origin) {
  Headers headers;
  policy.AppendTo(origin, headers);
  return TextOf(headers);
}

constexpr const char* kExposed =
    "access-control-expose-headers: allow, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-partial, "
    "x-request-id";

TEST(PolicyTest, AllowsOrigins) {
  const std::vector<std::string> exact = {"https://app.example", "http://localhost:5173", "https://[2001:db8::1]:8443"};
  const std::vector<std::string> below = {"https://*.example.com", "http://*.dev.local:8080"};
  struct Case {
    const char* name;
    std::vector<std::string> origins;
    std::string origin;
    bool allowed;
  };
  const Case kCases[] = {
      {"the origin", exact, "https://app.example", true},
      {"one with a port", exact, "http://localhost:5173", true},
      {"an IPv6 address", exact, "https://[2001:db8::1]:8443", true},
      {"no page", exact, "", false},
      {"another scheme", exact, "http://app.example", false},
      {"another port", exact, "https://app.example:8443", false},
      {"a default port, which no browser writes", exact, "https://app.example:443", false},
      {"another host", exact, "https://app.example.evil.example", false},
      {"below the host", exact, "https://a.app.example", false},
      {"more in front", exact, "https://evil-app.example", false},
      {"capitals, which no browser writes", exact, "https://App.example", false},
      {"a path behind", exact, "https://app.example/", false},
      {"null", exact, "null", false},
      {"several", exact, ",", false},
      {"a list", exact, "https://app.example, https://app.example", false},
      {"below a domain", below, "https://a.example.com", true},
      {"far below", below, "https://a.b.c.example.com", true},
      {"below, with its port", below, "http://shop.dev.local:8080", true},
      {"the domain itself", below, "https://example.com", false},
      {"an empty label", below, "https://.example.com", false},
      {"only a dot before", below, "https://..example.com", false},
      {"the domain as an end of a name", below, "https://evilexample.com", false},
      {"the domain in front", below, "https://a.example.com.evil.example", false},
      {"below, another scheme", below, "http://a.example.com", false},
      {"below, a port that is not asked for", below, "https://a.example.com:8443", false},
      {"below, without the port", below, "http://shop.dev.local", false},
      {"a user in front", below, "https://evil@a.example.com", false},
      {"a host in front of a path", below, "https://evil.example/.example.com", false},
      {"a port in front", below, "https://evil.example:1.example.com", false},
      {"a fragment", below, "https://evil.example#.example.com", false},
      {"a NUL", below, std::string("https://evil\0.example.com", 25), false},
      {"UTF-8", below, "https://\xc3\xa9.example.com", false},
      {"no scheme", below, "a.example.com", false},
      {"null, below", below, "null", false},
      {"longer than any host", below, "https://" + std::string(400, 'a') + ".example.com", false},
      {"nobody", {}, "https://app.example", false},
      {"everybody", {"*"}, "https://app.example", true},
      {"everybody, null", {"*"}, "null", true},
      {"everybody, no page", {"*"}, "", false},
  };
  for (const Case& each : kCases) {
    EXPECT_EQ(Policy(Configured(each.origins)).Allows(each.origin), each.allowed) << each.name;
  }
}

TEST(PolicyTest, TellsPagesWhatTheyMaySee) {
  config::Cors cors = Configured({"https://app.example", "https://*.example.com"});
  const Policy plain(cors);
  EXPECT_EQ(HeadersFor(plain, "https://app.example"),
            "access-control-allow-origin: https://app.example\n" + std::string(kExposed) + "\nvary: Origin\n");
  EXPECT_EQ(HeadersFor(plain, "https://a.example.com"),
            "access-control-allow-origin: https://a.example.com\n" + std::string(kExposed) + "\nvary: Origin\n");
  EXPECT_EQ(HeadersFor(plain, "https://evil.example"), "vary: Origin\n");
  EXPECT_EQ(HeadersFor(plain, ""), "vary: Origin\n");
  cors.credentials = true;
  cors.exposed = {"x-total", "retry-after"};
  EXPECT_EQ(HeadersFor(Policy(cors), "https://app.example"),
            "access-control-allow-origin: https://app.example\naccess-control-allow-credentials: true\n" +
                std::string(kExposed) + ", x-total\nvary: Origin\n");
}

TEST(PolicyTest, TellsEverybodyTheSame) {
  const std::string all = "access-control-allow-origin: *\n" + std::string(kExposed) + "\n";
  const Policy everybody(Configured({"https://app.example", "*"}));
  for (const char* origin : {"", "null", "https://app.example", "https://evil.example"}) {
    EXPECT_EQ(HeadersFor(everybody, origin), all) << origin;
  }
  EXPECT_EQ(HeadersFor(Policy(Configured({})), "https://app.example"), "");
}

TEST(PolicyTest, DescribesItself) {
  config::Cors cors = Configured({"https://app.example", "https://*.example.com"});
  cors.credentials = true;
  EXPECT_EQ(Policy(cors).description(), "https://app.example, https://*.example.com, with credentials");
  EXPECT_EQ(Policy(Configured({"*"})).description(), "every page");
  EXPECT_EQ(Policy(Configured({})).description(), "no page");
}

}  // namespace
}  // namespace dragoman::cors
