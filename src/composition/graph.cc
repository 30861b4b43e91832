#include "composition/graph.h"

#include <algorithm>

namespace dragoman::composition {

std::vector<size_t> FindCycle(std::span<const GraphNode> calls) {
  CallSet done = 0;
  for (size_t first = 0; first < calls.size(); ++first) {
    // Depth first, along what each call uses; at most kMaxCalls deep.
    std::vector<size_t> way = {first};
    std::vector<size_t> next = {0};
    while (!way.empty()) {
      const size_t call = way.back();
      size_t input = next.back();
      while (input < calls.size() && ((calls[call].inputs & SetOf(input)) == 0 || (done & SetOf(input)) != 0)) ++input;
      if (input == calls.size()) {
        done |= SetOf(call);
        way.pop_back();
        next.pop_back();
        continue;
      }
      next.back() = input + 1;
      const auto begin = std::find(way.begin(), way.end(), input);
      if (begin != way.end()) {
        std::vector<size_t> cycle(begin, way.end());
        cycle.push_back(input);
        return cycle;
      }
      way.push_back(input);
      next.push_back(0);
    }
  }
  return {};
}

CriticalPath FindCriticalPath(std::span<const GraphNode> calls) {
  struct Best {
    Duration timeouts{};
    size_t length = 0;
    std::optional<size_t> before;
  };
  std::vector<Best> best(calls.size());
  std::optional<size_t> last;
  const auto longer = [&](const Best& a, const Best& b) {
    return a.timeouts != b.timeouts ? a.timeouts > b.timeouts : a.length > b.length;
  };
  CallSet done = 0;
  for (size_t round = 0; round < calls.size(); ++round) {
    for (size_t call = 0; call < calls.size(); ++call) {
      if ((done & SetOf(call)) != 0 || (calls[call].inputs & ~done) != 0) continue;
      for (size_t input = 0; input < calls.size(); ++input) {
        if ((calls[call].inputs & SetOf(input)) == 0) continue;
        if (!best[call].before || longer(best[input], best[*best[call].before])) best[call].before = input;
      }
      if (best[call].before) {
        best[call].timeouts = best[*best[call].before].timeouts;
        best[call].length = best[*best[call].before].length;
      }
      best[call].timeouts += calls[call].timeout.value_or(Duration::zero());
      ++best[call].length;
      done |= SetOf(call);
      if (!last || longer(best[call], best[*last])) last = call;
    }
  }
  CriticalPath path;
  if (!last) return path;
  path.timeouts = best[*last].timeouts;
  for (std::optional<size_t> call = last; call; call = best[*call].before) path.calls.push_back(*call);
  std::reverse(path.calls.begin(), path.calls.end());
  path.bounded = std::ranges::all_of(path.calls, [&](size_t call) { return calls[call].timeout.has_value(); });
  return path;
}

}  // namespace dragoman::composition
