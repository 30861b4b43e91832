#pragma once

#include <vector>

#include "routing/router.h"
#include "transcoding/path_index.h"

namespace dragoman::routing {

struct Table {
  std::vector<Route> routes;  // in matching order; the index's targets are their numbers
  std::vector<Unrouted> unrouted;
  std::vector<Rpc> rpcs;
  transcoding::PathIndex index;
  Problems put_off = {};
};

struct Router::State : Table {};

}  // namespace dragoman::routing
