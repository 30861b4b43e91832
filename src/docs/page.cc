#include <algorithm>

#include "docs/docs.h"

namespace dragoman::docs {
namespace {

#ifdef DRAGOMAN_DOCS
constexpr bool kHasReference = true;
#else
constexpr bool kHasReference = false;
#endif

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

// The gate, as an icon without a request of its own.
constexpr std::string_view kIcon =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230f766e'/%3E"
    "%3Cpath d='M8 25V15a8 8 0 0 1 16 0v10M12.5 25v-9a3.5 3.5 0 0 1 7 0v9' fill='none' stroke='%23fff' stroke-width='2.4' stroke-linecap='round'/%3E%3C/svg%3E";

// "https://api.example" of "https://api.example/shop"; empty of a path.
std::string_view OriginOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, std::min(url.find_first_of("/?#", scheme + 3), url.size()));
}

// Nothing in it ends a directive.
bool IsPlainOrigin(std::string_view origin) {
  return origin.find_first_of(";, '\"") == std::string_view::npos;
}

}  // namespace

std::string RenderPage(const config::OpenApi& openapi) {
  const std::string& docs = *openapi.docs;
  const std::string title = Escape(openapi.title);
  const std::string document = RelativePath(docs, openapi.path);
  const auto asset = [&docs](std::string_view name) { return RelativePath(docs, AssetPath(docs, name)); };
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n";
  page += "<title>" + title + "</title>\n<link rel=\"icon\" href=\"";
  page.append(kIcon) += "\">\n<link rel=\"stylesheet\" href=\"" + asset("page.css") + "\">\n</head>\n<body>\n";
  page += "<header class=\"gate\"><a class=\"gate-name\" href=\"" + RelativePath(docs, docs) + "\"><img src=\"";
  page.append(kIcon) += "\" alt=\"\" width=\"24\" height=\"24\"><span>" + title + "</span></a><a class=\"gate-document\" href=\"" + document +
                        "\">OpenAPI<span> document</span></a></header>\n";
  const std::string link = "<a href=\"" + document + "\">OpenAPI 3.1 document</a>";
  if constexpr (kHasReference) {
    page += "<main id=\"api\" data-document=\"" + document + "\" data-root=\"" + RelativePath(docs, "/") + "\" data-title=\"" + title + "\"></main>\n";
    page += "<noscript><p class=\"plain\">This page needs JavaScript. What it shows is the " + link + " of this API.</p></noscript>\n";
    page += "<script src=\"" + asset("page.js") + "\"></script>\n<script src=\"" + asset("reference.js") + "\"></script>\n";
  } else {
    page += "<main class=\"plain\"><h1>" + title + "</h1><p>This API is described by its " + link +
            ", which many tools can show, try and make clients from.</p></main>\n";
  }
  return page += "</body>\n</html>\n";
}

std::string ContentSecurityPolicy(const config::OpenApi& openapi) {
  std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'";
  for (const std::string& server : openapi.servers) {
    const std::string_view origin = OriginOf(server);
    if (!origin.empty() && IsPlainOrigin(origin)) (policy += ' ') += origin;
  }
  return policy;
}

std::string SlashedPath(const std::string& docs) { return docs == "/" ? docs : docs + "/"; }

std::string AssetPath(const std::string& docs, std::string_view asset) { return SlashedPath(docs).append(asset); }

std::vector<std::string> PathsOf(const config::OpenApi& openapi) {
  std::vector<std::string> paths = {openapi.path};
  if (!openapi.docs) return paths;
  paths.push_back(*openapi.docs);
  for (const Asset& asset : Assets()) paths.push_back(AssetPath(*openapi.docs, asset.name));
  return paths;
}

std::string RelativePath(std::string_view from, std::string_view to) {
  const auto ends = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
  const size_t alike = static_cast<size_t>(ends.first - from.begin());
  // What both have in common, up to a slash.
  const size_t common = from.substr(0, std::min(alike, from.size())).rfind('/') + 1;
  std::string relative;
  for (size_t i = common; i < from.size(); ++i) {
    if (from[i] == '/') relative += "../";
  }
  relative.append(to.substr(common));
  return relative.empty() ? "./" : relative;
}

}  // namespace dragoman::docs
