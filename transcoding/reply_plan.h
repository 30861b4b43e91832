#pragma once

#include <string>
#include <string_view>

#include "transcoding/json_codec.h"

namespace dragoman::transcoding {

// The reply side of one binding, compiled: turns the gRPC reply message into an HTTP body.
//
// Threads: immutable; safe to use concurrently, each thread with its own codec.
class ReplyPlan {
 public:
  // `response_body` is HttpRule.response_body: "" or a field's name. Errors (for the operator): a missing field.
  static tl::expected<ReplyPlan, std::string> Build(const MessagePlan& output, std::string_view response_body);

  // Appends the body for one reply message given as wire bytes, and returns its content type: "application/json", or
  // the HttpBody's own, which lies in `type_scratch`. Of a stream of replies each is rendered so, and the first one's
  // content type holds. Errors: kReplyNotRenderable with the field path, kBackendProtocolError.
  Result<std::string_view> Render(std::string_view wire, const JsonWriteOptions& options, JsonCodec& codec, Buffer& out,
                                  std::string& type_scratch) const;

  // True where the body is raw bytes (google.api.HttpBody), not JSON.
  bool raw_body() const { return raw_body_; }

 private:
  Result<std::string_view> RenderRaw(std::string_view wire, Buffer& out, std::string& type_scratch) const;

  const MessagePlan* output_ = nullptr;
  const FieldPlan* body_field_ = nullptr;  // null: the whole message
  bool raw_body_ = false;                  // google.api.HttpBody
};

}  // namespace dragoman::transcoding
