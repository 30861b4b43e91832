#include "composition/plan.h"

#include <algorithm>
#include <utility>

#include "composition/planner.h"

namespace dragoman::composition {

tl::expected<std::vector<Plan>, Problems> BuildPlans(const config::Config& config, const transcoding::Schema& schema,
                                                     const transcoding::PlanSet& plans, const routing::Router& router) {
  const PlanContext context{.config = config, .schema = schema, .plans = plans, .router = router};
  std::vector<Plan> built;
  Problems problems;
  size_t calls = 0;
  for (size_t i = 0; i < config.compositions.size(); ++i) {
    const config::Composition& composition = config.compositions[i];
    if (std::ranges::find(router.rpcs(), std::optional(i), &routing::Rpc::composition) == router.rpcs().end()) {
      built.emplace_back();
      continue;
    }
    if (std::optional<Plan> plan = Planner(composition, context, problems).Run()) {
      plan->first_call = calls;
      built.push_back(*std::move(plan));
    }
    calls += composition.calls.size();
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return built;
}

}  // namespace dragoman::composition
