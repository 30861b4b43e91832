#include "auth/token_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "auth_fixture.h"

namespace dragoman::auth {
namespace {

class TokenFileTest : public AuthTest {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("token-file-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    Rotate("one");
    BackendCredentials credentials;
    credentials.backend = "ads";
    credentials.bearer_file = {.path = path(), .token = "one"};
    file_.emplace(loop_, side_thread_, credentials, cell_, std::chrono::milliseconds(1));
    token_ = cell_->Subscribe(this, [&](std::shared_ptr<const BackendToken> token) {
      token_ = std::move(token);
      ++changes_;
    });
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "token").string(); }
  // As secrets are rotated: a new file is renamed over the old one.
  void Rotate(const std::string& text) const {
    std::ofstream(folder_ / "new") << text;
    std::filesystem::rename(folder_ / "new", path());
  }
  bool RunUntilShown(const std::string& authorization) {
    return RunUntil([&] { return token_->authorization == authorization; });
  }
  // Lets the file be looked at a few times.
  void LookSeveralTimes() {
    const TimePoint end = Clock::now() + std::chrono::milliseconds(50);
    RunUntil([&] { return Clock::now() >= end; });
  }

  std::filesystem::path folder_;
  std::shared_ptr<TokenCell> cell_ = std::make_shared<TokenCell>();
  std::shared_ptr<const BackendToken> token_;
  int changes_ = 0;
  std::optional<TokenFile> file_;
};

TEST_F(TokenFileTest, ShowsWhatTheFileHeldAtLoad) {
  EXPECT_EQ(token_->authorization, "Bearer one");
  EXPECT_TRUE(token_->ValidAt(Clock::now() + std::chrono::hours(100'000)));
}

TEST_F(TokenFileTest, SeesAFileThatReplacesIt) {
  Rotate("two\n");
  ASSERT_TRUE(RunUntilShown("Bearer two"));
  Rotate("six\r\n");  // as long as the one before
  ASSERT_TRUE(RunUntilShown("Bearer six"));
  std::ofstream(path()) << "written-in-place";
  ASSERT_TRUE(RunUntilShown("Bearer written-in-place"));
  EXPECT_EQ(changes_, 3);
}

TEST_F(TokenFileTest, KeepsTheOldTokenWhileTheFileHoldsNone) {
  const std::string no_tokens[] = {"", "\n", "two words", "line\nline", std::string(20'000, 'x')};
  for (const std::string& text : no_tokens) {
    Rotate(text);
    LookSeveralTimes();
  }
  std::filesystem::remove(path());
  LookSeveralTimes();
  std::filesystem::create_directory(path());
  LookSeveralTimes();
  std::filesystem::remove(path());
  EXPECT_EQ(token_->authorization, "Bearer one");
  EXPECT_EQ(changes_, 0);
  Rotate("two");
  ASSERT_TRUE(RunUntilShown("Bearer two"));
}

TEST_F(TokenFileTest, SaysNothingWhereNothingHasChanged) {
  Rotate("one");
  LookSeveralTimes();
  EXPECT_EQ(changes_, 0);
}

TEST_F(TokenFileTest, MayBeDestroyedWhileItLooks) {
  LookSeveralTimes();
  file_.reset();
  Rotate("two");
  LookSeveralTimes();
  EXPECT_EQ(changes_, 0);
}

}  // namespace
}  // namespace dragoman::auth
