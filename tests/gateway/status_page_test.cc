#include "gateway/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "config/load.h"

namespace dragoman::gateway {
namespace {

using testing::HasSubstr;

GenerationPtr Waiting() {
  auto config = config::LoadText("d.yaml", R"(
descriptors: [{reflection: {backend: shop}}]
backends: {shop: {endpoints: ["127.0.0.1:1"]}}
services: [{name: "*", backend: shop}]
)");
  EXPECT_TRUE(config) << config.error()[0].what;
  return BuildFirst(*std::move(config),
                    {{"shop", tl::unexpected(reflection::Failure{reflection::Failure::Kind::kUnreachable, "is down"})}})
      .value();
}

// A gateway of two workers that listen nowhere.
class StatusPageTest : public testing::Test {
 protected:
  StatusPageTest() {
    shared_.tokens = tokens_.get();
    shared_.key_sources = &key_sources_;
    for (int i = 0; i < 2; ++i) workers_.push_back(std::make_unique<Worker>(shared_));
  }
  ~StatusPageTest() override { shared_.side_thread.reset(); }

  Task<void> Ask() {
    co_await page_.Render(out_);
    answered_ = true;
    control_.Stop();
  }

  Loop control_;
  const GenerationPtr generation_ = Waiting();
  Shared shared_{generation_};
  const std::unique_ptr<auth::BackendTokens> tokens_ =
      auth::BackendTokens::Start(control_, *shared_.side_thread, *generation_->credentials).value();
  const std::vector<std::shared_ptr<auth::KeySource>> key_sources_;
  std::vector<std::unique_ptr<Worker>> workers_;
  const DescriptorSources descriptors_{*generation_};
  const std::vector<BoundAddress> listeners_;
  const std::string waiting_ = generation_->waiting;
  const bool draining_ = false;
  StatusPage page_{"1", {control_, shared_, workers_, descriptors_, listeners_, waiting_, draining_}};
  Buffer out_;
  bool answered_ = false;
};

TEST_F(StatusPageTest, TellsHowManyWorkersDidNotAnswerInTime) {
  std::thread one([this] { workers_[0]->Run(); });  // the other one is busy for ever
  control_.Spawn(Ask());
  control_.Run();
  workers_[0]->Drain();
  one.join();
  const std::string text(out_.view());
  EXPECT_THAT(text, HasSubstr("\"running\": 2,\n    \"silent\": 1\n"));
  EXPECT_THAT(text, HasSubstr("\"waiting\": \"is down\""));
  EXPECT_THAT(text, HasSubstr("\"address\": \"127.0.0.1:1\"")) << "what the other one said";
}

TEST_F(StatusPageTest, WaitsForNobodyOnceItIsStopped) {
  control_.Spawn(Ask());
  EXPECT_FALSE(answered_);
  page_.Stop();
  control_.io().poll();
  EXPECT_TRUE(answered_);
  EXPECT_THAT(std::string(out_.view()), HasSubstr("\"silent\": 2\n"));
  page_.Stop();
}

}  // namespace
}  // namespace dragoman::gateway
