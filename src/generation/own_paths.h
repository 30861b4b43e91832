#pragma once

#include <string_view>

#include "config/config.h"
#include "routing/router.h"
#include "transcoding/status.h"

namespace dragoman {

// Reports rules that take the paths of `openapi`: the document or its page could never be had. An `openapi` that
// stands in no file, as of `serve --backend`, yields to them instead: nobody has asked for it.
void CheckOwnPaths(const config::Config& config, const routing::Router& router, Problems& problems);

// Whether the gateway answers that path itself, where no route does.
bool IsOwnPath(const config::OpenApi& openapi, std::string_view path);
inline constexpr std::string_view kOwnPathAllows = "GET, HEAD, OPTIONS";
// Of these, those that pages of other origins are told of.
inline constexpr std::string_view kOwnPathAllowsPages = "GET, HEAD";
// What a request for such a path with any other method is refused with.
Status OwnPathRefuses(std::string_view http_method, std::string_view path);

}  // namespace dragoman
