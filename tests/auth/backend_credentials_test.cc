#include "auth/backend_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace dragoman::auth {
namespace {

using ::testing::ElementsAre;

config::TextSource Text(std::string text, int line = 1) {
  return {.kind = config::TextSource::Kind::kText,
          .value = std::move(text),
          .at = {.file = "dragoman.yaml", .line = line, .column = 1}};
}

config::Backend Maps(config::BackendCredentials credentials) {
  config::Backend backend;
  backend.name = "maps";
  backend.credentials = std::move(credentials);
  return backend;
}

config::OAuth2Client Grant(const std::string& url, int line = 1) {
  config::OAuth2Client client;
  client.token.url = url;
  client.token.at = {.file = "dragoman.yaml", .line = line, .column = 1};
  client.client_id = "gateway";
  client.client_secret = Text("s3cret");
  return client;
}

std::vector<std::string> ProblemsOf(config::BackendCredentials credentials) {
  std::vector<std::string> texts;
  const auto built = BackendCredentials::Build(Maps(std::move(credentials)));
  if (built) return texts;
  for (const Problem& problem : built.error()) texts.push_back(problem.where + ": " + problem.what);
  return texts;
}

TEST(BackendCredentials, AreNoneWhereNothingIsConfigured) {
  config::Backend backend;
  backend.name = "maps";
  const auto none = BackendCredentials::Build(backend);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  EXPECT_TRUE(none->names().empty());
}

TEST(BackendCredentials, HoldWhatTheirSourcesSay) {
  ::setenv("DRAGOMAN_TEST_KEY", "from-the-environment", 1);
  config::BackendCredentials configured;
  configured.metadata = {{"x-api-key", {config::TextSource::Kind::kEnvironment, "DRAGOMAN_TEST_KEY", {}}},
                         {"x-tenant", Text("acme")}};
  configured.bearer = Text("abc.def");
  const auto built = BackendCredentials::Build(Maps(configured));
  ASSERT_TRUE(built) << built.error().front().what;
  EXPECT_FALSE(built->empty());
  EXPECT_FALSE(built->has_token());  // a text does not change
  EXPECT_EQ(built->fixed[0].value, "from-the-environment");
  EXPECT_EQ(built->fixed[2].value, "Bearer abc.def");
  EXPECT_THAT(built->names(), ElementsAre("x-api-key", "x-tenant", "authorization"));
}

TEST(BackendCredentials, KeepTheFileOfABearerToken) {
  const std::string path = testing::TempDir() + "bearer-token-at-load";
  std::ofstream(path) << "abc.def\r\n";
  config::BackendCredentials configured;
  configured.bearer = config::TextSource{config::TextSource::Kind::kFile, path, {}};
  const auto built = BackendCredentials::Build(Maps(configured));
  ASSERT_TRUE(built) << built.error().front().what;
  ASSERT_TRUE(built->bearer_file);
  EXPECT_EQ(built->bearer_file->path, path);
  EXPECT_EQ(built->bearer_file->token, "abc.def");
  EXPECT_THAT(built->names(), ElementsAre("authorization"));
}

TEST(BackendCredentials, KeepTheGrant) {
  config::BackendCredentials configured;
  configured.oauth2 = Grant("https://issuer.example/token");
  const auto built = BackendCredentials::Build(Maps(configured));
  ASSERT_TRUE(built) << built.error().front().what;
  EXPECT_EQ(built->grant->client_secret, "s3cret");
  EXPECT_THAT(built->names(), ElementsAre("authorization"));
}

TEST(BackendCredentials, SayAllThatIsWrong) {
  config::BackendCredentials configured;
  configured.metadata = {{"X-Api-Key", Text("k", 1)},  {"te", Text("k", 2)},        {"x-key", Text("a\nb", 3)},
                         {"grpc-trace", Text("k", 4)}, {"x-key-bin", Text("k", 5)}, {"x-tenant", Text("a", 6)},
                         {"x-tenant", Text("b", 7)}};
  configured.bearer = Text("a b", 8);
  configured.oauth2 = Grant("ftp://issuer.example/", 9);
  configured.oauth2->client_secret = {config::TextSource::Kind::kFile, "/nowhere/secret", {"dragoman.yaml", 10, 1}};
  EXPECT_THAT(
      ProblemsOf(configured),
      ElementsAre(
          R"(dragoman.yaml:1:1: "X-Api-Key" is no name for gRPC metadata)",
          R"(dragoman.yaml:2:1: "te" is no name for gRPC metadata)",
          R"(dragoman.yaml:3:1: the value of "x-key" holds a character that gRPC metadata cannot carry)",
          R"(dragoman.yaml:4:1: "grpc-trace" cannot be a credential: grpc-… is gRPC's own, …-bin is not text)",
          R"(dragoman.yaml:5:1: "x-key-bin" cannot be a credential: grpc-… is gRPC's own, …-bin is not text)",
          R"(dragoman.yaml:7:1: the metadata "x-tenant" is said twice)",
          "dragoman.yaml:8:1: a bearer token holds letters, digits and -._~+/ only, = at its end",
          "dragoman.yaml:10:1: /nowhere/secret: cannot be read: No such file or directory",
          R"(dragoman.yaml:9:1: expected a URL that begins with https:// or http://, got "ftp://issuer.example/")"));
}

TEST(BackendCredentials, SayAuthorizationOnceOnly) {
  config::BackendCredentials configured;
  configured.metadata = {{"authorization", Text("Digest x", 1)}};
  configured.bearer = Text("abc", 2);
  configured.oauth2 = Grant("http://issuer.example/", 3);
  EXPECT_THAT(ProblemsOf(configured), ElementsAre(R"(dragoman.yaml:2:1: the metadata "authorization" is said twice)",
                                                  R"(dragoman.yaml:3:1: the metadata "authorization" is said twice)"));
}

}  // namespace
}  // namespace dragoman::auth
