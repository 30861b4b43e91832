#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "routing/names_to_come.h"
#include "transcoding/status.h"

namespace dragoman::routing {

// What the names of compositions begin with: "compositions/home".
inline constexpr std::string_view kCompositions = "compositions/";

// What `policies` say of one RPC or composition: for each key, the last entry that selects it and has the key. Null:
// none has.
//
// Lifetime: points into the configuration.
struct RpcPolicy {
  const config::Authenticate* authenticate = nullptr;
  const config::Authorize* authorize = nullptr;
  const config::Headers* headers = nullptr;
  std::optional<config::Milliseconds> timeout;
  const config::Cors* cors = nullptr;
  const config::JsonPolicy* json = nullptr;
  std::optional<config::Milliseconds> stream_timeout;
  const std::vector<config::LimitUse>* rate_limits = nullptr;
  const std::vector<config::Concurrency>* concurrency = nullptr;
  const config::Priorities* priority = nullptr;
};

// Finds the policy of each RPC and composition.
//
//   "shop.v1.Catalog/GetItem"   that method          "shop.v1.*"        every service below the package
//   "shop.v1.Catalog/*"         a service's          "compositions/*"   every composition
//   "compositions/home"         that composition     "*"                all
class PolicyMap {
 public:
  // `names`: of all methods that are served ("shop.v1.Catalog/GetItem") and compositions. Adds to `problems` the
  // selectors that select none of them, but for those that `to_come` puts off; null: it puts off none.
  PolicyMap(const std::vector<config::Policy>& policies, const std::vector<std::string>& names, Problems& problems,
            NamesToCome* to_come = nullptr);

  RpcPolicy Find(std::string_view name) const;

 private:
  const std::vector<config::Policy>& policies_;
};

}  // namespace dragoman::routing
