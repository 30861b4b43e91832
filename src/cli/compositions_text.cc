#include "cli/compositions_text.h"

#include <set>
#include <string>
#include <vector>

#include "cli/text.h"

namespace dragoman::cli {

void PrintCompositions(const Generation& generation, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<std::string>> loosened;
  for (const composition::Plan& plan : generation.compositions) {
    rows.push_back({"  " + plan.name, plan.configured->http_method + " " + plan.configured->path,
                    Counted(plan.calls.size(), "call"), composition::DrawCriticalPath(plan)});
    if (plan.configured->enforce_parts) continue;
    std::set<size_t> rpcs;
    for (const composition::PlannedCall& call : plan.calls) rpcs.insert(call.rpc);
    for (const size_t rpc : rpcs) {
      const auto& rules = generation.rules[rpc];
      const std::string bounds = rules.Bounds();
      loosened.push_back({"  " + plan.name, generation.router.rpcs()[rpc].name, rules.access.description(),
                          bounds.empty() ? "no limit" : bounds});
    }
  }
  if (!rows.empty()) out << "\ncompositions:\n";
  PrintTable(rows, out);
  if (!loosened.empty()) out << "\npolicies that do not hold in a composition (enforce_parts: false):\n";
  PrintTable(loosened, out);
}

void PrintGraphs(const Generation& generation, composition::GraphForm form, std::ostream& out) {
  bool first = true;
  for (const composition::Plan& plan : generation.compositions) {
    out << (first ? "" : "\n") << composition::DrawGraph(plan, generation.router, form);
    first = false;
  }
  if (first) out << "there are no compositions\n";
}

}  // namespace dragoman::cli
