#pragma once

#include <string_view>

#include "transcoding/status.h"

namespace dragoman {

enum class MediaType { kNone, kJson, kForm, kOther };

// What a Content-Type says of a body: `application/json; charset=utf-8` and `application/vnd.shop+json` are JSON (RFC
// 6839), an absent or empty one is kNone. Case and parameters do not matter.
MediaType ClassifyContentType(std::string_view content_type);

// Whether a body may be read as JSON. A form that begins like JSON is what `curl -d` sends. Errors:
// kUnsupportedMediaType.
Status CheckJsonBody(std::string_view content_type, std::string_view body);

}  // namespace dragoman
