#include <cstdio>

#include "fuzz.h"
#include "json_differences.h"

namespace dragoman::fuzz {
namespace {

void Check(const StrictText& text, const CodecKinds::Kind& kind, bool ignore_unknown) {
  const Reading reading = ReadByBoth(kind, text.text, ignore_unknown);
  Require(!reading.our_error.empty() || text.json || text.huge_number);
  if (Agree(reading)) return;
  if (Explain(reading, FindConstructs(CodecKinds::Get().plans, *kind.plan, text)) != nullptr) return;
  std::fprintf(stderr, "as %s%s\nwe:       %s\nprotobuf: %s\n", kind.plan->full_name().c_str(),
               ignore_unknown ? ", unknown names ignored" : "", reading.our_error.c_str(), reading.their_error.c_str());
  std::abort();
}

}  // namespace
}  // namespace dragoman::fuzz

// One text as a message of every kind, by our codec and by protobuf's own JSON: both refuse it, or make the same
// message of it, or one of the differences with a name (json_differences.cc) stands in it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::fuzz;
  const StrictText text(Text(data, size));
  for (const auto& kind : CodecKinds::Get().kinds) {
    for (const bool ignore_unknown : {false, true}) Check(text, kind, ignore_unknown);
  }
  return 0;
}
