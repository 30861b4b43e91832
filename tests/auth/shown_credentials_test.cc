#include "auth/shown_credentials.h"

#include "auth_fixture.h"

namespace dragoman::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class ShownCredentialsTest : public AuthTest {
 protected:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  // What one call comes to.
  struct Outcome {
    std::optional<Status> status;
    Pairs metadata;
  };

  ShownCredentialsTest() {
    facts_.backend = "maps";
    facts_.fixed = {{"x-api-key", "k-1"}};
    facts_.grant.emplace();
  }

  static Task<void> AttachInto(ShownCredentials& credentials, TimePoint deadline, Outcome& outcome) {
    boost::container::small_vector<Header, 16> metadata = {
        {"accept-language", "en"}, {"authorization", "Bearer stolen"}, {"x-api-key", "forged"}};
    std::optional<Status> status = credentials.TryAttach(metadata, Clock::now());
    if (!status) status = co_await credentials.Attach(metadata, deadline);
    for (const Header& entry : metadata) outcome.metadata.emplace_back(entry.name, entry.value);
    outcome.status = std::move(status);
  }
  void Spawn(ShownCredentials& credentials, Outcome& outcome, TimePoint deadline = TimePoint::max()) {
    loop_.Spawn(AttachInto(credentials, deadline, outcome));
  }

  // How much there was to do.
  size_t RunTurn() {
    loop_.io().restart();
    return loop_.io().poll();
  }

  BackendCredentials facts_;
  std::shared_ptr<TokenCell> cell_ = std::make_shared<TokenCell>();
};

TEST_F(ShownCredentialsTest, AreNothingWhereThereAreNone) {
  facts_.fixed.clear();
  facts_.grant.reset();
  ShownCredentials credentials(loop_, facts_, nullptr);
  EXPECT_TRUE(credentials.empty());
  Outcome outcome;
  Spawn(credentials, outcome);
  EXPECT_THAT(outcome.metadata, ElementsAre(Pair("accept-language", "en"), Pair("authorization", "Bearer stolen"),
                                            Pair("x-api-key", "forged")));
}

TEST_F(ShownCredentialsTest, StandInsteadOfWhatTheClientSays) {
  cell_->Publish({.authorization = "Bearer one", .why = {}});
  ShownCredentials credentials(loop_, facts_, cell_);
  EXPECT_FALSE(credentials.empty());
  Outcome outcome;
  Spawn(credentials, outcome);
  ASSERT_TRUE(outcome.status && outcome.status->ok());
  EXPECT_THAT(outcome.metadata, ElementsAre(Pair("accept-language", "en"), Pair("x-api-key", "k-1"),
                                            Pair("authorization", "Bearer one")));
}

TEST_F(ShownCredentialsTest, AreTheLatestToken) {
  cell_->Publish({.authorization = "Bearer one", .why = {}});
  ShownCredentials credentials(loop_, facts_, cell_);
  cell_->Publish({.authorization = "Bearer two", .pending = true, .why = "issuer.example: answers 500"});
  RunTurn();
  Outcome outcome;
  Spawn(credentials, outcome);
  ASSERT_TRUE(outcome.status && outcome.status->ok());
  EXPECT_THAT(outcome.metadata, testing::Contains(Pair("authorization", "Bearer two")));
}

TEST_F(ShownCredentialsTest, WaitForTheFetchThatIsUnderWay) {
  cell_->Publish({.pending = true, .why = {}});
  ShownCredentials credentials(loop_, facts_, cell_);
  std::vector<Outcome> outcomes(3);
  for (Outcome& outcome : outcomes) Spawn(credentials, outcome, Clock::now() + std::chrono::minutes(1));
  RunTurn();
  for (const Outcome& outcome : outcomes) EXPECT_FALSE(outcome.status);
  cell_->Publish({.pending = true, .why = "issuer.example: answers 500"});  // and another one
  RunTurn();
  for (const Outcome& outcome : outcomes) EXPECT_FALSE(outcome.status);
  cell_->Publish({.authorization = "Bearer one", .why = {}});
  RunTurn();
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(outcome.status && outcome.status->ok());
    EXPECT_THAT(outcome.metadata, testing::Contains(Pair("authorization", "Bearer one")));
  }
}

TEST_F(ShownCredentialsTest, AreRefusedWithTheCauseWhereThereIsNoToken) {
  cell_->Publish({.pending = true, .why = {}});
  ShownCredentials credentials(loop_, facts_, cell_, upstream::Audience::kOperators);
  Outcome waited;
  Spawn(credentials, waited);
  cell_->Publish({.why = "issuer.example: answers 401 (invalid_client)"});
  RunTurn();
  Outcome at_once;
  Spawn(credentials, at_once);
  for (const Outcome* outcome : {&waited, &at_once}) {
    ASSERT_TRUE(outcome->status);
    EXPECT_EQ(outcome->status->reason(), Reason::kBackendUnavailable);
    EXPECT_EQ(outcome->status->message(),
              "backend \"maps\": no access token from issuer.example: answers 401 (invalid_client)");
  }
}

TEST_F(ShownCredentialsTest, ShowNoTokenThatHasExpired) {
  cell_->Publish({.authorization = "Bearer old", .expires = Clock::now(), .why = "issuer.example: answers 500"});
  ShownCredentials credentials(loop_, facts_, cell_);
  Outcome outcome;
  Spawn(credentials, outcome);
  ASSERT_TRUE(outcome.status);
  EXPECT_EQ(outcome.status->message(), "backend \"maps\": no access token to call it with");
}

TEST_F(ShownCredentialsTest, WaitNoLongerThanTheDeadline) {
  cell_->Publish({.pending = true, .why = {}});
  ShownCredentials credentials(loop_, facts_, cell_);
  Outcome outcome;
  Spawn(credentials, outcome, Clock::now() + std::chrono::milliseconds(20));
  ASSERT_TRUE(RunUntil([&] { return outcome.status.has_value(); }));
  EXPECT_EQ(outcome.status->reason(), Reason::kDeadlineExceeded);
  EXPECT_EQ(outcome.status->message(), "backend \"maps\": no access token came before the deadline");
}

TEST_F(ShownCredentialsTest, AskForAnotherTokenWhenTheirsIsNotTaken) {
  int asked = 0;
  cell_->OnRenewalWanted([&] { ++asked; });
  ShownCredentials credentials(loop_, facts_, cell_);
  credentials.OnUnauthenticated();
  EXPECT_EQ(asked, 1);
}

TEST_F(ShownCredentialsTest, MayGoWhileATokenIsOnItsWay) {
  std::optional<ShownCredentials> credentials(std::in_place, loop_, facts_, cell_);
  cell_->Publish({.authorization = "Bearer one", .why = {}});
  credentials.reset();
  EXPECT_GT(RunTurn(), 0u);
  cell_->Publish({.authorization = "Bearer two", .why = {}});
  EXPECT_EQ(RunTurn(), 0u) << "nobody is told any more";
}

}  // namespace
}  // namespace dragoman::auth
