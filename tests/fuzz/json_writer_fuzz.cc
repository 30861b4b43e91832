#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec_proto2_test.pb.h"
#include "codec_test.pb.h"
#include "transcoding/json_codec.h"

using codec::test::Everything;
using codec::test::Old;
using codec::test::Shuffled;
using dragoman::Buffer;
using dragoman::Reason;
using dragoman::Status;
using namespace dragoman::transcoding;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Any bytes are refused as malformed or as having no JSON, or become JSON: well-formed, in UTF-8, without a name that
// stands twice.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const google::protobuf::FileDescriptor* const files[] = {Everything::descriptor()->file(),
                                                                  Old::descriptor()->file()};
  static const PlanSet plans(*google::protobuf::DescriptorPool::generated_pool(), files);
  static JsonCodec codec(plans);
  static const MessagePlan& value = *plans.Find("google.protobuf.Value");

  const std::string_view wire(reinterpret_cast<const char*>(data), size);
  for (const auto* descriptor : {Everything::descriptor(), Old::descriptor(), Shuffled::descriptor()}) {
    for (const bool emit_defaults : {false, true}) {
      Buffer json;
      const Status status = codec.WriteMessage(plans.Get(descriptor), wire, {.emit_defaults = emit_defaults}, json);
      if (!status.ok()) {
        Require(json.empty());
        Require(status.reason() == Reason::kReplyNotRenderable || status.reason() == Reason::kBackendProtocolError);
        continue;
      }
      Buffer ignored;
      Require(codec.ReadMessage(value, json, {.max_depth = 1000}, ignored).ok());
    }
  }
  return 0;
}
