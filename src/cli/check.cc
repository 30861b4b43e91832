#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/compositions_text.h"
#include "cli/cors_text.h"
#include "cli/findings_text.h"
#include "cli/load.h"
#include "cli/text.h"
#include "config/load.h"
#include "config/scalar.h"
#include "lint/ignores.h"
#include "transcoding/quote.h"

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
std::string CallersOf(const Generation& generation) {
  if (!generation.config.authentication) return "anybody: there is no authentication";
  std::string text;
  for (const auth::SchemeFacts& scheme : generation.auth->schemes()) {
    text += (text.empty() ? "those with " : " or ") + scheme.name;
  }
  text += ", where nothing else is said";
  if (const size_t keys = generation.auth->api_keys(); keys > 0) text += "; " + Counted(keys, "API key");
  return text;
}

// "brute force (10 failures in 1m), patterns (score 100), 2 header rules; bans are shared through the store"
std::string GuardOf(const config::Guard& guard) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (guard.brute_force) {
    add("brute force (" + Counted(guard.brute_force->failures, "failure") + " in " + config::RenderDuration(guard.brute_force->within) + ")");
  }
  if (guard.patterns) add("patterns (score " + std::to_string(guard.patterns->score) + ")");
  if (!guard.deny.networks.empty() || !guard.deny.files.empty()) add("deny list");
  if (!guard.allow.networks.empty() || !guard.allow.files.empty()) add("allow list");
  if (guard.connections.per_address > 0 || guard.connections.new_per_second > 0) add("connection limits");
  if (!guard.headers.empty()) add(Counted(guard.headers.size(), "header rule"));
  return text + (guard.shared ? "; bans are shared through the store" : "");
}

// "per-client (shared through the store), per-tenant"
std::string LimitsOf(const config::Config& config) {
  std::string text;
  for (const config::RateLimit& limit : config.rate_limits) {
    text += (text.empty() ? "" : ", ") + limit.name + (limit.shared ? " (shared through the store)" : "");
  }
  return text;
}

void PrintSummary(const Generation& generation, std::ostream& out) {
  const auto& routes = generation.router.routes();
  const auto& unrouted = generation.router.unrouted();
  struct Exposed {
    std::string routes;
    std::string_view streams;
    std::string callers;
    std::string bounds;
  };
  std::map<std::string, Exposed> exposed;  // by RPC
  for (const routing::Route& route : routes) {
    Exposed& rpc = exposed[route.rpc];
    rpc.streams = route.streaming.text();
    rpc.routes += (rpc.routes.empty() ? "" : ", ") + route.http_method + " " + route.path;
    const rpc::Rules& rules = generation.rules[route.rpc_index];
    rpc.callers = rules.access.description() + OwnPagesOf(rules);
    rpc.bounds = generation.rules[route.rpc_index].Bounds();
  }
  std::vector<std::vector<std::string>> rows = {{"listeners", ListenersOf(generation.config)},
                                                {"backends", BackendsOf(generation.config)},
                                                {"services", ServicesOf(generation.config)},
                                                {"routes", std::to_string(routes.size())},
                                                {"exposed", Counted(exposed.size(), "method")},
                                                {"without route", Counted(unrouted.size(), "method")},
                                                {"callers", CallersOf(generation)}};
  if (std::string pages = PagesOf(generation); !pages.empty()) rows.push_back({"pages", std::move(pages)});
  if (!generation.config.rate_limits.empty()) rows.push_back({"limits", LimitsOf(generation.config)});
  if (generation.config.guard) rows.push_back({"guard", GuardOf(*generation.config.guard)});
  PrintTable(rows, out);
  rows.clear();
  const bool bounded = std::any_of(exposed.begin(), exposed.end(), [](const auto& rpc) { return !rpc.second.bounds.empty(); });
  for (const auto& [name, rpc] : exposed) {
    const std::string streams = rpc.streams.empty() ? "" : " (streams " + std::string(rpc.streams) + ")";
    rows.push_back({"  " + name, rpc.routes + streams, rpc.callers});
    if (bounded) rows.back().push_back(rpc.bounds.empty() ? "no limit" : rpc.bounds);
  }
  if (!rows.empty()) out << "\nexposed:\n";
  PrintTable(rows, out);
  rows.clear();
  for (const routing::Unrouted& method : unrouted) rows.push_back({"  " + method.rpc, method.why});
  if (!rows.empty()) out << "\nwithout route:\n";
  PrintTable(rows, out);
  PrintCompositions(generation, out);
}

// What there is to say of a configuration.
struct Checked {
  GenerationPtr generation;  // null: there are problems
  Problems problems;
  std::vector<lint::Finding> findings;
};

Checked CheckFile(const std::string& path, const std::set<std::string, std::less<>>& ignored) {
  const auto config = LoadConfigFile(path);
  if (!config) return {.problems = config.error()};
  const Fetched fetched = FetchReflected(*config);
  auto generation = BuildGeneration(*config, fetched);
  std::vector<lint::Finding> findings = generation ? lint::Lint(**generation) : lint::LintUnserved(*config, fetched);
  findings = lint::Silence(std::move(findings), ignored, path, config::ReadFileText(path).value_or(""), generation ? lint::Sought::kAll : lint::Sought::kSome);
  if (!generation) return {.problems = std::move(generation.error()), .findings = std::move(findings)};
  return {.generation = *std::move(generation), .findings = std::move(findings)};
}

bool Warns(const std::vector<lint::Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const auto& each) { return each.code->severity == lint::Severity::kWarning; });
}

// The codes of every --ignore. Errors: one that there is not.
tl::expected<std::set<std::string, std::less<>>, std::string> IgnoredCodes(const Flags& flags) {
  std::set<std::string, std::less<>> codes;
  for (std::string_view names : flags.All("ignore")) {
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(','));
      names.remove_prefix(std::min(name.size() + 1, names.size()));
      if (lint::FindCode(name) == nullptr) return tl::unexpected("--ignore: " + lint::UnknownCode(name));
      codes.emplace(name);
    }
  }
  return codes;
}

int RunCheck(const Flags& flags, std::ostream& out, std::ostream& err) {
  const std::optional<std::string_view> graph = flags.Find("graph");
  if (graph && graph != "text" && graph != "mermaid") {
    return ReportUsage(kCheck, "--graph: expected text or mermaid, got " + transcoding::Quote(*graph), err);
  }
  if (graph && flags.Has("format")) return ReportUsage(kCheck, "--graph and --format cannot be together", err);
  const std::string_view format = flags.Find("format").value_or("text");
  const std::optional<FindingsForm> form = FindingsFormOf(format);
  if (!form) return ReportUsage(kCheck, "--format: expected text, json or github, got " + transcoding::Quote(format), err);
  const auto ignored = IgnoredCodes(flags);
  if (!ignored) return ReportUsage(kCheck, ignored.error(), err);
  const std::optional<std::string_view> path = flags.Find("config");
  if (!path) return ReportUsage(kCheck, "--config FILE is missing", err);
  if (graph) {
    const auto generation = LoadGeneration(kCheck, flags, err);
    if (!generation) return generation.error();
    PrintGraphs(**generation, graph == "text" ? composition::GraphForm::kText : composition::GraphForm::kMermaid, out);
    return kDone;
  }
  const Checked checked = CheckFile(std::string(*path), *ignored);
  if (*form == FindingsForm::kText) {
    checked.generation ? PrintSummary(*checked.generation, out) : PrintProblems(checked.problems, err, kCheckShowsAll);
  }
  PrintFindings(checked.problems, checked.findings, *form, out);
  if (!checked.generation) return kWrongInput;
  return flags.Has("strict") && Warns(checked.findings) ? kWrongInput : kDone;
}

constexpr Flag kFlags[] = {
    kConfigFlag,
    {"format", "text|json|github", "how problems and findings are said; text, the default, has a summary before them"},
    {.name = "ignore", .value = "CODE[,CODE]", .help = "findings that are not told; so does a comment `# lint: ignore CODE` on their line or above it", .many = true},
    {"strict", "", "exit code 1 where there are warnings, too"},
    {"graph", "[text|mermaid]", "instead: the calls of each composition with their types, and its critical path", "text"}};

}  // namespace

constexpr Command kCheck = {
    .name = "check",
    .summary = "Says everything that is wrong with a configuration, or what it exposes.",
    .usage = "check --config FILE [--format text|json|github] [--ignore CODE[,CODE]]... [--strict]\ncheck --config FILE --graph [text|mermaid]",
    .details = "Reads the configuration and the descriptors that it names, and builds the routes. Contacts nobody but the backends\n"
               "of `descriptors: - reflection`, which are asked for their descriptors.\n\n"
               "Problems are what cannot be served. Findings are served all the same: warnings, most likely mistakes or risks, and notes;\n"
               "src/lint/README.md has an example of each code, and how to mend it.",
    .flags = kFlags,
    .run = &RunCheck};

}  // namespace dragoman::cli
