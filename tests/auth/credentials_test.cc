#include "auth/credentials.h"

#include <gtest/gtest.h>

#include "fake_exchange.h"

namespace dragoman::auth {
namespace {

using In = config::CredentialPlace::In;
using What = Found::What;

const Place kHeader{In::kHeader, "x-api-key", {}};
const Place kBearer{In::kHeader, "authorization", "Bearer"};
const Place kQuery{In::kQuery, "api_key", {}};
const Place kCookie{In::kCookie, "key", {}};

TEST(FindCredential, LooksWhereThePlaceIs) {
  const struct {
    std::string_view name;
    Place place;
    std::string_view target;
    std::vector<Header> headers;
    What what;
    std::string_view text;
  } cases[] = {
      {"a header", kHeader, "/", {{"x-api-key", "k"}}, What::kCredential, "k"},
      {"no header", kHeader, "/", {{"x-api-keys", "k"}}, What::kNothing, ""},
      {"an empty header", kHeader, "/", {{"x-api-key", ""}}, What::kMalformed, ""},
      {"a header twice", kHeader, "/", {{"x-api-key", "k"}, {"x-api-key", "k"}}, What::kAmbiguous, ""},
      {"a token", kBearer, "/", {{"authorization", "Bearer a.b.c"}}, What::kCredential, "a.b.c"},
      {"a scheme in any case", kBearer, "/", {{"authorization", "bEARER   t"}}, What::kCredential, "t"},
      {"another scheme", kBearer, "/", {{"authorization", "Basic dDp0"}}, What::kNothing, ""},
      {"a scheme that begins alike", kBearer, "/", {{"authorization", "Bearerx t"}}, What::kNothing, ""},
      {"a scheme alone", kBearer, "/", {{"authorization", "Bearer"}}, What::kMalformed, ""},
      {"a scheme beside another", kBearer, "/", {{"authorization", "Basic x"}, {"authorization", "Bearer t"}},
       What::kCredential, "t"},
      {"two tokens", kBearer, "/", {{"authorization", "Bearer s"}, {"authorization", "Bearer t"}}, What::kAmbiguous, ""},
      {"a query parameter", kQuery, "/a?x=1&api_key=k&y", {}, What::kCredential, "k"},
      {"an escaped value", kQuery, "/a?api_key=k%2Bl+m", {}, What::kCredential, "k+l m"},
      {"an escaped name", kQuery, "/a?api%5fkey=k", {}, What::kCredential, "k"},
      {"a parameter twice", kQuery, "/a?api_key=k&api%5Fkey=k", {}, What::kAmbiguous, ""},
      {"a value with a broken escape", kQuery, "/a?api_key=%4", {}, What::kMalformed, ""},
      {"a parameter without a value", kQuery, "/a?api_key", {}, What::kMalformed, ""},
      {"a path that only looks like it", kQuery, "/api_key=k", {}, What::kNothing, ""},
      {"a name that begins alike", kQuery, "/a?api_key2=k&xapi_key=k", {}, What::kNothing, ""},
      {"a cookie", kCookie, "/", {{"cookie", "a=b; key=k; c"}}, What::kCredential, "k"},
      {"a quoted cookie", kCookie, "/", {{"cookie", "key=\"k\""}}, What::kCredential, "k"},
      {"a cookie without blanks", kCookie, "/", {{"cookie", "a=b;key=k"}}, What::kCredential, "k"},
      {"a cookie of a longer name", kCookie, "/", {{"cookie", "keys=k; xkey=k"}}, What::kNothing, ""},
      {"a cookie twice", kCookie, "/", {{"cookie", "key=k; key=l"}}, What::kAmbiguous, ""},
      {"a cookie in two headers", kCookie, "/", {{"cookie", "key=k"}, {"cookie", "key=k"}}, What::kAmbiguous, ""},
      {"an empty cookie", kCookie, "/", {{"cookie", "key="}}, What::kMalformed, ""},
      {"semicolons alone", kCookie, "/", {{"cookie", ";;; ;"}}, What::kNothing, ""},
  };
  for (const auto& c : cases) {
    const FakeExchange exchange("GET", c.target, c.headers);
    std::string scratch;
    const Found found = FindCredential(exchange.head(), c.place, scratch);
    EXPECT_EQ(found.what, c.what) << c.name;
    EXPECT_EQ(found.what == What::kCredential ? found.text : "", c.text) << c.name;
  }
}

TEST(Place, NamesItselfForPeople) {
  EXPECT_EQ(kHeader.ToString(), "header \"x-api-key\"");
  EXPECT_EQ(kQuery.ToString(), "query parameter \"api_key\"");
  EXPECT_EQ(kCookie.ToString(), "cookie \"key\"");
}

}  // namespace
}  // namespace dragoman::auth
