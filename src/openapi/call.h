#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "composition/plan.h"
#include "openapi/operations.h"
#include "openapi/parameters.h"
#include "transcoding/http_template.h"

namespace dragoman::openapi {

// What is known of one route before it is written.
struct Operations::Call {
  const Operation& operation;
  const routing::Route& route;
  const routing::Rpc& rpc;
  const rpc::Rules& rules;
  const transcoding::HttpTemplate path;
  const composition::Plan* composition = nullptr;         // null: an RPC
  const google::protobuf::MethodDescriptor* method = nullptr;  // null: a composition
  const transcoding::MessagePlan* input = nullptr;        // of an RPC
  const transcoding::MessagePlan* output = nullptr;       // of an RPC
  const transcoding::MessagePlan* body = nullptr;         // the message that the body is, or that has body_field; null: there is none
  const transcoding::FieldPlan* body_field = nullptr;     // null: the whole message
  const transcoding::FieldPlan* reply_field = nullptr;    // likewise of the reply
  std::set<std::string> captured;                         // dotted paths of fields that the path sets
  QueryFields query;                                      // of an RPC
  bool raw_body = false;
  bool raw_reply = false;
  Form request;
  Form reply;
  std::string limits;  // "10/s (burst 20) by consumer"

  // `max_query_fields`: to be looked at.
  Call(const Operation& operation, const Generation& generation, size_t max_query_fields);
  const std::string& fields_parameter() const { return rules.json->request.fields_parameter; }
};

}  // namespace dragoman::openapi
