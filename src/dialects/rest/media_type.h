#pragma once

#include <string_view>

namespace dragoman::dialects::rest {

enum class MediaType { kNone, kJson, kForm, kOther };

// What a Content-Type says of a body: `application/json; charset=utf-8` and `application/vnd.shop+json` are JSON (RFC
// 6839), an absent or empty one is kNone. Case and parameters do not matter.
MediaType ClassifyContentType(std::string_view content_type);

}  // namespace dragoman::dialects::rest
