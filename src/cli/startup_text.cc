#include "cli/startup_text.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "cli/example_request.h"
#include "cli/text.h"

namespace dragoman::cli {
namespace {

std::string UrlOf(const gateway::BoundAddress& address) {
  if (address.text.starts_with("unix:")) return address.text + (address.tls ? " (TLS)" : "");
  return (address.tls ? "https://" : "http://") + address.text;
}

// Where the API shows itself; empty: nowhere that a browser can see.
std::string DocsLine(const Generation& generation, const std::vector<gateway::BoundAddress>& addresses, gateway::OwnPages pages) {
  const std::optional<config::OpenApi>& openapi = generation.config.openapi;
  if (!openapi) return {};
  if (pages == gateway::OwnPages::kLeftOut) return "docs: left out, since the OpenAPI document would be too large; the log says by how much\n";
  const auto listener = std::ranges::find_if(
      addresses, [](const gateway::BoundAddress& address) { return !address.admin && !address.text.starts_with("unix:"); });
  const std::string& path = openapi->docs ? *openapi->docs : openapi->path;
  routing::Match match;
  if (listener == addresses.end() || generation.router.Find("GET", path, match)) return {};
  return (openapi->docs ? "docs: " : "description: ") + UrlOf(*listener) + path + "\n";
}

}  // namespace

std::string StartupText(const Generation& generation, const std::vector<gateway::BoundAddress>& addresses, gateway::OwnPages pages) {
  std::string text;
  for (const gateway::BoundAddress& address : addresses) {
    text += (address.admin ? "admin on " : "listening on ") + UrlOf(address) + "\n";
  }

  const std::vector<routing::Route>& routes = generation.router.routes();
  if (!generation.waiting.empty() && routes.empty()) {
    return text + "no routes yet, " + generation.waiting + "\nasking again until they are known; requests are answered with 503 until then\n";
  }

  std::set<std::string_view> methods;
  for (const routing::Route& route : routes) methods.insert(route.rpc);
  text += Counted(routes.size(), "route") + " for " + Counted(methods.size(), "method") + "\n";
  if (!generation.waiting.empty()) {
    text += "more are to come, " + generation.waiting +
            "\nasking again until they are known; paths that lead nowhere are answered with 503 until then\n";
  }

  const auto listener = std::ranges::find(addresses, false, &gateway::BoundAddress::admin);
  if (const routing::Route* route = ChooseExample(generation); route != nullptr && listener != addresses.end()) {
    const bool open = generation.rules[route->rpc_index].access.lets_anybody_in();
    text += open ? "try: " : "try, with a credential: ";
    text += CurlLine(*route, listener->text, listener->tls ? Scheme::kHttps : Scheme::kHttp) + "\n";
  }

  if (generation.waiting.empty()) text += DocsLine(generation, addresses, pages);

  const std::vector<routing::Unrouted>& unrouted = generation.router.unrouted();
  if (unrouted.empty()) return text;
  text += Counted(unrouted.size(), "method") + (unrouted.size() == 1 ? " has" : " have") + " no route:\n";
  const size_t shown = std::min(unrouted.size(), kMaxUnroutedShown);
  for (size_t i = 0; i < shown; ++i) text += "  " + unrouted[i].rpc + ": " + unrouted[i].why + "\n";
  if (shown < unrouted.size())
    text += "  … and " + std::to_string(unrouted.size() - shown) + " more: dragoman routes\n";
  return text;
}

}  // namespace dragoman::cli
