#include <optional>

#include "fuzz.h"
#include "json_util.h"

namespace dragoman::fuzz {
namespace {

std::string Written(const CodecKinds::Kind& kind, std::string_view wire, bool emit_defaults) {
  Buffer json;
  const Status status = CodecKinds::Get().codec.WriteMessage(*kind.plan, wire, {.emit_defaults = emit_defaults}, json);
  if (status.ok()) {
    Buffer ignored;
    const transcoding::MessagePlan& value = *CodecKinds::Get().plans.Find("google.protobuf.Value");
    Buffer text(json.view());
    Require(CodecKinds::Get().codec.ReadMessage(value, text, {.max_depth = 1000}, ignored).ok());
    return std::string(json.view());
  }
  Require(json.empty());
  Require(status.reason() == Reason::kReplyNotRenderable || status.reason() == Reason::kBackendProtocolError);
  return {};
}

// Whatever the order and the pieces of the wire, the JSON says what protobuf's parser finds in it.
void CheckPieces(const CodecKinds::Kind& kind, std::string_view wire, const std::string& json) {
  const std::optional<std::string> message = Canonical(*kind.prototype, wire);
  if (!message) return;
  const std::string of_message = Written(kind, *message, false);
  if (of_message.empty()) return;
  const std::optional<std::string> read = ReadByUs(kind, json);
  const std::optional<std::string> read_of_message = ReadByUs(kind, of_message);
  Require(read == read_of_message);
}

}  // namespace
}  // namespace dragoman::fuzz

// Any bytes, as every kind of message, are refused as malformed or as having no JSON, or become JSON: well-formed, in
// UTF-8, without a name that stands twice, and of the message that protobuf reads.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::fuzz;
  for (const auto& kind : CodecKinds::Get().kinds) {
    Written(kind, Text(data, size), true);
    const std::string json = Written(kind, Text(data, size), false);
    if (!json.empty()) CheckPieces(kind, Text(data, size), json);
  }
  return 0;
}
