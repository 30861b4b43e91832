#include "guard/list_refresher.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "guard_fixture.h"
#include "run_until.h"

namespace dragoman::guard {
namespace {

class ListRefresherTest : public testing::Test {
 protected:
  ListRefresherTest() {
    std::filesystem::create_directories(folder_);
    config_.deny.files = {folder_ / "deny.txt"};
    config_.reload = 10ms;
  }
  ~ListRefresherTest() override { std::filesystem::remove_all(folder_); }

  // As it is replaced: by a rename.
  void Write(const std::string& text) {
    std::ofstream(folder_ / "new") << text;
    std::filesystem::rename(folder_ / "new", folder_ / "deny.txt");
  }
  bool RunUntil(const std::function<bool()>& done) { return dragoman::RunUntil(loop_, done, 5ms); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("guard_lists_" + std::to_string(::getpid()));
  config::Guard config_;
  Loop loop_;
  SideThread side_thread_;
};

TEST_F(ListRefresherTest, ReadsWhatHasChangedAndKeepsWhatIsBroken) {
  Write("192.0.2.0/24\n");
  SharedLists lists(*Lists::Read(config_));
  const ListRefresher refresher(loop_, side_thread_, config_, lists);
  EXPECT_TRUE(lists.Get()->deny.Contains(Ip("192.0.2.7")));
  Write("198.51.100.0/24\n");
  EXPECT_TRUE(RunUntil([&] { return lists.Get()->deny.Contains(Ip("198.51.100.7")); }));
  EXPECT_FALSE(lists.Get()->deny.Contains(Ip("192.0.2.7")));

  const uint64_t version = lists.version();
  testing::internal::CaptureStderr();
  Write("203.0.113.0/24\nnonsense\n");
  int turns = 0;
  RunUntil([&] { return ++turns > 1000; });
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lists.version(), version);
  EXPECT_EQ(log.find("guard_lists_kept"), log.rfind("guard_lists_kept")) << log;
  EXPECT_NE(log.find("deny.txt:2"), std::string::npos) << log;

  Write("203.0.113.0/24\n");
  EXPECT_TRUE(RunUntil([&] { return lists.Get()->deny.Contains(Ip("203.0.113.7")); }));
  const uint64_t newest = lists.version();
  turns = 0;
  RunUntil([&] { return ++turns > 20; });
  EXPECT_EQ(lists.version(), newest);  // nothing has changed
}

}  // namespace
}  // namespace dragoman::guard
