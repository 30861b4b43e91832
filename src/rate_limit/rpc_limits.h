#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "config/config.h"
#include "rate_limit/limit_key.h"
#include "rate_limit/limits.h"
#include "transcoding/field_reader.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"

namespace dragoman::rate_limit {

// What a call costs, where a field of its message says so.
class FieldCost {
 public:
  // Errors, for the operator: a field that is not there, or is no whole number that stands there once.
  static tl::expected<FieldCost, std::string> Build(const transcoding::MessagePlan& request,
                                                    const config::LimitUse& use);

  // What the field says, at most max_cost; `cost` where it is not set or less than 1, or where the bytes are malformed.
  uint64_t Read(std::string_view wire) const;

 private:
  FieldCost(transcoding::FieldReader reader, const config::LimitUse& use) : reader_(std::move(reader)), use_(&use) {}

  transcoding::FieldReader reader_;
  const config::LimitUse* use_;
};

// The limits of one RPC, compiled from its policy.
//
// Lifetime: less than that of the configuration and of Limits.   Threads: immutable; safe to use concurrently.
class RpcLimits {
 public:
  static constexpr size_t kMaxWindows = 8;  // of all its limits, for one caller

  // One limit as it holds for one tier.
  struct Use {
    const Limit* limit;
    const Limit::Tier* windows;
    LimitKey key;
    uint64_t cost;
    const FieldCost* field;  // null: the cost is known without the message
  };
  // All of them.
  struct Tier {
    std::string_view name;     // empty: of everybody else
    std::vector<Use> head;     // decided before the message is there
    std::vector<Use> message;  // decided with it
    std::string policy;        // the value of RateLimit-Policy
    bool shared_head = false;  // some of `head` count in the store
    bool shared_message = false;
  };

  // `uses`: null or empty where nothing is limited. `request`: null of a composition. Adds to `problems`: fields that
  // cannot be a cost, too many windows.
  RpcLimits(const std::vector<config::LimitUse>* uses, const Limits& limits, std::string_view rpc,
            const transcoding::MessagePlan* request, Problems& problems);

  bool empty() const { return tiers_.empty(); }
  // AdmitMessage has to be asked, too.
  bool reads_message() const { return !fields_.empty(); }
  // For people: "10/s (burst 20) and 1000/h by consumer [per-client]; gold: 100/s".
  const std::string& description() const { return description_; }

  const Tier& TierOf(std::string_view name) const {
    for (const Tier& tier : tiers_) {
      if (tier.name == name) return tier;
    }
    return tiers_.front();
  }

 private:
  std::vector<Tier> tiers_;  // everybody else's first
  std::vector<std::unique_ptr<const FieldCost>> fields_;
  std::string description_;
};

}  // namespace dragoman::rate_limit
