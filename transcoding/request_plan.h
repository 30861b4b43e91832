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
  // Of the query, but no field of the message: it chooses fields of the reply (ReplyPlan::Select). Empty: none does.
  std::string fields_parameter;
};

enum class BodySyntax : uint8_t {
  kJson,
  kForm,  // application/x-www-form-urlencoded: "title=Persuasion&author.name=Jane+Austen"
};

// The HTTP side of one request, undecoded.
struct RequestParts {
  std::span<const std::string_view> captures;  // raw text per template variable, in the order of the template
  std::string_view query;                      // behind the `?`, raw
  Buffer* body = nullptr;                      // null or empty: none. Of a stream: its first element
  std::string_view content_type;               // for google.api.HttpBody
  std::string_view raw{};                      // where RequestPlan::raw_body(), in place of `body`: the first piece
  BodySyntax syntax = BodySyntax::kJson;       // of `body`
  TextPlace body_begins{};                     // where `body` begins in the whole of it, for errors
};

// Where something in a request message came from, for whoever explains a request.
//
//   patch: "/v1/items/{item.id}"  body: "item"    PATCH /v1/items/7?validate=true&utm_id=3    {"title":"Tea"}
//     → kPath item.id "7" · kQuery validate_only "true" · kBody item.title · kMask update_mask "title"
struct FieldOrigin {
  enum class Source : uint8_t { kPath, kQuery, kForm, kBody, kMask };
  enum class Fate : uint8_t {
    kSet,
    kSame,     // another source has set the very same
    kUnknown,  // no field has that name, and that is to be ignored
  };
  Source source = Source::kBody;
  Fate fate = Fate::kSet;
  std::string field;  // "item.id"; empty of a kUnknown one
  std::string name;   // how the request spells it: of the path the variable, the query's or form's key; else empty
  std::string value;  // decoded, of a kMask one the paths; empty of the body, whose message has it
};

// One binding of a method, compiled: turns an HTTP request into the gRPC request message.
//
//   HttpRule  post: "/v1/shelves/{shelf}/books"  body: "book"
//   POST /v1/shelves/7/books?request_id=r-12      {"title": "Persuasion"}
//     → CreateBookRequest { shelf: 7  book { title: "Persuasion" }  request_id: "r-12" }
//
// A form's names are those of the query, of the body's message: `title=Persuasion` is that body too.
//
// Where the RPC streams requests, each element of the body is a message: Encode makes the first one, EncodeNext those
// behind it. Path and query are in the first alone. No element, no message; but where the rule has no body, Encode
// makes the only one.
//
// PATCH with a field as the body, of a request that has one google.protobuf.FieldMask: where path and query leave that
// unset, it becomes what stands in the body (AIP-134), as JsonCodec::ReadField notes it.
//   patch: "/v1/items/{item.id}"  body: "item"    {"title":"Tea","price":{"units":3}}  → update_mask: title, price.units
//
// Threads:  immutable; safe to use concurrently, each thread with its own codec.
// Spec:     google/api/http.proto, "Rules for HTTP mapping"; ProtoJSON; WHATWG URL, application/x-www-form-urlencoded.
class RequestPlan {
 public:
  // Errors (for the operator): a variable that names a missing, repeated, map or message field, the same field bound
  // twice, a variable that is the prefix of another, a `body` naming a missing field. `body` is HttpRule.body: "", "*"
  // or a field's name. `input` may be deferred (PlanSet::GetDeferred): only what the rule names is compiled here, the
  // rest by the first Encode. `http_method`: "PATCH".
  static tl::expected<RequestPlan, std::string> Build(const MessagePlan& input, const HttpTemplate& path,
                                                      std::string_view body, std::string_view http_method = {},
                                                      bool fully_decode_reserved = false);

  // Appends the request message as wire bytes; of a stream of requests the first one.
  // Errors: kInvalidRequest (path, query, form), kInvalidJson, kInvalidField, kUnknownField; `out` is then as it was.
  Status Encode(const RequestParts& parts, const RequestOptions& options, JsonCodec& codec, Buffer& out) const;
  // The same, and appends to `origins` what the message was made of, as far as it came where it is refused. Of what the
  // body has set, a list or map is one; at most kMostOrigins.
  static constexpr size_t kMostOrigins = 256;
  Status Trace(const RequestParts& parts, const RequestOptions& options, JsonCodec& codec, Buffer& out,
               std::vector<FieldOrigin>& origins) const;
  // Appends a following one, which is an element of the body alone: the message with `body: "*"`, else that field of
  // it. `begins_at`: of the element in the whole body. Where accepts_body() and not raw_body(). Errors: kInvalidJson,
  // kInvalidField, kUnknownField.
  Status EncodeNext(Buffer& element, TextPlace begins_at, const RequestOptions& options, JsonCodec& codec,
                    Buffer& out) const;
  // The same where raw_body(): an HttpBody of the data alone. It is copied once.
  void EncodeNextRaw(std::string_view piece, Buffer& out) const;

  // True where the body is raw bytes (google.api.HttpBody), not JSON.
  bool raw_body() const { return raw_body_; }
  bool accepts_body() const { return body_ != BodyKind::kNone; }
  // True where the body may be a form: it is a message, whose fields the form's names are.
  bool accepts_form() const { return form_ != nullptr; }

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

  template <typename Notes>
  class Encoding;

  void FindMask();
  Status EncodeJson(Buffer& body, TextPlace begins_at, const RequestOptions& options, JsonCodec& codec, Buffer* mask,
                    Buffer& out) const;
  void AppendMask(const Buffer& mask, Buffer& out) const;
  void EncodeRaw(std::string_view content_type, std::string_view data, Buffer& out) const;

  const MessagePlan* input_ = nullptr;
  BodyKind body_ = BodyKind::kNone;
  const FieldPlan* body_field_ = nullptr;
  const FieldPlan* mask_ = nullptr;    // what becomes of what the body holds; null: nothing
  const MessagePlan* form_ = nullptr;  // what the names of a form are looked for in; null: none is taken
  bool raw_body_ = false;
  bool fully_decode_reserved_ = false;
  std::vector<Binding> captures_;
};

}  // namespace dragoman::transcoding
