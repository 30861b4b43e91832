#include "dialects/rest/response_head.h"

#include <charconv>
#include <string_view>

#include "rpc/header_names.h"

namespace dragoman::dialects::rest {
namespace {

constexpr std::string_view kHttpCode = "x-http-code";

// 200 to 599; `fallback` without one, 0 if it makes no sense.
int AskedStatus(std::span<const Header> metadata, int fallback) {
  for (const Header& entry : metadata) {
    if (entry.name != kHttpCode) continue;
    int asked = 0;
    const char* end = entry.value.data() + entry.value.size();
    const auto [parsed, error] = std::from_chars(entry.value.data(), end, asked);
    return error == std::errc() && parsed == end && asked >= 200 && asked <= 599 ? asked : 0;
  }
  return fallback;
}

}  // namespace

void AppendMetadata(std::span<const Header> metadata, ResponseHead& head) {
  for (const Header& entry : metadata) {
    if (rpc::ReachesClient(entry.name)) head.headers.push_back(entry);
  }
}

Result<int> StatusOfReply(std::span<const Header> metadata, std::span<const Header> trailers) {
  const int status = AskedStatus(metadata, AskedStatus(trailers, 200));
  if (status != 0) return status;
  return Refuse(
      Status(Reason::kReplyNotRenderable, "the backend sent an x-http-code that is no HTTP status between 200 and 599"));
}

void CompleteHead(const Exchange& exchange, const rpc::Rules& rules, ResponseHead& head) {
  head.headers.push_back({"x-request-id", exchange.request_id()});
  rules.response.Apply(exchange.head().scheme, head.headers);
}

}  // namespace dragoman::dialects::rest
