#include "composition/plan.h"

#include <utility>

#include "composition/planner.h"

namespace dragoman::composition {

tl::expected<std::vector<Plan>, Problems> BuildPlans(const config::Config& config, const transcoding::Schema& schema,
                                                     const transcoding::PlanSet& plans, const routing::Router& router) {
  const PlanContext context{.config = config, .schema = schema, .plans = plans, .router = router};
  std::vector<Plan> built;
  Problems problems;
  for (const config::Composition& composition : config.compositions) {
    if (std::optional<Plan> plan = Planner(composition, context, problems).Run()) built.push_back(*std::move(plan));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return built;
}

}  // namespace dragoman::composition
