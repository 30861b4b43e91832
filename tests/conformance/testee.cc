#include "testee.h"

#include <string>

namespace dragoman::transcoding {

using conformance::ConformanceRequest;
using conformance::ConformanceResponse;

ConformanceResponse Testee::Answer(const ConformanceRequest& request) {
  ConformanceResponse response;
  const bool to_json = request.requested_output_format() == conformance::JSON;
  const bool to_wire = request.requested_output_format() == conformance::PROTOBUF;
  const bool from_json = request.payload_case() == ConformanceRequest::kJsonPayload;
  const bool from_wire = request.payload_case() == ConformanceRequest::kProtobufPayload;
  if (!(from_json && (to_json || to_wire)) && !(from_wire && to_json)) {
    response.set_skipped("the codec is between JSON and wire bytes");
    return response;
  }
  const MessagePlan* plan = plans_.Find(request.message_type());
  if (plan == nullptr) {
    response.set_runtime_error("there is no message type " + request.message_type());
    return response;
  }
  if (from_wire) return Write(*plan, request.protobuf_payload());
  response = Read(*plan, request);
  const bool read = response.result_case() == ConformanceResponse::kProtobufPayload;
  return read && to_json ? Write(*plan, response.protobuf_payload()) : response;
}

ConformanceResponse Testee::Read(const MessagePlan& plan, const ConformanceRequest& request) {
  ConformanceResponse response;
  Buffer text(request.json_payload());
  Buffer wire;
  const bool ignore_unknown = request.test_category() == conformance::JSON_IGNORE_UNKNOWN_PARSING_TEST;
  const Status status = codec_.ReadMessage(plan, text, {.ignore_unknown_fields = ignore_unknown}, wire);
  if (status.ok()) {
    response.set_protobuf_payload(std::string(wire.view()));
  } else {
    response.set_parse_error(std::string(status.message()));
  }
  return response;
}

ConformanceResponse Testee::Write(const MessagePlan& plan, std::string_view wire) {
  ConformanceResponse response;
  Buffer text;
  const Status status = codec_.WriteMessage(plan, wire, {.emit_defaults = false}, text);
  if (status.ok()) {
    response.set_json_payload(std::string(text.view()));
  } else if (status.reason() == Reason::kBackendProtocolError) {
    response.set_parse_error(std::string(status.message()));
  } else {
    response.set_serialize_error(std::string(status.message()));
  }
  return response;
}

}  // namespace dragoman::transcoding
