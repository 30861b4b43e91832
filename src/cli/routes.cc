#include <algorithm>
#include <string>
#include <vector>

#include "cli/load.h"
#include "cli/text.h"
#include "transcoding/buffer.h"
#include "transcoding/json_escape.h"

namespace dragoman::cli {
namespace {

// "shop"; of a composition those of its calls: "shop, ads".
std::string BackendsOf(const Generation& generation, const routing::Route& route) {
  if (!route.composition) return generation.config.backends[route.backend].name;
  std::vector<std::string> names;
  for (const composition::PlannedCall& call : generation.compositions[*route.composition].calls) {
    const std::string& name = generation.config.backends[generation.router.rpcs()[call.rpc].backend].name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string OrDash(const std::string& text) { return text.empty() ? "-" : text; }

void PrintRoutes(const Generation& generation, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"HTTP", "PATH", "BODY", "RPC", "BACKEND", "ORIGIN"}};
  const bool bounded =
      std::any_of(generation.rules.begin(), generation.rules.end(), [](const auto& rules) { return !rules.Bounds().empty(); });
  if (bounded) rows.front().emplace_back("LIMITS");
  const auto& routes = generation.router.routes();
  const bool streams = std::any_of(routes.begin(), routes.end(), [](const auto& route) { return route.streaming.any(); });
  if (streams) rows.front().emplace_back("STREAMS");
  for (const routing::Route& route : routes) {
    rows.push_back(
        {route.http_method, route.path, OrDash(route.body), route.rpc, BackendsOf(generation, route), route.origin});
    if (bounded) rows.back().push_back(OrDash(generation.rules[route.rpc_index].Bounds()));
    if (streams) rows.back().push_back(OrDash(std::string(route.streaming.text())));
  }
  PrintTable(rows, out);
  rows.clear();
  for (const routing::Unrouted& method : generation.router.unrouted()) rows.push_back({"  " + method.rpc, method.why});
  if (!rows.empty()) out << "\nwithout route:\n";
  PrintTable(rows, out);
}

void AppendMember(Buffer& json, std::string_view name, std::string_view value, std::string_view separator) {
  json.Append(separator);
  transcoding::AppendEscaped(name, json);
  json.Append(": ");
  if (!transcoding::AppendEscaped(value, json)) json.Append("\"\"");
}

// An array with an object a line: for people with grep and for programs.
void PrintRoutesAsJson(const Generation& generation, std::ostream& out) {
  Buffer json;
  std::string_view separator = "[\n";
  for (const routing::Route& route : generation.router.routes()) {
    json.Append(separator);
    separator = ",\n";
    AppendMember(json, "http_method", route.http_method, "  {");
    AppendMember(json, "path", route.path, ", ");
    AppendMember(json, "body", route.body, ", ");
    AppendMember(json, "response_body", route.response_body, ", ");
    AppendMember(json, "rpc", route.rpc, ", ");
    AppendMember(json, "streams", route.streaming.text(), ", ");
    AppendMember(json, "backend", BackendsOf(generation, route), ", ");
    AppendMember(json, "callers", generation.rules[route.rpc_index].access.description(), ", ");
    AppendMember(json, "limits", generation.rules[route.rpc_index].Bounds(), ", ");
    AppendMember(json, "origin", route.origin, ", ");
    json.Append("}");
  }
  json.Append(json.empty() ? "[]\n" : "\n]\n");
  out << json.view();
}

int RunRoutes(const Flags& flags, std::ostream& out, std::ostream& err) {
  const auto generation = LoadGeneration(kRoutes, flags, err);
  if (!generation) return generation.error();
  flags.Has("json") ? PrintRoutesAsJson(**generation, out) : PrintRoutes(**generation, out);
  return kDone;
}

constexpr Flag kFlags[] = {kConfigFlag, {"json", "", "as a JSON array"}};

}  // namespace

constexpr Command kRoutes = {
    .name = "routes",
    .summary = "Lists the routes in the order in which they are tried.",
    .usage = "routes --config FILE [--json]",
    .details = "ORIGIN is where a route comes from: an annotation, a place in the configuration, or `expose: all`. LIMITS is how much\n"
               "of its RPC may pass, where anything is limited; STREAMS which of its\n"
               "messages are many, where such an RPC has a route. Contacts nobody but the backends of `descriptors: - reflection`.",
    .flags = kFlags,
    .run = &RunRoutes};

}  // namespace dragoman::cli
