#include "auth/basic_scheme.h"

#include <future>

#include "auth_fixture.h"
#include "transcoding/base64.h"

namespace dragoman::auth {
namespace {

using ::testing::ElementsAre;

const std::string kOpenSesame = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi";
const std::string kPaColonSs =
    "$6$rounds=1000$other$"
    "yniZ6P/Nu1TK.pVjly.VrwXsWUqa9B.x4KfoO9YKBpNvbWLNyseIsd5ZJUQxB0dtkUOqZ8TsLRCQeOuH4r17b/";

std::string Credential(std::string_view text) {
  Buffer out;
  transcoding::AppendBase64(text, out);
  return std::string(out.view());
}

BasicUsers::User UserOf(const std::string& name, const std::string& hash, const Consumer* consumer, int line = 1) {
  const config::Position at{.file = "dragoman.yaml", .line = line, .column = 1};
  return {{name, {config::TextSource::Kind::kText, hash, at}, at}, consumer};
}

class BasicSchemeTest : public AuthTest {
 protected:
  using Outcome = std::optional<Result<Identity>>;

  BasicSchemeTest() {
    mobile_.name = "mobile";
    gone_.name = "gone";
    gone_.disabled = true;
    users_ = *BasicUsers::Build({UserOf("ada", kOpenSesame, &mobile_), UserOf("bob", kPaColonSs, &mobile_),
                                 UserOf("old", kOpenSesame, &gone_)});
    scheme_.emplace(loop_, side_thread_, config::Basic{.realm = "the \"shop\"", .cache = std::chrono::seconds(60)},
                    users_);
  }

  static Task<void> VerifyInto(BasicScheme& scheme, std::string credential, int64_t now, Outcome& outcome) {
    outcome.emplace(co_await scheme.Verify(credential, now));
  }
  Result<Identity> Verify(std::string_view text, int64_t now = 1000) { return VerifyRaw(Credential(text), now); }
  Result<Identity> VerifyRaw(const std::string& credential, int64_t now = 1000) {
    Outcome outcome;
    loop_.Spawn(VerifyInto(*scheme_, credential, now, outcome));
    EXPECT_TRUE(RunUntil([&] { return outcome.has_value(); }));
    return std::move(*outcome);
  }
  static std::string Why(const Result<Identity>& result) {
    if (result) return "is let in";
    EXPECT_EQ(result.error().reason(), Reason::kUnauthenticated);
    return std::string(result.error().message());
  }

  Consumer mobile_;
  Consumer gone_;
  std::shared_ptr<const BasicUsers> users_;
  std::optional<BasicScheme> scheme_;
};

TEST_F(BasicSchemeTest, SaysHowItIsAsked) {
  EXPECT_EQ(scheme_->name(), "basic");
  EXPECT_EQ(scheme_->challenge(), R"(Basic realm="the \"shop\"", charset="UTF-8")");
}

TEST_F(BasicSchemeTest, LetsThoseInWhoKnowTheirPassword) {
  const Result<Identity> ada = Verify("ada:opensesame");
  ASSERT_TRUE(ada) << ada.error().message();
  EXPECT_EQ(ada->scheme, "basic");
  EXPECT_EQ(ada->consumer, &mobile_);
  EXPECT_EQ(ada->claims, nullptr);
  EXPECT_EQ(ada->name(), "ada");
  EXPECT_TRUE(Verify("bob:pa:ss"));  // the first colon ends the name
}

TEST_F(BasicSchemeTest, TellsWhoseAPasswordClaimsToBe) {
  EXPECT_TRUE(scheme_->guessable());
  EXPECT_EQ(scheme_->ClaimedName(Credential("ada:wrong")), "ada");
  EXPECT_EQ(scheme_->ClaimedName(Credential("nobody:x")), "nobody");
  EXPECT_EQ(scheme_->ClaimedName(Credential("ada")), "");
  EXPECT_EQ(scheme_->ClaimedName("&"), "");
}

TEST_F(BasicSchemeTest, DoesNotSayWhetherTheNameOrThePasswordIsWrong) {
  const std::string kWrong = "the user name or the password is wrong";
  for (const char* text : {"ada:wrong", "ada:", "ada:opensesame ", "Ada:opensesame", "nobody:opensesame", ":", ":x"}) {
    EXPECT_EQ(Why(Verify(text)), kWrong) << text;
  }
  EXPECT_EQ(Why(Verify("old:opensesame")), "the consumer is disabled");
  EXPECT_EQ(Why(Verify("old:wrong")), kWrong);
}

TEST_F(BasicSchemeTest, HashesForNamesThatThereAreNotToo) {
  const BasicUsers::Entry nobody = users_->Find("nobody");
  EXPECT_EQ(nobody.consumer, nullptr);
  EXPECT_THAT(nobody.hash, testing::AnyOf(kOpenSesame, kPaColonSs));
  EXPECT_EQ(users_->Find("nobody").hash, nobody.hash);
}

TEST_F(BasicSchemeTest, ReadsCredentialsStrictly) {
  const std::string kNone = "the credential is not base64 of a user name, a colon and a password";
  const std::pair<std::string, std::string> kCases[] = {
      {"", kNone},
      {"YWRh", kNone},                 // ada
      {"YWRhOm9wZW5zZXNhbWU", kNone},  // without its padding
      {"YWRhOm9wZW5zZXNhbWU= ", kNone},
      {"YWRhOm9wZW5zZXNhbWV=", kNone},  // surplus bits
      {"YWRh:m9wZW5zZXNhbWU=", kNone},
      {Credential("a_da\xFB\xFF:x").replace(6, 1, "-"), kNone},
      {Credential(std::string_view("ada:opensesame\0x", 16)), kNone},
      {Credential("ada:open\nsesame"), kNone},
      {Credential("a\x7f:x"), kNone},
      {Credential(std::string(257, 'x') + ":x"), kNone},
      {Credential("ada:" + std::string(512, 'x')), kNone},
      {std::string(10'000, 'A'), "the user name or the password is wrong"},
  };
  for (const auto& [credential, why] : kCases) EXPECT_EQ(Why(VerifyRaw(credential)), why) << credential.substr(0, 50);
}

TEST_F(BasicSchemeTest, RemembersWhatWasRightForAWhile) {
  const std::string right = Credential("ada:opensesame");
  EXPECT_FALSE(scheme_->TryVerify(right, 1000));
  ASSERT_TRUE(VerifyRaw(right, 1000));
  for (const int64_t now : {1000, 1059}) {
    const auto known = scheme_->TryVerify(right, now);
    ASSERT_TRUE(known && *known);
    EXPECT_EQ((*known)->consumer, &mobile_);
  }
  EXPECT_FALSE(scheme_->TryVerify(right, 1060));
  EXPECT_FALSE(scheme_->TryVerify(Credential("ada:wrong"), 1000));
  ASSERT_FALSE(Verify("ada:wrong"));
  EXPECT_FALSE(scheme_->TryVerify(Credential("ada:wrong"), 1000));
}

TEST_F(BasicSchemeTest, HashesTheSameCredentialOnceAtATime) {
  std::promise<void> go;
  ASSERT_TRUE(side_thread_.Post([ready = go.get_future().share()] { ready.wait(); }));
  std::vector<Outcome> outcomes(100);
  for (Outcome& outcome : outcomes) loop_.Spawn(VerifyInto(*scheme_, Credential("ada:opensesame"), 1000, outcome));
  // One flight is under way: as many others may be as there is room for.
  std::vector<Outcome> others(BasicScheme::kMaxHashed);
  for (size_t i = 0; i < others.size(); ++i) {
    loop_.Spawn(VerifyInto(*scheme_, Credential("bob:" + std::to_string(i)), 1000, others[i]));
  }
  ASSERT_TRUE(others.back());
  EXPECT_EQ(others.back()->error().reason(), Reason::kOverloaded);
  EXPECT_EQ(others.back()->error().message(), "too many passwords are being checked already");
  go.set_value();
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(RunUntil([&] { return outcome.has_value(); }));
    EXPECT_TRUE(*outcome);
  }
  for (const Outcome& outcome : others) ASSERT_TRUE(RunUntil([&] { return outcome.has_value(); }));
}

TEST_F(BasicSchemeTest, RefusesWhenTheSideThreadHasTooMuchToDo) {
  std::promise<void> running;
  std::promise<void> go;
  const std::shared_future<void> ready = go.get_future().share();
  SideThread busy(1);
  BasicScheme scheme(loop_, busy, {}, users_);
  ASSERT_TRUE(busy.Post([&running, ready] {
    running.set_value();
    ready.wait();
  }));
  running.get_future().wait();
  ASSERT_TRUE(busy.Post([] {}));  // what waits, and there is room for no more
  Outcome outcome;
  loop_.Spawn(VerifyInto(scheme, Credential("ada:opensesame"), 1000, outcome));
  go.set_value();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().reason(), Reason::kOverloaded);
}

TEST_F(BasicSchemeTest, MayGoWhileAPasswordIsHashed) {
  Outcome outcome;
  auto loop = std::make_unique<Loop>();
  auto side_thread = std::make_unique<SideThread>();
  auto scheme = std::make_unique<BasicScheme>(*loop, *side_thread, config::Basic{}, users_);
  loop->Spawn(VerifyInto(*scheme, Credential("ada:opensesame"), 1000, outcome));
  side_thread.reset();
  scheme.reset();
  loop.reset();
  EXPECT_FALSE(outcome);
}

TEST(BasicUsers, SayAllThatIsWrong) {
  Consumer consumer;
  const auto built =
      BasicUsers::Build({UserOf("ada", kOpenSesame, &consumer, 1), UserOf("ada", kPaColonSs, &consumer, 2),
                         UserOf("a:b", kOpenSesame, &consumer, 3), UserOf("", kOpenSesame, &consumer, 4),
                         UserOf("bob", "opensesame", &consumer, 5), UserOf("eve", "", &consumer, 6)});
  ASSERT_FALSE(built);
  std::vector<std::string> texts;
  for (const Problem& problem : built.error()) texts.push_back(problem.where + ": " + problem.what);
  EXPECT_THAT(
      texts,
      ElementsAre(
          R"(dragoman.yaml:2:1: the user name "ada" comes twice)",
          R"(dragoman.yaml:3:1: expected a user name of 1 to 256 bytes without colon and control characters, got "a:b")",
          R"(dragoman.yaml:4:1: expected a user name of 1 to 256 bytes without colon and control characters, got "")",
          R"(dragoman.yaml:5:1: the password of "bob": expected a hash of crypt(3): $2b$… (bcrypt), $y$… (yescrypt) or $6$… (SHA-512))",
          "dragoman.yaml:6:1: expected a text, got an empty one"));
}

}  // namespace
}  // namespace dragoman::auth
