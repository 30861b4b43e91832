#include <map>
#include <string>
#include <vector>

#include "cli/load.h"
#include "cli/text.h"

namespace dragoman::cli {
namespace {

// "shop (2 endpoints), users (1 endpoint)"
std::string BackendsOf(const config::Config& config) {
  std::string text;
  for (const config::Backend& backend : config.backends) {
    if (!text.empty()) text += ", ";
    text += backend.name + " (" + Counted(backend.endpoints.size(), "endpoint") + ")";
  }
  return text;
}

std::string ListenersOf(const config::Config& config) {
  std::string text;
  for (const config::Listener& listener : config.listeners) text += (text.empty() ? "" : ", ") + listener.address;
  if (config.admin) text += ", admin on " + config.admin->address;
  return text;
}

// "shop.v1.* → shop, shop.v1.Users → users"
std::string ServicesOf(const config::Config& config) {
  std::string text;
  for (const config::Service& service : config.services) {
    text += (text.empty() ? "" : ", ") + service.name + " → " + service.backend;
  }
  return text;
}

// "anybody: there is no authentication", "those with api_key or jwt.main, where nothing else is said; 3 API keys"
std::string CallersOf(const gateway::Generation& generation) {
  if (!generation.config.authentication) return "anybody: there is no authentication";
  std::string text;
  for (const auth::SchemeFacts& scheme : generation.auth->schemes()) {
    text += (text.empty() ? "those with " : " or ") + scheme.name;
  }
  text += ", where nothing else is said";
  if (const size_t keys = generation.auth->api_keys(); keys > 0) text += "; " + Counted(keys, "API key");
  return text;
}

void PrintSummary(const gateway::Generation& generation, std::ostream& out) {
  const auto& routes = generation.router.routes();
  const auto& unrouted = generation.router.unrouted();
  struct Exposed {
    std::string routes;
    std::string callers;
  };
  std::map<std::string, Exposed> exposed;  // by RPC
  for (const routing::Route& route : routes) {
    Exposed& rpc = exposed[route.rpc];
    rpc.routes += (rpc.routes.empty() ? "" : ", ") + route.http_method + " " + route.path;
    rpc.callers = generation.rules[route.rpc_index].access.description();
  }
  PrintTable({{"listeners", ListenersOf(generation.config)},
              {"backends", BackendsOf(generation.config)},
              {"services", ServicesOf(generation.config)},
              {"routes", std::to_string(routes.size())},
              {"exposed", Counted(exposed.size(), "method")},
              {"without route", Counted(unrouted.size(), "method")},
              {"callers", CallersOf(generation)}},
             out);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, rpc] : exposed) rows.push_back({"  " + name, rpc.routes, rpc.callers});
  if (!rows.empty()) out << "\nexposed:\n";
  PrintTable(rows, out);
  rows.clear();
  for (const routing::Unrouted& method : unrouted) rows.push_back({"  " + method.rpc, method.why});
  if (!rows.empty()) out << "\nwithout route:\n";
  PrintTable(rows, out);
}

int RunCheck(const Flags& flags, std::ostream& out, std::ostream& err) {
  const auto generation = LoadGeneration(kCheck, flags, err);
  if (!generation) return generation.error();
  PrintSummary(**generation, out);
  return kDone;
}

constexpr Flag kFlags[] = {kConfigFlag};

}  // namespace

constexpr Command kCheck = {
    .name = "check",
    .summary = "Says everything that is wrong with a configuration, or what it exposes.",
    .usage = "check --config FILE",
    .details = "Reads the configuration and the descriptors that it names, and builds the routes; contacts nobody.",
    .flags = kFlags,
    .run = &RunCheck};

}  // namespace dragoman::cli
