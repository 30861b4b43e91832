#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "transcoding/field_selection.h"
#include "transcoding/json_codec.h"

namespace dragoman::transcoding {

inline constexpr size_t kMaxSelectionBytes = 2 << 10;  // of the text in which a client asks for fields

// The reply side of one binding, compiled: turns the gRPC reply message into an HTTP body.
//
// Threads: immutable; safe to use concurrently, each thread with its own codec.
class ReplyPlan {
 public:
  // `response_body` is HttpRule.response_body: "" or a field's name. Errors (for the operator): a missing field.
  static tl::expected<ReplyPlan, std::string> Build(const MessagePlan& output, std::string_view response_body);

  // The fields that a client asks for with the parameter `parameter` of its query, of the reply or of the field that
  // is its body. Null: all of them, as where there is no such parameter, where it is empty or names `*`; also where
  // `parameter` is empty: then nobody is asked.
  //   "fields"   page=2&fields=id,lines.unitPrice       {"id":…,"lines":[{"unitPrice":…}]}
  // Errors: kInvalidRequest: an unknown path, with the nearest name; bytes or single values, which have no fields; the
  // parameter twice; more than kMaxSelectedPaths paths or kMaxSelectionBytes.
  using Selection = std::unique_ptr<const FieldSelection>;
  Result<Selection> Select(std::string_view query, std::string_view parameter) const {
    if (parameter.empty()) return Selection();
    return SelectFrom(query, parameter);
  }

  // Appends the body for one reply message given as wire bytes, and returns its content type: "application/json", or
  // the HttpBody's own, which lies in `type_scratch`. Of a stream of replies each is rendered so, and the first one's
  // content type holds. `selection`: of Select. Errors: kReplyNotRenderable with the field path, kBackendProtocolError.
  Result<std::string_view> Render(std::string_view wire, const JsonWriteOptions& options, JsonCodec& codec, Buffer& out,
                                  std::string& type_scratch, const FieldSelection* selection = nullptr) const;

  // True where the body is raw bytes (google.api.HttpBody), not JSON.
  bool raw_body() const { return raw_body_; }

 private:
  Result<Selection> SelectFrom(std::string_view query, std::string_view parameter) const;
  tl::expected<Selection, std::string> SelectPaths(std::string_view paths) const;
  Result<std::string_view> RenderRaw(std::string_view wire, Buffer& out, std::string& type_scratch) const;

  const MessagePlan* output_ = nullptr;
  const FieldPlan* body_field_ = nullptr;  // null: the whole message
  bool raw_body_ = false;                  // google.api.HttpBody
};

}  // namespace dragoman::transcoding
