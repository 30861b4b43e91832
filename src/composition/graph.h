#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "composition/scope.h"

namespace dragoman::composition {

// A call as far as its place among the others goes.
struct GraphNode {
  CallSet inputs = 0;
  std::optional<Duration> timeout;
};

// The longest way through the calls.
struct CriticalPath {
  std::vector<size_t> calls;  // from the first on
  Duration timeouts{};        // of those that have one of their own, together
  bool bounded = false;       // all of them have
};

// A way back to where it began, {0, 2, 0} where 0 uses 2 and that uses 0; empty: there is none.
std::vector<size_t> FindCycle(std::span<const GraphNode> calls);

// The way with the largest sum of time-outs, of equal ones the one with the most calls. There is no cycle.
CriticalPath FindCriticalPath(std::span<const GraphNode> calls);

}  // namespace dragoman::composition
