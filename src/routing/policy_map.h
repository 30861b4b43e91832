#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::routing {

// What `policies` say of one RPC: for each key, the last entry that selects the RPC and has it. Null: none has.
//
// Lifetime: points into the configuration.
struct RpcPolicy {
  const config::Authenticate* authenticate = nullptr;
  const config::Authorize* authorize = nullptr;
  const config::Headers* headers = nullptr;
  std::optional<config::Milliseconds> timeout;
  const std::vector<config::LimitUse>* rate_limits = nullptr;
  const std::vector<config::Concurrency>* concurrency = nullptr;
  const config::Priorities* priority = nullptr;
};

// Finds the policy of each RPC.
//
//   "shop.v1.Catalog/GetItem"   that method          "shop.v1.*"   every service below the package
//   "shop.v1.Catalog/*"         a service's          "*"           all
class PolicyMap {
 public:
  // `methods`: of all services that are served. Adds to `problems` the selectors that select none of them.
  PolicyMap(const std::vector<config::Policy>& policies,
            const std::vector<const google::protobuf::MethodDescriptor*>& methods, Problems& problems);

  RpcPolicy Find(const google::protobuf::MethodDescriptor& method) const;

 private:
  const std::vector<config::Policy>& policies_;
};

}  // namespace dragoman::routing
