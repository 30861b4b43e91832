#pragma once

#include "config/config.h"
#include "routing/router.h"
#include "transcoding/status.h"

namespace dragoman {

// Reports rules that take the paths of `openapi`: the document or its page could never be had. An `openapi` that
// stands in no file, as of `serve --backend`, yields to them instead: nobody has asked for it.
void CheckOwnPaths(const config::Config& config, const routing::Router& router, Problems& problems);

}  // namespace dragoman
