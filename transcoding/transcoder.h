#pragma once

#include <google/protobuf/descriptor.h>

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "transcoding/error_body.h"
#include "transcoding/json_codec.h"
#include "transcoding/reply_plan.h"
#include "transcoding/request_plan.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {

struct TranscoderOptions {
  RequestOptions request;
  JsonWriteOptions reply;
  ErrorFormat errors = ErrorFormat::kStatus;
};

// A request as HTTP has it.
struct HttpRequest {
  std::string_view http_method;  // "POST"
  std::string_view target;       // origin form, undecoded: "/v1/shelves/7/books?request_id=r-12"
  std::string_view
      content_type;        // "application/json"; says what a google.api.HttpBody holds, and that a body is a form
  Buffer* body = nullptr;  // null or empty: none. A NUL is put behind it
};

// REST/JSON ⇄ gRPC messages for the methods of a schema that are annotated with google.api.http: the door for programs
// that speak HTTP and gRPC themselves. Built, then frozen.
//
//   tl::expected<Transcoder, Problems> transcoder = Transcoder::Build({{{"library.pb", descriptor_set}}});
//   JsonCodec codec = transcoder->NewCodec();                                       // one per thread
//
//   Buffer message;                                                                 // wire bytes
//   Result<const Transcoder::Method*> method = transcoder->Translate(request, codec, message);
//   …call (*method)->grpc_path with `message`; what comes back is `reply`…
//   Buffer json;
//   Result<std::string_view> content_type = transcoder->Render(**method, reply, codec, json, scratch);
//
// Streams of messages: a request is its first message, StreamSplitter and RequestPlan::EncodeNext make the others; each
// reply is rendered by itself.
//
// Threads:  immutable; safe to use concurrently, each thread with its own codec.
// Lifetime: outlives the codecs and methods that came of it.
// Spec:     google/api/http.proto; ProtoJSON; transcoding/README.md.
class Transcoder {
 public:
  // A method by one of its bindings.
  struct Method {
    const google::protobuf::MethodDescriptor* descriptor;
    std::string grpc_path;    // "/library.v1.Library/CreateBook"
    std::string http_method;  // "POST"; "*" for any
    std::string path;         // the template: "/v1/shelves/{shelf}/books"
    RequestPlan request;
    ReplyPlan reply;
  };
  // A serialized google.protobuf.FileDescriptorSet, and what problems call it.
  struct Source {
    std::string_view name;
    std::string_view descriptor_set;
  };

  // Problems: all of them, of the schema and of the annotations: two that match the same requests, fields that do not
  // exist, path templates that are none.
  static tl::expected<Transcoder, Problems> Build(std::span<const Source> sources, TranscoderOptions options = {});
  static tl::expected<Transcoder, Problems> Build(std::initializer_list<Source> sources,
                                                  TranscoderOptions options = {}) {
    return Build(std::span(sources.begin(), sources.size()), std::move(options));
  }
  Transcoder(Transcoder&&) noexcept;
  Transcoder& operator=(Transcoder&&) noexcept;
  ~Transcoder();

  JsonCodec NewCodec() const;
  // In the order of the descriptors.
  std::span<const Method> methods() const;

  // Finds the method that serves `request` and appends its request message, as wire bytes. Errors: kRouteNotFound;
  // kMethodNotAllowed, with an `allow` header; those of RequestPlan::Encode. `out` is then as it was.
  Result<const Method*> Translate(const HttpRequest& request, JsonCodec& codec, Buffer& out) const;
  // Appends the body of the response for a reply message, given as wire bytes; returns its content type, which lies in
  // `type_scratch` where the reply names it itself (google.api.HttpBody). `selection`: of ReplyPlan::Select, where
  // RequestOptions::fields_parameter lets clients choose. Errors: those of ReplyPlan::Render.
  Result<std::string_view> Render(const Method& method, std::string_view reply, JsonCodec& codec, Buffer& out,
                                  std::string& type_scratch, const FieldSelection* selection = nullptr) const;
  // Appends the body of the response for an error, a backend's or one of the above; returns its content type.
  // Status::http_status() and Status::headers() go with it.
  std::string_view RenderError(const Status& error, JsonCodec& codec, Buffer& out) const;

 private:
  struct State;
  explicit Transcoder(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace dragoman::transcoding
