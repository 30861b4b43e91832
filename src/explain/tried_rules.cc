#include "explain/tried_rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "explain/path_fit.h"
#include "transcoding/quote.h"

namespace dragoman::explain {
namespace {

using Outcome = PathFit::Outcome;

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kFits:
      return "later";
    case Outcome::kVerb:
      return "verb";
    case Outcome::kLiteral:
      return "literal";
    case Outcome::kSubTemplate:
      return "sub_template";
    case Outcome::kEmpty:
      return "empty";
    case Outcome::kShort:
      return "short";
    case Outcome::kLong:
      return "long";
  }
  return {};
}

// How near a rule came: whose path fits, then those that agree the longest, what may be misspelt among them first.
// Nothing in common: 0.
size_t Nearness(const PathFit& fit) {
  return fit.outcome == Outcome::kFits ? SIZE_MAX - 1 : 2 * fit.agreed + (fit.nearly ? 3 : 0);
}

struct Tried {
  size_t route;
  PathFit fit;
};

}  // namespace

TriedRules TryRules(const routing::Router& router, std::string_view http_method, std::string_view target,
                    const routing::Route* won) {
  const std::vector<routing::Route>& routes = router.routes();
  std::vector<transcoding::HttpTemplate> paths;
  paths.reserve(routes.size());
  for (const routing::Route& route : routes) {
    auto path = transcoding::HttpTemplate::Parse(route.path);
    paths.push_back(path ? *std::move(path) : transcoding::HttpTemplate());  // which it can: the table was built of it
  }
  const CutPath path(target, VerbsOf(paths));
  std::vector<Tried> tried;
  for (size_t i = 0; i < routes.size(); ++i) tried.push_back({i, path.Fit(paths[i])});
  // Beside one that serves, rules that share its version and no more are of no interest.
  if (won != nullptr) {
    std::erase_if(tried, [&](const Tried& each) { return &routes[each.route] != won && each.fit.outcome != Outcome::kFits && each.fit.agreed < 2; });
  }
  const auto rank = [&](const Tried& each) { return &routes[each.route] == won ? SIZE_MAX : Nearness(each.fit); };
  for (Tried& each : tried) {
    if (!ServesHttpMethod(routes[each.route].http_method, http_method)) ++each.fit.differences;
  }
  std::stable_sort(tried.begin(), tried.end(), [&](const Tried& a, const Tried& b) {
    return std::pair(rank(a), b.fit.differences) > std::pair(rank(b), a.fit.differences);
  });
  const auto unfit = std::find_if(tried.begin(), tried.end(), [&](const Tried& each) { return rank(each) < SIZE_MAX - 1; });
  const size_t fitting = static_cast<size_t>(unfit - tried.begin());
  // Those that agree two segments less than the best of them are of no interest.
  const size_t best = unfit == tried.end() ? 0 : rank(*unfit);
  const auto remote = std::find_if(unfit, tried.end(), [&](const Tried& each) { return rank(each) == 0 || rank(each) + 4 <= best; });
  const size_t nearest = std::min<size_t>(static_cast<size_t>(remote - unfit), TriedRules::kMostUnfit);
  const size_t near = std::min(fitting + nearest, TriedRules::kMost);
  tried.resize(near);

  TriedRules told;
  told.others = routes.size() - near;
  for (const Tried& each : tried) {
    const routing::Route& route = routes[each.route];
    Explanation::Rule rule{.outcome = std::string(NameOf(each.fit.outcome)),
                           .http_method = route.http_method,
                           .path = route.path,
                           .rpc = route.rpc,
                           .origin = route.origin,
                           .why = each.fit.why};
    if (&route == won) {
      rule.outcome = "won";
    } else if (each.fit.outcome == Outcome::kFits && !ServesHttpMethod(route.http_method, http_method)) {
      rule.outcome = "method";
      rule.why = "the path fits, but the HTTP method is " + transcoding::Excerpt(http_method);
    } else if (each.fit.outcome == Outcome::kFits) {
      rule.why = "fits too, but is tried later";
    }
    told.shown.push_back(std::move(rule));
  }
  return told;
}

}  // namespace dragoman::explain
