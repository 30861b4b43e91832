#include "gateway/reloader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "generation/descriptors.h"
#include "run_until.h"

namespace dragoman::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kConfig =
    "descriptors: [{proto: {roots: [.]}}]\n"
    "backends: {shop: {endpoints: [\"127.0.0.1:1\"]}}\n"
    "services: [{name: \"*\", backend: shop, expose: all}]\n"
    "reload: {watch: true}\n";

// A configuration in a folder, looked at every few milliseconds.
class ReloaderTest : public testing::Test {
 protected:
  ReloaderTest() : folder_(std::filesystem::temp_directory_path() / ("reloader_test." + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder_);
    Write("shop.proto", "syntax = \"proto3\"; package shop; message M {} service Shop { rpc Get(M) returns (M); }");
    Write("dragoman.yaml", kConfig);
    auto read = ReadConfiguration(path());
    today_ = BuildGeneration(std::move(read->config)).value();
    reloader_.emplace(control_, thread_, path(), std::move(read->files),
                      Reloader::Hooks{.today =
                                          [this] {
                                            ++looks_;
                                            return today_;
                                          },
                                      .take =
                                          [this](const std::shared_ptr<const Served>& next) {
                                            if (refusal_.empty()) today_ = next->generation;
                                            return refusal_;
                                          },
                                      .keep =
                                          [this](const Problems& problems) {
                                            for (const Problem& problem : problems) kept_.push_back(problem.what);
                                          },
                                      .stay = [this] { ++stays_; }},
                      std::chrono::milliseconds(5));
  }
  ~ReloaderTest() override {
    thread_.Stop();
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return (folder_ / "dragoman.yaml").string(); }
  // Replaces it, as editors and deployments do.
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "fresh", std::ios::binary) << text;
    std::filesystem::rename(folder_ / "fresh", folder_ / name);
  }
  void RunUntil(const std::function<bool()>& done) { EXPECT_TRUE(dragoman::RunUntil(control_, done)); }
  void LookTenTimes() {
    const int before = looks_;
    RunUntil([&] { return looks_ > before + 20; });  // asked for twice a look
  }

  const std::filesystem::path folder_;
  Loop control_;
  SideThread thread_;
  GenerationPtr today_;
  Problems refusal_;
  int looks_ = 0;
  int stays_ = 0;
  std::vector<std::string> kept_;
  std::optional<Reloader> reloader_;
};

TEST_F(ReloaderTest, TakesWhatHasChanged) {
  reloader_->Start();
  LookTenTimes();
  EXPECT_EQ(today_->id, 1u);
  Write("dragoman.yaml", std::string(kConfig) + "workers: 2\n");
  RunUntil([&] { return today_->id == 2; });
  EXPECT_EQ(today_->config.workers, 2);
  LookTenTimes();
  EXPECT_EQ(today_->id, 2u);
  EXPECT_THAT(kept_, IsEmpty());
  EXPECT_EQ(stays_, 0);
}

TEST_F(ReloaderTest, TellsOnceWhatIsWrongAndTakesItOnceItIsRight) {
  reloader_->Start();
  Write("dragoman.yaml", std::string(kConfig) + "worker: 2\n");
  RunUntil([&] { return !kept_.empty(); });
  LookTenTimes();
  EXPECT_THAT(kept_, ElementsAre("unknown key \"worker\"; did you mean \"workers\"?"));
  // What it names counts as soon as it could be read.
  Write("dragoman.yaml", std::string(kConfig) + "authentication: {api_keys: {file: keys}}\n");
  RunUntil([&] { return kept_.size() > 1; });
  EXPECT_EQ(kept_.back(), "cannot be read: No such file or directory");
  Write("keys", "");
  RunUntil([&] { return today_->id == 2; });
}

TEST_F(ReloaderTest, WhoAsksIsToldAndWhatIsRefusedIsTriedAgain) {
  reloader_->Reload();
  RunUntil([&] { return stays_ == 1; });
  Write("dragoman.yaml", std::string(kConfig) + "workers: 2\n");
  refusal_ = {{"workers", "there are three"}};
  reloader_->Reload();
  RunUntil([&] { return stays_ == 2; });
  EXPECT_THAT(kept_, ElementsAre("there are three"));
  LookTenTimes();
  EXPECT_EQ(kept_.size(), 1u) << "nobody has asked";
  refusal_ = {};
  reloader_->Reload();
  RunUntil([&] { return today_->id == 2; });
  EXPECT_EQ(stays_, 2);
}

TEST_F(ReloaderTest, BuildsAnewWhereDescriptorsHaveComeMeanwhile) {
  Write("dragoman.yaml", std::string(kConfig) + "workers: 2\n");
  reloader_->Reload();
  today_ = BuildNext(*today_, LoadSchema(today_->config, {}).value()).value();
  RunUntil([&] { return today_->config.workers == 2; });
  EXPECT_EQ(today_->id, 3u) << "2 is that of the descriptors";
}

TEST_F(ReloaderTest, CallsNobodyOnceItIsStopped) {
  Write("dragoman.yaml", std::string(kConfig) + "workers: 2\n");
  reloader_->Reload();
  reloader_->Stop();
  thread_.Stop();
  control_.io().poll();
  EXPECT_EQ(today_->id, 1u);
  EXPECT_THAT(kept_, IsEmpty());
}

}  // namespace
}  // namespace dragoman::gateway
