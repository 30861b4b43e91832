#pragma once

#include <cstdint>
#include <string_view>

#include "exchange/exchange.h"
#include "transcoding/request_plan.h"
#include "transcoding/status.h"

namespace dragoman {

enum class MediaType { kNone, kJson, kForm, kOther };

// What a Content-Type says of a body: `application/json; charset=utf-8` and `application/vnd.shop+json` are JSON (RFC
// 6839), and so is NDJSON, `application/x-ndjson`; an absent or empty one is kNone. Case and parameters do not matter.
MediaType ClassifyContentType(std::string_view content_type);

// What there may be as a request's body beside one JSON value.
struct TakenBodies {
  bool forms = false;    // application/x-www-form-urlencoded
  bool streams = false;  // one value after the other, application/x-ndjson, or an array of them
};

// How a request's body that is not empty is to be read, of which `begin` is as much as there is. A form that begins
// like JSON is JSON, which is what `curl -d` sends, but for requests that carry a cookie: a page of anybody's could
// have a browser send it. Errors: kUnsupportedMediaType, which names what is taken.
Result<transcoding::BodySyntax> SyntaxOfBody(const RequestHead& head, std::string_view begin, TakenBodies taken);

}  // namespace dragoman
