#include "auth/key_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/log.h"
#include "jwt_fixture.h"

namespace dragoman::auth {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

constexpr const char* kDocumentUrl = "https://issuer.example/.well-known/openid-configuration";

class KeySourceTest : public JwtTest {
 protected:
  // The names of the keys that are there.
  std::vector<std::string> Kids() const {
    std::vector<std::string> kids;
    if (const auto keys = source_->keys()->Get()) {
      for (const auto& key : keys->keys()) kids.push_back(key->kid().value_or("-"));
    }
    return kids;
  }

  std::optional<bool> asked_;
  static Task<void> AskInto(std::shared_ptr<JwtKeys> keys, Loop& loop, std::optional<bool>& done) {
    co_await keys->Ask(loop);
    done = true;
  }
  void Ask() {
    std::optional<bool> done;
    loop_.Spawn(AskInto(source_->keys(), loop_, done));
    ASSERT_TRUE(RunUntil(loop_, [&] { return done.has_value(); }));
  }
};

TEST_F(KeySourceTest, FetchesAtTheStart) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a", "b"}));
  Build(FetchedProvider());
  EXPECT_EQ(source_->keys()->version(), 0u);
  EXPECT_EQ(source_->keys()->Get(), nullptr);
  source_->Start();
  EXPECT_THAT(Kids(), ElementsAre("a", "b"));
  EXPECT_EQ(source_->keys()->version(), 1u);
}

TEST_F(KeySourceTest, FetchesAgainInTheBackground) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.refresh = milliseconds(5);
  Build(provider);
  source_->Start();
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a", "b"}));
  ASSERT_TRUE(RunUntil(loop_, [&] { return source_->keys()->version() == 2; }));
  EXPECT_THAT(Kids(), ElementsAre("a", "b"));
  // The same once more is no news.
  const size_t requests = issuer_.requests().size();
  ASSERT_TRUE(RunUntil(loop_, [&] { return issuer_.requests().size() >= requests + 2; }));
  EXPECT_EQ(source_->keys()->version(), 2u);
}

TEST_F(KeySourceTest, WhatIsNoKeySetChangesNothing) {
  struct Case {
    const char* name;
    std::string body;
    int status;
  };
  const Case cases[] = {
      {"an error", KeySetOf({"b"}), 503},
      {"a redirect", KeySetOf({"b"}), 302},
      {"no content", "", 204},
      {"nothing", "", 200},
      {"HTML", "<html>", 200},
      {"half of it", KeySetOf({"b"}).substr(0, 100), 200},
      {"no keys", R"({"keys":[]})", 200},
      {"keys for something else", R"({"keys":[{"kty":"AKP"}]})", 200},
      {"a secret", R"({"keys":[)" + TokenSigner::Secret(std::string(64, 's')).Jwk(R"("kid":"b")") + "]}", 200},
      {"weak keys", R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})", 200},
      {"absurdly deep", R"({"keys":)" + std::string(100'000, '['), 200},
      {"absurdly long", R"({"keys":[)" + std::string(2 << 20, ' ') + "]}", 200},
  };
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.cooldown = milliseconds(0);
  Build(provider);
  source_->Start();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    issuer_.Answer(FakeIssuer::kUrl, c.body, c.status);
    Ask();
    EXPECT_THAT(Kids(), ElementsAre("a"));
  }
  issuer_.Fail(FakeIssuer::kUrl, "issuer.example:443: connection refused");
  Ask();
  EXPECT_THAT(Kids(), ElementsAre("a"));
  EXPECT_EQ(source_->keys()->version(), 1u);
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"b"}));
  Ask();
  EXPECT_THAT(Kids(), ElementsAre("b"));
}

TEST_F(KeySourceTest, TriesAgainAfterAFailureSoonerThanItRefreshes) {
  Build(FetchedProvider());
  source_->Start();
  EXPECT_EQ(source_->keys()->version(), 0u);
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  ASSERT_TRUE(RunUntil(loop_, [&] { return source_->keys()->version() == 1; }));
  EXPECT_EQ(issuer_.requests().size(), 2u);
}

TEST_F(KeySourceTest, LogsAFailureOnceAsLongAsTheCauseIsTheSame) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.cooldown = milliseconds(0);
  Build(provider);
  testing::internal::CaptureStderr();
  source_->Start();
  for (int i = 0; i < 5; ++i) Ask();
  issuer_.Answer(FakeIssuer::kUrl, "gone", 410);
  for (int i = 0; i < 5; ++i) Ask();
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  Ask();
  std::string log = testing::internal::GetCapturedStderr();
  std::vector<std::string> lines;
  for (size_t begin = 0, end; (end = log.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(log.substr(begin + 25, end - begin - 25));  // without the time
  }
  EXPECT_THAT(
      lines,
      ElementsAre("warn jwt_keys_failed provider=jwt.main error=\"https://issuer.example/keys: nobody is there\" "
                  "kept=\"none yet\"",
                  "warn jwt_keys_failed provider=jwt.main error=\"https://issuer.example/keys: answered 410\" "
                  "kept=\"none yet\"",
                  "info jwt_keys provider=jwt.main keys=1 left_out=0", "info jwt_keys_recovered provider=jwt.main"));
}

TEST_F(KeySourceTest, IsAskedOncePerCoolDown) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  Build(FetchedProvider());
  source_->Start();
  EXPECT_TRUE(source_->keys()->MayAsk());
  Ask();
  EXPECT_EQ(issuer_.requests().size(), 2u);
  EXPECT_FALSE(source_->keys()->MayAsk());
  for (int i = 0; i < 10; ++i) Ask();
  EXPECT_EQ(issuer_.requests().size(), 2u);
}

TEST_F(KeySourceTest, AllWhoAskWhileItFetchesWaitForTheSameAnswer) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  issuer_.Hold();
  Build(FetchedProvider());
  source_->Start();
  std::vector<std::optional<bool>> done(KeySource::kMaxWaiters + 10);
  for (auto& one : done) loop_.Spawn(AskInto(source_->keys(), loop_, one));
  const auto answered = [&] { return static_cast<size_t>(std::count(done.begin(), done.end(), true)); };
  // Those beyond the bound are not kept waiting.
  ASSERT_TRUE(RunUntil(loop_, [&] { return answered() == 10; }));
  issuer_.Release();
  ASSERT_TRUE(RunUntil(loop_, [&] { return answered() == done.size(); }));
  EXPECT_EQ(issuer_.requests().size(), 1u);
  EXPECT_THAT(Kids(), ElementsAre("a"));
}

TEST_F(KeySourceTest, MayGoWhileItFetches) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a"}));
  issuer_.Hold();
  Build(FetchedProvider());
  source_->Start();
  const auto keys = source_->keys();
  source_.reset();
  issuer_.Release();
  EXPECT_EQ(keys->version(), 0u);
  // Who asks now is answered at once.
  std::optional<bool> done;
  loop_.Spawn(AskInto(keys, loop_, done));
  ASSERT_TRUE(RunUntil(loop_, [&] { return done.has_value(); }));
}

TEST_F(KeySourceTest, ASecretNeedsNobody) {
  config::JwtProvider provider = FetchedProvider();
  provider.jwks = {};
  provider.secret = config::TextSource{config::TextSource::Kind::kText, std::string(32, 's'), {}};
  Build(provider);
  source_->Start();
  EXPECT_EQ(source_->keys()->version(), 1u);
  EXPECT_FALSE(source_->keys()->MayAsk());
  EXPECT_TRUE(issuer_.requests().empty());
}

TEST_F(KeySourceTest, AFileIsReadAgain) {
  const std::string path = testing::TempDir() + "keys." + std::to_string(getpid()) + ".json";
  std::ofstream(path) << KeySetOf({"a"});
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.url.reset();
  provider.jwks.text = config::TextSource{config::TextSource::Kind::kFile, path, {}};
  provider.jwks.cooldown = milliseconds(0);
  Build(provider);
  EXPECT_THAT(Kids(), ElementsAre("a"));
  source_->Start();
  std::ofstream(path) << KeySetOf({"b"});
  Ask();
  EXPECT_THAT(Kids(), ElementsAre("b"));
  std::ofstream(path) << "half a fi";
  Ask();
  std::filesystem::remove(path);
  Ask();
  EXPECT_THAT(Kids(), ElementsAre("b"));
}

TEST_F(KeySourceTest, DiscoveryIsBelievedOfTheConfiguredIssuerOnly) {
  struct Case {
    const char* name;
    std::string document;
    std::string error;  // empty: the keys are there
  };
  const std::string at = std::string(kDocumentUrl) + ": ";
  const Case cases[] = {
      {"the issuer's", R"({"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"})", ""},
      {"keys elsewhere", R"({"issuer":"https://issuer.example","jwks_uri":"https://keys.example/k"})", ""},
      {"another's", R"({"issuer":"https://evil.example","jwks_uri":"https://issuer.example/keys"})",
       at + "the discovery document is of issuer \"https://evil.example\", expected \"https://issuer.example\""},
      {"another spelling", R"({"issuer":"https://issuer.example/","jwks_uri":"https://issuer.example/keys"})",
       at + "the discovery document is of issuer \"https://issuer.example/\", expected \"https://issuer.example\""},
      {"no issuer", R"({"jwks_uri":"https://issuer.example/keys"})",
       at + "the discovery document is of issuer \"\", expected \"https://issuer.example\""},
      {"keys in the clear", R"({"issuer":"https://issuer.example","jwks_uri":"http://issuer.example/keys"})",
       at + "its jwks_uri \"http://issuer.example/keys\" is not https"},
      {"keys in a file", R"({"issuer":"https://issuer.example","jwks_uri":"file:///etc/passwd"})",
       at + "its jwks_uri \"file:///etc/passwd\" is not https"},
      {"no keys", R"({"issuer":"https://issuer.example"})", at + "the discovery document has no jwks_uri"},
      {"keys that are a number", R"({"issuer":"https://issuer.example","jwks_uri":7})",
       at + "the discovery document has no jwks_uri"},
      {"a URL without end",
       R"({"issuer":"https://issuer.example","jwks_uri":"https://)" + std::string(3000, 'x') + "\"}",
       at + "the discovery document has no jwks_uri"},
      {"HTML", "<html>", at + "the discovery document is no JSON object"},
      {"deep", std::string(50'000, '['), at + "the discovery document nests too deeply"},
  };
  config::JwtProvider provider = FetchedProvider();
  provider.jwks.url.reset();
  provider.jwks.issuer.emplace().url = kIssuer;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    FakeIssuer issuer;
    issuer.Answer("https://issuer.example/keys", KeySetOf({"a"}));
    issuer.Answer("https://keys.example/k", KeySetOf({"a"}));
    issuer.Answer(kDocumentUrl, c.document);
    const auto built = *BuildJwtProvider(provider);
    const auto source = KeySource::Make(loop_, built, issuer.MakeClients());
    testing::internal::CaptureStderr();
    source->Start();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(source->keys()->version(), c.error.empty() ? 1u : 0u);
    if (c.error.empty()) continue;
    Buffer quoted;
    AppendLogValue(quoted, c.error);
    EXPECT_THAT(log, testing::HasSubstr("error=" + std::string(quoted.view())));
    EXPECT_THAT(issuer.requests(), ElementsAre(kDocumentUrl));
  }
}

TEST_F(KeySourceTest, DiscoveryOfAnIssuerInTheClearMayNameKeysInTheClear) {
  config::JwtProvider provider = FetchedProvider();
  provider.issuer = "http://localhost:8080/";
  provider.jwks.url.reset();
  provider.jwks.issuer.emplace().url = provider.issuer;
  issuer_.Answer("http://localhost:8080/.well-known/openid-configuration",
                 R"({"issuer":"http://localhost:8080/","jwks_uri":"http://localhost:8080/jwks"})");
  issuer_.Answer("http://localhost:8080/jwks", KeySetOf({"a"}));
  Build(provider);
  source_->Start();
  EXPECT_THAT(Kids(), ElementsAre("a"));
}

TEST_F(KeySourceTest, BeginsWithTheKeysOfTheOneThatItReplaces) {
  issuer_.Answer(FakeIssuer::kUrl, KeySetOf({"a", "b"}));
  Build(FetchedProvider());
  source_->Start();
  const std::shared_ptr<KeySource> before = source_;
  issuer_.Answer(FakeIssuer::kUrl, "no keys");
  Build(FetchedProvider());
  source_->BeginWith(*before);
  EXPECT_THAT(Kids(), ElementsAre("a", "b"));
  source_->Start();
  EXPECT_THAT(Kids(), ElementsAre("a", "b")) << "what cannot be read changes nothing";
  config::JwtProvider other = FetchedProvider();
  other.jwks.url->url = "https://elsewhere.example/keys";
  Build(other);
  source_->BeginWith(*before);
  EXPECT_EQ(source_->keys()->Get(), nullptr) << "whose keys those are only they know";
}

}  // namespace
}  // namespace dragoman::auth
