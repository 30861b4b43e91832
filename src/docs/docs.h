#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/openapi.h"

namespace dragoman::docs {

// A file of the page, embedded by the build.
struct Asset {
  std::string_view name;  // "page.css", below the page's path
  std::string_view content_type;
  std::string_view gzip;  // its bytes, compressed
};

// All of them.
std::span<const Asset> Assets();
// What an asset's `gzip` stands for. Decoded when it is first asked for and kept from then on, since nearly no client wants it so: 5 MiB and
// 30 ms, once.   Threads: any.
std::string_view PlainOf(const Asset& asset);

// The page itself, as HTML, for a configuration that has `docs`. All that it refers to it names relative to where it is, so that it also works below a
// prefix that a proxy takes away.
std::string RenderPage(const config::OpenApi& openapi);
// Its Content-Security-Policy: scripts of the gateway only, requests to it and to `servers`.
std::string ContentSecurityPolicy(const config::OpenApi& openapi);

// Where the page is, with a slash behind it, and where its assets are.
std::string SlashedPath(const std::string& docs);                          // "/docs/"
std::string AssetPath(const std::string& docs, std::string_view asset);  // "/docs/page.css"
// Every path that the gateway answers itself: of the document, the page, its assets.
std::vector<std::string> PathsOf(const config::OpenApi& openapi);

// How `to` is written in what is served at `from`, both absolute paths: "openapi.json" from "/docs", "../openapi.json" from "/api/docs".
std::string RelativePath(std::string_view from, std::string_view to);

}  // namespace dragoman::docs
