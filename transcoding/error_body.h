#pragma once

#include <optional>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"

namespace dragoman::transcoding {

// Puts a Status into bytes: the one place where an error becomes JSON, be it a backend's or the gateway's own.
//
// The gateway's own carry an ErrorInfo (domain "dragoman", its reason) and, for bad input, a BadRequest. Of a backend's details those
// of known types are written as their JSON, the others as base64; DebugInfo stays inside.
//
// Threads: immutable; each thread brings its own codec.   Cost: off the hot path; allocates.
class ErrorBody {
 public:
  ErrorBody(ErrorFormat format, const PlanSet& plans) : format_(format), plans_(plans) {}

  // "application/json", or "application/problem+json".
  std::string_view content_type() const;
  // Appends the body for `status`, which is not OK.
  void Render(const Status& status, JsonCodec& codec, Buffer& out) const;

 private:
  void RenderDetails(const Status& status, JsonCodec& codec, Buffer& out) const;

  ErrorFormat format_;
  const PlanSet& plans_;
};

// The whole seconds, rounded up, after which a backend's google.rpc.RetryInfo says to try again; nothing without one.
std::optional<int64_t> RetryAfterSeconds(const Status& status);

// "Not Found" for 404; empty for a number that has no name (RFC 9110, section 15).
std::string_view HttpReasonPhrase(int http_status);

}  // namespace dragoman::transcoding
