#include "gateway/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "config/load.h"
#include "gateway/service.h"

namespace dragoman::gateway {
namespace {

using testing::HasSubstr;

std::shared_ptr<const Served> Waiting() {
  auto config = config::LoadText("d.yaml", R"(
descriptors: [{reflection: {backend: shop}}]
backends: {shop: {endpoints: ["127.0.0.1:1"]}}
services: [{name: "*", backend: shop}]
)");
  EXPECT_TRUE(config) << config.error()[0].what;
  return std::make_shared<const Served>(
      BuildFirst(*std::move(config),
                 {{"shop", tl::unexpected(reflection::Failure{reflection::Failure::Kind::kUnreachable, "is down"})}})
          .value());
}

// A gateway of two workers that listen nowhere.
class StatusPageTest : public testing::Test {
 protected:
  Task<void> Ask() {
    co_await page_.Render(out_);
    answered_ = true;
    control_.Stop();
  }

  Loop control_;
  observe::Metrics metrics_{{}};
  http::ConnectionQuota connections_{10};
  ReloadCounts reloads_;
  const std::unique_ptr<Service> today_ = Service::Make(Waiting(), {control_, metrics_, connections_, reloads_, 2}, nullptr).value();
  const std::vector<std::unique_ptr<Service>> past_;
  const std::vector<BoundAddress> listeners_;
  const std::string problem_ = "dragoman.yaml:3:1: unknown key \"backend\"";
  const bool draining_ = false;
  StatusPage page_{"1", {control_, today_, past_, listeners_, problem_, draining_}};
  Buffer out_;
  bool answered_ = false;
};

TEST_F(StatusPageTest, TellsHowManyWorkersDidNotAnswerInTime) {
  std::thread one([this] { today_->workers()[0]->Run(); });  // the other one is busy for ever
  control_.Spawn(Ask());
  control_.Run();
  today_->workers()[0]->Drain();
  one.join();
  const std::string text(out_.view());
  EXPECT_THAT(text, HasSubstr("\"running\": 2,\n    \"silent\": 1\n"));
  EXPECT_THAT(text, HasSubstr("\"waiting\": \"is down\""));
  EXPECT_THAT(text, HasSubstr("\"problem\": \"dragoman.yaml:3:1: unknown key \\\"backend\\\"\",\n    \"earlier_in_use\": 0\n"));
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
