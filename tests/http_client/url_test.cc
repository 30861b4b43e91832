#include <gtest/gtest.h>

#include <string>

#include "http_client/client.h"

namespace dragoman::http_client {
namespace {

TEST(Url, NamesAServerAndWhatIsAskedOfIt) {
  const struct {
    const char* text;
    bool secure;
    const char* host;
    uint16_t port;
    const char* target;
    const char* authority;
  } kCases[] = {
      {"https://issuer.example/jwks", true, "issuer.example", 443, "/jwks", "issuer.example"},
      {"http://issuer.example", false, "issuer.example", 80, "/", "issuer.example"},
      {"HTTPS://Issuer.Example:8443/A?b=C%20d", true, "issuer.example", 8443, "/A?b=C%20d", "issuer.example:8443"},
      {"https://issuer.example:443/", true, "issuer.example", 443, "/", "issuer.example"},
      {"http://issuer.example:443/", false, "issuer.example", 443, "/", "issuer.example:443"},
      {"https://issuer.example?x=1", true, "issuer.example", 443, "/?x=1", "issuer.example"},
      {"https://issuer.example./", true, "issuer.example.", 443, "/", "issuer.example."},
      {"http://127.0.0.1:9/", false, "127.0.0.1", 9, "/", "127.0.0.1:9"},
      {"https://[::1]:8443/x", true, "::1", 8443, "/x", "[::1]:8443"},
      {"https://[2001:DB8:0::7]/x", true, "2001:db8::7", 443, "/x", "[2001:db8::7]"},
      {"http://my_service/x?u=https://a.b/", false, "my_service", 80, "/x?u=https://a.b/", "my_service"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.text);
    const auto url = Url::Parse(test.text);
    ASSERT_TRUE(url) << url.error();
    EXPECT_EQ(url->secure, test.secure);
    EXPECT_EQ(url->host, test.host);
    EXPECT_EQ(url->port, test.port);
    EXPECT_EQ(url->target, test.target);
    EXPECT_EQ(url->authority, test.authority);
  }
}

TEST(Url, IsRefusedWithWhatWasExpected) {
  const std::string kScheme = "expected a URL that begins with https:// or http://, got ";
  const std::string kHost = "expected a URL with a host, as in https://issuer.example/path, got ";
  const std::string kPort = "expected a URL whose port is a number from 1 to 65535, got ";
  const std::string kText = "expected a URL of printable ASCII, other characters percent-encoded, got ";
  const std::pair<std::string, std::string> kCases[] = {
      {"", kScheme + R"("")"},
      {"issuer.example/jwks", kScheme + R"("issuer.example/jwks")"},
      {"ftp://issuer.example/", kScheme + R"("ftp://issuer.example/")"},
      {"https:/issuer.example/", kScheme + R"("https:/issuer.example/")"},
      {" https://issuer.example/", kScheme + R"(" https://issuer.example/")"},
      {"https://", kHost + R"("https://")"},
      {"https:///jwks", kHost + R"("https:///jwks")"},
      {"https://:443/", kHost + R"("https://:443/")"},
      {"https://issuer..example/", kHost + R"("https://issuer..example/")"},
      {"https://.example/", kHost + R"("https://.example/")"},
      {"https://issuer%2eexample/", kHost + R"("https://issuer%2eexample/")"},
      {"https://issuer example/", kHost + R"("https://issuer example/")"},
      {"https://b\xC3\xBC"
       "cher.example/",
       kHost + "\"https://b\xC3\xBC"
               "cher.example/\""},
      {"https://[::1/", kHost + R"("https://[::1/")"},
      {"https://[127.0.0.1]/", kHost + R"("https://[127.0.0.1]/")"},
      {"https://[fe80::1%25eth0]/", kHost + R"("https://[fe80::1%25eth0]/")"},
      {"https://[v1.x]/", kHost + R"("https://[v1.x]/")"},
      {"https://issuer.example:/", kPort + R"("https://issuer.example:/")"},
      {"https://issuer.example:0/", kPort + R"("https://issuer.example:0/")"},
      {"https://issuer.example:65536/", kPort + R"("https://issuer.example:65536/")"},
      {"https://issuer.example:+443/", kPort + R"("https://issuer.example:+443/")"},
      {"https://[::1]443/", kPort + R"("https://[::1]443/")"},
      {"https://issuer.example/a b", kText + R"("https://issuer.example/a b")"},
      {"https://issuer.example/a\r\nx: y", kText + R"("https://issuer.example/a\r\nx: y")"},
      {"https://issuer.example/\xC3\xBC", kText + "\"https://issuer.example/\xC3\xBC\""},
      {"https://issuer.example/#top", R"(expected a URL without a fragment, got "https://issuer.example/#top")"},
      {"https://user:secret@issuer.example/", "expected a URL without user information"},
      {"ftp://user:secret@issuer.example/", "expected a URL that begins with https:// or http://"},
      {"https://issuer.example/" + std::string(4096, 'x'),
       "expected a URL of at most 4096 bytes, got \"https://issuer.example/" + std::string(41, 'x') + "…\""},
      {"https://" + std::string(254, 'x') + "/", kHost + "\"https://" + std::string(56, 'x') + "…\""},
  };
  for (const auto& [text, why] : kCases) {
    SCOPED_TRACE(text);
    const auto url = Url::Parse(text);
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error(), why);
  }
}

}  // namespace
}  // namespace dragoman::http_client
