#pragma once

#include <boost/container/small_vector.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transcoding/http_template.h"
#include "transcoding/json_codec.h"

namespace dragoman::transcoding {

// What a request may carry beside what its rule names (configuration keys `json`, `query`).
struct RequestOptions {
  JsonReadOptions json;
  bool ignore_unknown_query = false;
  std::vector<std::string> ignored_query;  // patterns with * : "utm_*", "_"
};

// The HTTP side of one request, undecoded.
struct RequestParts {
  std::span<const std::string_view> captures;  // raw text per template variable, in the order of the template
  std::string_view query;                      // behind the `?`, raw
  Buffer* body = nullptr;                      // null or empty: none
  std::string_view content_type;               // for google.api.HttpBody
};

// One binding of a method, compiled: turns an HTTP request into the gRPC request message.
//
//   HttpRule  post: "/v1/shelves/{shelf}/books"  body: "book"
//   POST /v1/shelves/7/books?request_id=r-12      {"title": "Persuasion"}
//     → CreateBookRequest { shelf: 7  book { title: "Persuasion" }  request_id: "r-12" }
//
// Threads:  immutable; safe to use concurrently, each thread with its own codec.
// Spec:     google/api/http.proto, "Rules for HTTP mapping"; ProtoJSON.
class RequestPlan {
 public:
  // Errors (for the operator): a variable that names a missing, repeated, map or message field, the same field bound
  // twice, a variable that is the prefix of another, a `body` naming a missing field. `body` is HttpRule.body: "", "*"
  // or a field's name.
  static tl::expected<RequestPlan, std::string> Build(const MessagePlan& input, const HttpTemplate& path,
                                                      std::string_view body, bool fully_decode_reserved = false);

  // Appends the request message as wire bytes.
  // Errors: kInvalidRequest (path, query), kInvalidJson, kInvalidField, kUnknownField.
  Status Encode(const RequestParts& parts, const RequestOptions& options, JsonCodec& codec, Buffer& out) const;

  // True where the body is raw bytes (google.api.HttpBody), not JSON.
  bool raw_body() const { return raw_body_; }
  bool accepts_body() const { return body_ != BodyKind::kNone; }

 private:
  enum class BodyKind : uint8_t { kNone, kMessage, kField };

  // From the input message down to the field that a capture or query parameter sets: fields of messages, then one with
  // a scalar form.
  using FieldPath = boost::container::small_vector<const FieldPlan*, 4>;

  struct Binding {
    FieldPath path;
    std::string dotted;          // "book.name"
    bool multi_segment = false;  // keeps %2F
  };

  class Encoding;

  const MessagePlan* input_ = nullptr;
  BodyKind body_ = BodyKind::kNone;
  const FieldPlan* body_field_ = nullptr;
  bool raw_body_ = false;
  bool fully_decode_reserved_ = false;
  std::vector<Binding> captures_;
};

}  // namespace dragoman::transcoding
