#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "exchange/exchange.h"
#include "routing/policy_map.h"
#include "transcoding/message_plan.h"
#include "transcoding/reply_plan.h"
#include "transcoding/request_plan.h"
#include "transcoding/schema.h"

namespace dragoman::routing {

inline constexpr size_t kNoBackend = SIZE_MAX;

// Which messages of an RPC come as a stream.
struct Streaming {
  bool requests = false;
  bool replies = false;

  bool any() const { return requests || replies; }
  // "requests", "replies", "both"; empty: neither.
  std::string_view text() const {
    if (requests) return replies ? "both" : "requests";
    return replies ? "replies" : "";
  }
};

// A method that some route or composition leads to, or a composition, and what holds for it however it is reached.
struct Rpc {
  std::string name;  // "shop.v1.Catalog/GetItem", "compositions/home": how policies, logs and `routes` name it
  std::string grpc_path;                                       // "/shop.v1.Catalog/GetItem"; empty of a composition
  const google::protobuf::MethodDescriptor* method = nullptr;  // null: a composition
  Streaming streaming;
  size_t backend = kNoBackend;                                 // index into config::Config::backends
  std::optional<size_t> composition;                           // index into config::Config::compositions
  RpcPolicy policy;
};

// A binding joined to its method, and all that serving it needs. Immutable.
struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;  // null: of a composition
  std::optional<size_t> composition;                           // index into config::Config::compositions
  std::string rpc;          // "shop.v1.Catalog/GetItem", "compositions/home"
  size_t rpc_index = 0;     // into Router::rpcs()
  Streaming streaming;
  std::string grpc_path;    // "/shop.v1.Catalog/GetItem"
  size_t backend = kNoBackend;  // index into config::Config::backends
  std::string http_method;  // "GET"; "*" for any
  std::string path;         // the template as written
  std::string body;         // HttpRule.body
  std::string response_body;
  std::string
      origin;  // where the rule stands: "dragoman.yaml:14:3", "annotation of shop.v1.Catalog.GetItem", "expose: all"
  transcoding::RequestPlan request;  // these two: not of a composition
  transcoding::ReplyPlan reply;
};

// A method of a configured service that no HTTP request reaches, and why.
struct Unrouted {
  std::string rpc;
  std::string why;  // "no google.api.http annotation and no entry in http_rules"
};

struct Match {
  const Route* route = nullptr;
  boost::container::small_vector<std::string_view, 8> captures;  // raw text per variable of the template
};

// The frozen table of all routes.
//
// Threads: safe to use concurrently.   Cost: bounded by the path, not by the number of routes.   Spec:
// transcoding/README.md, "Matching".
class Router {
 public:
  Router();  // without a route
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // Fills `match` and returns true if a route fits. HEAD is served by the GET route unless it has its own.
  bool Find(std::string_view http_method, std::string_view target, Match& match) const;
  // The same for a client that opens a WebSocket, which can only GET: a route of any HTTP method fits that leads to an RPC. Of several those of
  // RPCs that stream requests go first, then those that stream replies; among equals GET, POST, PUT, PATCH, DELETE, then any other.
  bool FindForWebSocket(std::string_view target, Match& match) const;
  // Why nothing fits: kRouteNotFound, or kMethodNotAllowed with an `allow` header.
  Status WhyNot(std::string_view http_method, std::string_view target) const;
  // "GET, HEAD, OPTIONS" for a path that some route fits; empty for any other. For "*", the server as a whole, what any route fits (RFC 9110 section 9.3.7).
  std::string Allow(std::string_view target) const;

  const std::vector<Route>& routes() const;  // in matching order
  const std::vector<Unrouted>& unrouted() const;
  const std::vector<Rpc>& rpcs() const;  // in the order of the descriptors, then the compositions
  const Problems& put_off() const;       // what dangles, as far as it may yet come

 private:
  friend tl::expected<Router, Problems> BuildRouter(const config::Config& config, const transcoding::Schema& schema,
                                                    const transcoding::PlanSet& plans,
                                                    const std::vector<std::string>& missing);
  friend Router BuildSoundRouter(const config::Config& config, const transcoding::Schema& schema, const transcoding::PlanSet& plans,
                                 const std::vector<std::string>& missing);
  struct State;
  explicit Router(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Joins services, annotations, http_rules and compositions into the table. Reports every problem: dangling service
// names and selectors, equal names, template errors with their column, clashes naming both rules.
//
// `missing`: backends whose descriptors are still to come. Names that may come with them (NamesToCome) are put off, and
// so are compositions of unknown methods and types.
tl::expected<Router, Problems> BuildRouter(const config::Config& config, const transcoding::Schema& schema,
                                           const transcoding::PlanSet& plans,
                                           const std::vector<std::string>& missing = {});

// The table without what there are problems with; of rules that clash it has the first. To look at, not to serve.
Router BuildSoundRouter(const config::Config& config, const transcoding::Schema& schema, const transcoding::PlanSet& plans,
                        const std::vector<std::string>& missing = {});

}  // namespace dragoman::routing
