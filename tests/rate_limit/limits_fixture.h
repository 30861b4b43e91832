#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rate_limit/limits.h"
#include "rate_limit/rpc_limits.h"
#include "schema_from_source.h"

namespace dragoman::rate_limit {

inline config::LimitWindow Rate(std::string name, uint64_t amount, config::Milliseconds per, uint64_t burst = 0) {
  return {
      .kind = config::LimitWindow::Kind::kRate, .name = std::move(name), .amount = amount, .per = per, .burst = burst};
}
inline config::LimitWindow Quota(std::string name, uint64_t amount, config::Milliseconds per) {
  return {.kind = config::LimitWindow::Kind::kQuota, .name = std::move(name), .amount = amount, .per = per};
}

// Limits of a configuration, and what holds for one RPC, shop.v1.Shop/List, whose request is
//   { int32 page_size = 1; Page page = 2 { int64 size = 1; }; repeated int32 many = 3; string text = 4; … }.
class Shop {
 public:
  Shop(std::vector<config::RateLimit> rate_limits, std::vector<config::LimitUse> uses,
       size_t buckets = BucketTable::kDefaultBuckets)
      : schema_(SchemaFromSource(R"(
          syntax = "proto3";
          package shop.v1;
          enum Kind { NONE = 0; SOME = 1; }
          message Page { int64 size = 1; }
          message Request {
            int32 page_size = 1; Page page = 2; repeated int32 many = 3; string text = 4; repeated Page pages = 5;
            Kind kind = 6; bool flag = 7; optional uint64 wanted = 8; double weight = 9; sint64 delta = 10;
          })")),
        plans_(schema_),
        uses_(std::move(uses)) {
    config_.rate_limits = std::move(rate_limits);
    auto built = Limits::Build(config_, std::make_shared<Limits::Counts>(buckets));
    if (!built) {
      problems_ = built.error();
      return;
    }
    limits_ = *std::move(built);
    rpc_ = std::make_unique<RpcLimits>(&uses_, *limits_, "shop.v1.Shop/List", &request(), problems_);
  }

  const Limits& limits() const { return *limits_; }
  const RpcLimits& rpc() const { return *rpc_; }
  // The limits of another RPC with the same policy.
  RpcLimits Other() { return RpcLimits(&uses_, *limits_, "shop.v1.Shop/Other", &request(), problems_); }
  const transcoding::MessagePlan& request() const { return *plans_.Find("shop.v1.Request"); }
  // `where: what` of each.
  std::vector<std::string> problems() const {
    std::vector<std::string> texts;
    for (const Problem& problem : problems_) texts.push_back(problem.where + ": " + problem.what);
    return texts;
  }

 private:
  transcoding::Schema schema_;
  transcoding::PlanSet plans_;
  config::Config config_;
  std::vector<config::LimitUse> uses_;
  Problems problems_;
  std::unique_ptr<Limits> limits_;
  std::unique_ptr<RpcLimits> rpc_;
};

// A caller that is nobody in particular, made into somebody by its members.
struct Client {
  std::string consumer{};
  std::string tier{};
  std::string address = "192.0.2.7";
  std::vector<Header> headers{};
  std::string claims{};  // JSON; empty: no token

  // Passes a Caller to `call`, and returns what that does.
  template <typename Call>
  auto With(Call call) const {
    RequestHead head;
    head.headers = headers;
    const config::IpAddress ip = config::IpAddress::Parse(address).value_or(config::IpAddress());
    const std::shared_ptr<const jose::Claims> parsed = claims.empty() ? nullptr : *jose::Claims::Parse(claims);
    const Caller caller{head, ip, consumer, tier, parsed.get()};
    return call(caller);
  }
};

}  // namespace dragoman::rate_limit
