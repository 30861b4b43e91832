#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec_test.pb.h"
#include "transcoding/json_codec.h"

using codec::test::Everything;
using dragoman::Buffer;
using dragoman::Reason;
using dragoman::Status;
using namespace dragoman::transcoding;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Any text is refused with a place, or becomes a message that protobuf reads, and whose JSON is read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const google::protobuf::FileDescriptor* const files[] = {Everything::descriptor()->file()};
  static const PlanSet plans(*google::protobuf::DescriptorPool::generated_pool(), files);
  static JsonCodec codec(plans);
  static const MessagePlan& plan = plans.Get(Everything::descriptor());

  for (const bool ignore_unknown : {false, true}) {
    const JsonReadOptions options = {.ignore_unknown_fields = ignore_unknown};
    Buffer json(std::string_view(reinterpret_cast<const char*>(data), size));
    Buffer wire;
    const Status read = codec.ReadMessage(plan, json, options, wire);
    if (!read.ok()) {
      Require(wire.empty() && read.message().starts_with("line ") && read.message().size() < (size_t{64} << 10));
      continue;
    }
    Everything message;
    Require(message.ParseFromArray(wire.data(), static_cast<int>(wire.size())));
    Buffer written;
    const Status write = codec.WriteMessage(plan, wire.view(), {}, written);
    if (!write.ok()) {
      Require(written.empty() && write.reason() == Reason::kReplyNotRenderable);
      continue;
    }
    Buffer again;
    Require(codec.ReadMessage(plan, written, {}, again).ok());
  }
  return 0;
}
