#include "auth/client_credentials_grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dragoman::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

http_client::Response Answer(std::string body, int status = 200) {
  return {.status = status, .content_type = "application/json", .cache_control = "no-store", .body = std::move(body)};
}

TEST(TokenRequest, ShowsTheClientAsItIsTold) {
  config::OAuth2Client client;
  client.client_id = "gate way";
  client.scopes = {"maps.read", "maps.write"};
  client.audience = "https://maps.example/";
  const http_client::Request basic = TokenRequest(client, "s3cret");
  EXPECT_EQ(basic.method, "POST");
  EXPECT_EQ(basic.content_type, "application/x-www-form-urlencoded");
  EXPECT_THAT(basic.headers, ElementsAre(Pair("accept", "application/json"),
                                         Pair("authorization", "Basic Z2F0ZSt3YXk6czNjcmV0")));  // gate+way:s3cret
  EXPECT_EQ(basic.body,
            "grant_type=client_credentials&scope=maps.read+maps.write&audience=https%3A%2F%2Fmaps.example%2F");
  client.authenticate = config::OAuth2Client::Authenticate::kBody;
  client.scopes.clear();
  client.audience.clear();
  const http_client::Request body = TokenRequest(client, "s&cret");
  EXPECT_THAT(body.headers, ElementsAre(Pair("accept", "application/json")));
  EXPECT_EQ(body.body, "grant_type=client_credentials&client_id=gate+way&client_secret=s%26cret");
}

TEST(ReadTokenAnswer, TakesWhatServersSend) {
  const struct {
    const char* body;
    const char* token;
    int64_t seconds;
  } kCases[] = {
      {R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","token_type":"bearer"})", "", 0},
      {R"({"access_token":"eyJ.a-b_c~d+e/f==","token_type":"Bearer","expires_in":3600,"x":[1,{}]})",
       "eyJ.a-b_c~d+e/f==", 3600},
      {R"({"access_token":"t","token_type":"bearer"})", "t", 300},
      {R"({"access_token":"t","token_type":"BEARER","expires_in":null})", "t", 300},
      {R"({"access_token":"t","token_type":"Bearer","expires_in":"3599"})", "t", 3599},
      {R"({"access_token":"t","token_type":"Bearer","expires_in":12.9})", "t", 12},
      {R"({"access_token":"t","token_type":"Bearer","expires_in":1e300})", "t", 366 * 24 * 3600},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.body);
    const auto granted = ReadTokenAnswer(Answer(test.body));
    ASSERT_EQ(granted.has_value(), test.seconds != 0);  // a name that comes twice is no answer
    if (!granted) continue;
    EXPECT_EQ(granted->access_token, test.token);
    EXPECT_EQ(granted->lifetime.count(), test.seconds);
  }
}

TEST(ReadTokenAnswer, SaysWhatIsWrongWithoutTheToken) {
  const struct {
    int status;
    std::string body;
    const char* why;
  } kCases[] = {
      {401, R"({"error":"invalid_client","error_description":"the secret s3cret is wrong"})",
       "answers 401 (invalid_client)"},
      {400, R"({"error":"<script>"})", "answers 400"},
      {400, R"({"error":")" + std::string(65, 'x') + "\"}", "answers 400"},
      {500, "<html>", "answers 500"},
      {302, "", "answers 302"},
      {201, R"({"access_token":"t","token_type":"Bearer"})", "answers 201"},
      {200, "", "answers with something else than a JSON object"},
      {200, "<html>", "answers with something else than a JSON object"},
      {200, "[]", "answers with something else than a JSON object"},
      {200, R"({"a":)" + std::string(70'000, '[') + "}", "answers with something else than a JSON object"},
      {200, "{}", "answers without an access_token"},
      {200, R"({"access_token":7,"token_type":"Bearer"})", "answers without an access_token"},
      {200, R"({"access_token":"a b","token_type":"Bearer"})", "answers with an access_token that no header can carry"},
      {200, R"({"access_token":"a\r\nb","token_type":"Bearer"})",
       "answers with an access_token that no header can carry"},
      {200, R"({"access_token":"=","token_type":"Bearer"})", "answers with an access_token that no header can carry"},
      {200, R"({"access_token":")" + std::string(16'385, 'x') + R"(","token_type":"Bearer"})",
       "answers with an access_token of more than 16384 bytes"},
      {200, R"({"access_token":"t"})", "answers with a token_type other than Bearer"},
      {200, R"({"access_token":"t","token_type":"mac"})", "answers with a token_type other than Bearer"},
      {200, R"({"access_token":"t","token_type":"Bearer","expires_in":"soon"})",
       "answers with an expires_in that is no number"},
      {200, R"({"access_token":"t","token_type":"Bearer","expires_in":"nan"})",
       "answers with an expires_in that is no number"},
      {200, R"({"access_token":"t","token_type":"Bearer","expires_in":true})",
       "answers with an expires_in that is no number"},
      {200, R"({"access_token":"t","token_type":"Bearer","expires_in":0})",
       "answers with a token that has expired already"},
      {200, R"({"access_token":"t","token_type":"Bearer","expires_in":-5})",
       "answers with a token that has expired already"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.body.substr(0, 100));
    const auto granted = ReadTokenAnswer(Answer(test.body, test.status));
    ASSERT_FALSE(granted);
    EXPECT_EQ(granted.error(), test.why);
  }
}

}  // namespace
}  // namespace dragoman::auth
