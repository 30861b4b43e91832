#include <memory>

#include "codec_kinds.h"
#include "fuzz.h"

namespace dragoman::fuzz {
namespace {

using transcoding::JsonReadOptions;

void Check(const CodecKinds::Kind& kind, std::string_view text, bool ignore_unknown) {
  transcoding::JsonCodec& codec = CodecKinds::Get().codec;
  Buffer json(text);
  Buffer wire;
  const Status read = codec.ReadMessage(*kind.plan, json, {.ignore_unknown_fields = ignore_unknown}, wire);
  if (!read.ok()) {
    Require(wire.empty() && read.message().starts_with("line ") && read.message().size() < (size_t{64} << 10));
    return;
  }
  const std::unique_ptr<google::protobuf::Message> message(kind.prototype->New());
  Require(message->ParsePartialFromArray(wire.data(), static_cast<int>(wire.size())));
  Buffer written;
  const Status write = codec.WriteMessage(*kind.plan, wire.view(), {}, written);
  if (!write.ok()) {
    Require(written.empty() && write.reason() == Reason::kReplyNotRenderable);
    return;
  }
  Buffer again;
  Require(codec.ReadMessage(*kind.plan, written, {}, again).ok());
}

}  // namespace
}  // namespace dragoman::fuzz

// Any text, as every kind of message, is refused with a place, or becomes a message that protobuf reads, and whose JSON
// is read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::fuzz;
  for (const auto& kind : CodecKinds::Get().kinds) {
    for (const bool ignore_unknown : {false, true}) Check(kind, Text(data, size), ignore_unknown);
  }
  return 0;
}
