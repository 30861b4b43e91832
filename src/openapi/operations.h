#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "generation/generation.h"
#include "openapi/api_path.h"
#include "openapi/schemas.h"

namespace dragoman::openapi {

// One route, as an operation of a path item.
struct Operation {
  const routing::Route* route = nullptr;
  std::string id;                        // "Catalog_GetItem"
  std::string_view tag;
  const ApiPath* path = nullptr;
  const std::vector<std::string>* names = nullptr;  // of the path's parameters
  bool websocket = false;  // a WebSocket on this path leads to it
};

// Writes operations, each once; what several of them share is noted, and written once.
class Operations {
 public:
  Operations(const Generation& generation, Schemas& schemas) : generation_(generation), schemas_(schemas) {}

  // The operation object, with its braces.
  void Write(const Operation& operation, JsonOut& out);
  // Members of `components.responses`.
  void WriteResponses(JsonOut& out) const;
  // Members of `components.schemas` that are no messages.
  void WriteErrorSchemas(JsonOut& out) const;

  static constexpr std::string_view kError = "Error";
  static constexpr std::string_view kErrorDetail = "ErrorDetail";

 private:
  struct Call;  // what Write knows of one route
  // Of a message that is a body.
  struct Shape {
    bool flat = false;     // a form can hold it: all fields are scalars or lists of such
    bool demands = false;  // one of its fields is required
  };

  void WriteWords(const Call& call, JsonOut& out) const;
  void WriteParameters(const Call& call, JsonOut& out);
  void WriteBody(const Call& call, JsonOut& out);
  void WriteResponses(const Call& call, JsonOut& out);
  void WriteReply(const Call& call, JsonOut& out);
  void WriteErrors(const Call& call, JsonOut& out);
  void WriteExtensions(const Call& call, JsonOut& out) const;
  void WriteErrorContent(JsonOut& out) const;
  const Shape& ShapeOf(const transcoding::MessagePlan& message);
  // Writes the members of a schema: that of a body, or of a reply.
  void BodySchema(const Call& call, JsonOut& out);
  void ReplySchema(const Call& call, JsonOut& out);

  const Generation& generation_;
  Schemas& schemas_;
  std::set<std::string_view> shared_;  // of the responses that were referred to
  std::map<const transcoding::MessagePlan*, Shape> shapes_;
  size_t query_fields_ = 0;  // that have been looked at, at most kMaxAllQueryFields
};

}  // namespace dragoman::openapi
