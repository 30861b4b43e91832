#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/backend_credentials.h"
#include "auth/setup.h"
#include "composition/plan.h"
#include "concurrency/gate_set.h"
#include "config/draft.h"
#include "cors/policy.h"
#include "exchange/client_address.h"
#include "generation/reflected.h"
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

// What follows from the configuration alone. Generations that differ in their schemas share it, and what it counts: it lives as long as any
// of them.
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
  std::shared_ptr<const std::vector<auth::BackendCredentials>> credentials;  // in the order of config.backends
};

// A backend of `descriptors: - reflection` that has not said yet what it serves.
struct Awaited {
  std::string backend;
  std::string why;  // `backend "shop": cannot connect to 10.0.0.7:50051: Connection refused`; empty: it has, but that
                    // could not be served alone
};

// One immutable snapshot of everything configured. Workers share it; a request ends on the one that it began with.
struct Generation : Standing {
  transcoding::Schema schema;
  std::unique_ptr<const transcoding::PlanSet> plans;
  routing::Router router;
  std::vector<composition::Plan> compositions;  // of config.compositions
  std::vector<rpc::Rules> rules;                // of Router::rpcs()
  std::vector<std::shared_ptr<const cors::Policy>> listener_cors;  // of config.listeners; null: pages of other origins may not call
  std::string stamp;  // of the files that it was built from, where they are watched (source_stamp.h)
  std::vector<Awaited>
      awaited;  // whose descriptors it lacks, in the order of the configuration; not empty: further routes are to come
  std::string waiting;  // for what descriptors; empty where `awaited` is
  Fetched fetched;      // what backends had said before it was built
  uint64_t id = 1;      // counts up
  std::chrono::system_clock::time_point built = std::chrono::system_clock::now();
};

// What a request is told that no route fits, while some are still to come.
Status NoRoutesYet();

using GenerationPtr = std::shared_ptr<const Generation>;

// Which request headers travel on to backends.
rpc::MetadataRules MetadataRulesOf(const Standing& standing);

// Reads a configuration file. Where it has problems, all of them, AllProblemsOf it.
tl::expected<config::Config, Problems> LoadConfigFile(const std::string& path);

// What is wrong with a configuration that could be read in parts, and with all that these name, as far as that is certain. As
// below, but with a backend that does not answer nothing is wrong: whatever it may have is put off.
Problems AllProblemsOf(config::Draft draft);

// Reads the descriptors and certificates that `config` names and compiles everything. Reports every problem, but of what
// depends on descriptors that there are not. Contacts nobody: `fetched` is what the backends of `descriptors: - reflection` have said.
tl::expected<GenerationPtr, Problems> BuildGeneration(config::Config config, const Fetched& fetched);
// The same, once those backends have been asked (FetchReflected).
tl::expected<GenerationPtr, Problems> BuildGeneration(config::Config config);

// What to begin serving with: the same, but where a backend's descriptors are not to be had yet, because it is down or
// just being replaced, a generation that waits for them and has the routes of all others; without routes, if those
// cannot be built alone, of which the log tells.
tl::expected<GenerationPtr, Problems> BuildFirst(config::Config config);
// The same, of what backends have said.
tl::expected<GenerationPtr, Problems> BuildFirst(config::Config config, const Fetched& fetched);

// What comes after `previous`: the same configuration, another schema, of all but the `awaited`, and of what backends
// have said by now.   Threads: any, while `previous` serves.
tl::expected<GenerationPtr, Problems> BuildNext(const Generation& previous, transcoding::Schema schema,
                                                std::vector<Awaited> awaited = {}, Fetched fetched = {});

// What replaces `previous` where the configuration has become another one. Limits go on counting; what a backend at the
// same endpoints has said holds where it does not answer now. All descriptors have to be there, since a gateway that is ready is not to
// become one that waits, unless `previous` waits itself: then as BuildFirst.   Threads: any, while `previous` serves.
tl::expected<GenerationPtr, Problems> BuildReplacement(config::Config config, const Generation& previous);

// Those whose descriptors are not there, in the order of the configuration, and as a text for people.
std::vector<Awaited> AwaitedOf(const config::Config& config, const Fetched& fetched);
std::string TextOf(const std::vector<Awaited>& awaited);

}  // namespace dragoman
