#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "composition/graph_text.h"
#include "composition/plan.h"
#include "config/load.h"
#include "fuzz.h"
#include "schema_from_source.h"
#include "tests/composition/services_source.h"

using namespace dragoman;

using dragoman::fuzz::Require;

namespace {

void Check(const composition::Plan& plan, const routing::Router& router) {
  Require(plan.calls.size() <= composition::kMaxCalls);
  for (const composition::PlannedCall& call : plan.calls) {
    Require((call.needs & ~call.inputs) == 0);
    Require((call.inputs & composition::SetOf(call.variable)) == 0);
    Require(call.variable < plan.variables);
    if (!call.for_each) continue;
    Require(!call.for_each->elements.empty());
    for (const auto& element : call.for_each->elements) {
      Require(element.variable < plan.variables && element.depth <= call.for_each->levels);
      Require(element.depth <= element.list->type.axes.size());
    }
  }
  Require(!composition::DrawGraph(plan, router, composition::GraphForm::kText).empty());
  Require(!composition::DrawGraph(plan, router, composition::GraphForm::kMermaid).empty());
}

}  // namespace

// One item of `compositions`, of a shop that is always the same: there are problems, each with a place and a text of
// one line, or plans whose parts fit each other.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const transcoding::Schema schema = SchemaFromSource(composition::kServices);
  static const transcoding::PlanSet plans(schema);
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, size_t{1} << 16));
  const auto config = config::LoadText("dragoman.yaml", composition::WithCompositions(std::string(text)));
  if (!config) return 0;
  const auto router = routing::BuildRouter(*config, schema, plans);
  if (!router) return 0;
  const auto built = composition::BuildPlans(*config, schema, plans, *router);
  if (built) {
    for (const composition::Plan& plan : *built) Check(plan, *router);
    return 0;
  }
  Require(!built.error().empty());
  for (const Problem& problem : built.error()) {
    Require(problem.where.starts_with("dragoman.yaml:") && !problem.what.empty());
    Require(problem.what.find('\n') == std::string::npos);
  }
  return 0;
}
