#include <cstdio>

#include "fuzz.h"
#include "wire_differences.h"

namespace dragoman::fuzz {
namespace {

void Check(std::string_view wire, const CodecKinds::Kind& kind, bool emit_defaults) {
  const std::optional<Writing> both = WriteByBoth(kind, wire, emit_defaults);
  if (!both || Agree(*both)) return;
  const Writing& writing = *both;
  if (Explain(writing, FindContents(*Parse(*kind.prototype, writing.wire))) != nullptr) return;
  std::fprintf(stderr, "%s%s\nwe:       %s%s\nprotobuf: %s%s\n", kind.plan->full_name().c_str(),
               emit_defaults ? " with defaults" : "", writing.our_error.c_str(), writing.our_text.c_str(),
               writing.their_error.c_str(), writing.their_text.c_str());
  std::abort();
}

}  // namespace
}  // namespace dragoman::fuzz

// Some bytes as a message of every kind, which our codec and protobuf's own JSON write: both refuse it, or write the
// same, or it holds one of the differences with a name (wire_differences.cc).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::fuzz;
  for (const auto& kind : CodecKinds::Get().kinds) {
    for (const bool emit_defaults : {false, true}) Check(Text(data, size), kind, emit_defaults);
  }
  return 0;
}
