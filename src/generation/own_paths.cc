#include "generation/own_paths.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "docs/docs.h"
#include "transcoding/quote.h"

namespace dragoman {

void CheckOwnPaths(const config::Config& config, const routing::Router& router, Problems& problems) {
  if (!config.openapi || config.openapi->at.line == 0) return;
  std::set<const routing::Route*> told;
  for (const std::string& path : docs::PathsOf(*config.openapi)) {
    routing::Match match;
    if (!router.Find("GET", path, match) || !told.insert(match.route).second) continue;
    const routing::Route& route = *match.route;
    const bool document = path == config.openapi->path;
    problems.push_back({config.openapi->at.ToString(),
                        "GET " + path + " leads to " + route.rpc + ", by " + transcoding::Quote(route.http_method + " " + route.path) + " (" + route.origin +
                            "), so that " + (document ? "the document" : "the page") + " would never be seen; choose another `" +
                            (document ? "path" : "docs") + (document ? "`" : "`, or `docs: off`") + ", or let the rule take fewer paths"});
  }
}

bool IsOwnPath(const config::OpenApi& openapi, std::string_view path) {
  const std::vector<std::string> paths = docs::PathsOf(openapi);
  return std::ranges::find(paths, path) != paths.end() || (openapi.docs && path == docs::SlashedPath(*openapi.docs));
}

Status OwnPathRefuses(std::string_view http_method, std::string_view path) {
  return Status(Reason::kMethodNotAllowed, transcoding::Excerpt(http_method) + " is not allowed for " + transcoding::Quote(path) +
                                               "; allowed: " + std::string(kOwnPathAllows))
      .WithHeader("allow", std::string(kOwnPathAllows));
}

}  // namespace dragoman
