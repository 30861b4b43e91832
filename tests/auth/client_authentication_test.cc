#include "auth/client_authentication.h"

#include <gtest/gtest.h>

namespace dragoman::auth {
namespace {

TEST(ClientAuthentication, EncodesAsAFormDoes) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"", ""},
      {"abcXYZ019*-._", "abcXYZ019*-._"},
      {"a b", "a+b"},
      {"a+b&c=d%", "a%2Bb%26c%3Dd%25"},
      {"~/:@", "%7E%2F%3A%40"},
      {" %&+\xC2\xA3\xE2\x82\xAC", "+%25%26%2B%C2%A3%E2%82%AC"},  // RFC 6749, Appendix B
      {std::string_view("\0\r\n", 3), "%00%0D%0A"},
  };
  for (const auto& [text, encoded] : kCases) EXPECT_EQ(FormEncode(text), encoded);
}

TEST(ClientAuthentication, LeavesEmptyFieldsOut) {
  EXPECT_EQ(FormBody({{"grant_type", "client_credentials"}, {"scope", "read write"}, {"audience", ""}}),
            "grant_type=client_credentials&scope=read+write");
}

TEST(ClientAuthentication, JoinsWhatIsEncoded) {
  // RFC 6749, 2.3.1
  EXPECT_EQ(BasicAuthorization("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
  EXPECT_EQ(BasicAuthorization("a:b", "c d"), "Basic YSUzQWI6Yytk");  // a%3Ab:c+d
}

}  // namespace
}  // namespace dragoman::auth
