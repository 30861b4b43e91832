#pragma once

#include <cstdint>

#include "conformance/conformance.pb.h"
#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"
#include "transcoding/message_plan.h"

namespace dragoman::transcoding {

// Answers the requests of protobuf's conformance suite with the JSON codec: JSON is read into wire bytes, wire bytes
// are written as JSON, JSON to JSON goes through both. What has JSON on neither side, or has JSPB or the text format on
// one, is answered `skipped`, since the codec makes nothing of it.
//
// Errors: what cannot be read is a parse_error, a message without JSON a serialize_error, a message type that the plans
// do not have a runtime_error.
class Testee {
 public:
  explicit Testee(const PlanSet& plans) : plans_(plans), codec_(plans) {}

  conformance::ConformanceResponse Answer(const conformance::ConformanceRequest& request);

 private:
  conformance::ConformanceResponse Read(const MessagePlan& plan, const conformance::ConformanceRequest& request);
  conformance::ConformanceResponse Write(const MessagePlan& plan, std::string_view wire);

  const PlanSet& plans_;
  JsonCodec codec_;
};

}  // namespace dragoman::transcoding
