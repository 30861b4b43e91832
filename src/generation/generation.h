#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/backend_credentials.h"
#include "auth/setup.h"
#include "composition/plan.h"
#include "concurrency/gate_set.h"
#include "config/config.h"
#include "cors/policy.h"
#include "exchange/client_address.h"
#include "guard/guard.h"
#include "rate_limit/limits.h"
#include "routing/router.h"
#include "rpc/metadata.h"
#include "rpc/rules.h"
#include "store/redis.h"
#include "tls/context.h"
#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman {

// What follows from the configuration alone. Generations that differ in their schemas share it, and what it counts.
struct Standing {
  std::shared_ptr<const config::Config> owned;  // what the other parts point into
  const config::Config& config;
  std::shared_ptr<const auth::Setup> auth;
  std::shared_ptr<const TrustedProxies> trusted_proxies;  // null: nobody is trusted
  std::shared_ptr<guard::Guard> guard;                    // null: nobody is shut out
  std::shared_ptr<rate_limit::Limits> limits;             // these three are made for sharing: what they count lives in them
  std::shared_ptr<concurrency::GateSet> gates;
  std::optional<store::RedisOptions> redis;  // nothing: there is no store
  std::vector<std::shared_ptr<const tls::ServerContext>> listener_tls;  // of config.listeners; null: plain text
  std::vector<std::shared_ptr<const tls::ClientContext>> backend_tls;   // of config.backends, likewise
  std::vector<auth::BackendCredentials> credentials;  // in the order of config.backends
};

// One immutable snapshot of everything configured. Workers share it; a request ends on the one that it began with.
struct Generation : Standing {
  transcoding::Schema schema;
  std::unique_ptr<const transcoding::PlanSet> plans;
  routing::Router router;
  std::vector<composition::Plan> compositions;  // of config.compositions
  std::vector<rpc::Rules> rules;                // of Router::rpcs()
  std::vector<std::shared_ptr<const cors::Policy>> listener_cors;  // of config.listeners; null: pages of other origins may not call
  std::string waiting;  // for what descriptors; not empty: there are no routes yet
};

using GenerationPtr = std::shared_ptr<const Generation>;

// Which request headers travel on to backends.
rpc::MetadataRules MetadataRulesOf(const Standing& standing);

// Reads the descriptors and certificates that `config` names and compiles everything. Reports every problem of a stage; a later
// stage is only tried when the earlier ones are free of them.
tl::expected<GenerationPtr, Problems> BuildGeneration(config::Config config);

// One without routes, for as long as descriptors are not to be had: `waiting` says which.
tl::expected<GenerationPtr, Problems> BuildWaiting(config::Config config, std::string waiting);

// What comes after `previous`: the same configuration, another schema.   Threads: any, while `previous` serves.
tl::expected<GenerationPtr, Problems> BuildNext(const Generation& previous, transcoding::Schema schema);

}  // namespace dragoman
