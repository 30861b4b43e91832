#pragma once

#include <string>
#include <vector>

#include "generation/generation.h"
#include "gateway/server.h"

namespace dragoman::cli {

// What `serve` says on standard output once it listens:
//
//   listening on http://127.0.0.1:8080
//   14 routes for 12 methods
//   try: curl -s 'http://127.0.0.1:8080/v1/items'
//   docs: http://127.0.0.1:8080/docs                    where `openapi` is configured; "docs: left out, …" where it is too large
//   1 method has no route:
//     shop.v1.Catalog/WatchItems: no google.api.http annotation and no entry in http_rules
//
// Of methods without a route at most kMaxUnroutedShown are named. `routes` names all.
std::string StartupText(const Generation& generation, const std::vector<gateway::BoundAddress>& addresses,
                        gateway::OwnPages pages = gateway::OwnPages::kServed);

inline constexpr size_t kMaxUnroutedShown = 10;

}  // namespace dragoman::cli
