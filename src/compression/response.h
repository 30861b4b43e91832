#pragma once

#include <string>
#include <string_view>

#include "coding/coding.h"
#include "exchange/exchange.h"

namespace dragoman::compression {

// What a response of a content type gains by compression: text, JSON and its lines, events, XML, scripts, protobuf …
// do; pictures, archives and what nobody knows do not.
bool IsWorthCoding(std::string_view content_type);

enum class Codable : uint8_t {
  kNo,        // no body, a part of one (206), coded already, or the backend forbids it (Cache-Control: no-transform)
  kIfForced,  // it gains nothing
  kYes,
};
Codable CodableOf(const ResponseHead& head);

// The head of a response that was coded, or could have been: it varies with Accept-Encoding. Where it was,
// Content-Encoding says so; what else told of the bytes is gone (Accept-Ranges, digests); a strong ETag is weak, since
// the bytes are not those that the backend named. `etag` keeps its text and must live as long as the result. Spec: RFC
// 9110, 8.4, 8.8.1, 12.5.5; RFC 9530.
ResponseHead Rewritten(const ResponseHead& head, coding::Coding used, std::string& etag);

}  // namespace dragoman::compression
