#include <cstdio>

#include "fuzz.h"
#include "json_differences.h"

namespace dragoman::fuzz {
namespace {

// True where both take the text, as the same message.
bool Check(const StrictText& text, const CodecKinds::Kind& kind, bool ignore_unknown) {
  const Reading reading = ReadByBoth(kind, text.text, ignore_unknown);
  if (Agree(reading)) return reading.our_error.empty();
  if (Explain(reading, FindConstructs(CodecKinds::Get().plans, *kind.plan, text)) != nullptr) return false;
  std::fprintf(stderr, "as %s%s\nwe:       %s\nprotobuf: %s\n", kind.plan->full_name().c_str(),
               ignore_unknown ? ", unknown names ignored" : "", reading.our_error.c_str(), reading.their_error.c_str());
  std::abort();
}

// What we refuse, and protobuf need not be asked about.
bool Refused(const StrictText& text, const CodecKinds::Kind& kind) {
  if (!text.json && !text.huge_number) return true;
  return kind.plan->scalar_form() && text.json && text.document.IsObject();
}

}  // namespace
}  // namespace dragoman::fuzz

// One text as a message of every kind, by our codec and by protobuf's own JSON: both refuse it, or make the same
// message of it, or one of the differences with a name (json_differences.cc) stands in it. What is no JSON we refuse;
// protobuf, which takes much of it ({a: 'b',}), is not asked, as little as about {"seconds": 1} as a Duration.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::fuzz;
  const StrictText text(Text(data, size));
  for (const auto& kind : CodecKinds::Get().kinds) {
    if (Refused(text, kind)) {
      Require(!ReadByUs(kind, text.text));
    } else if (!Check(text, kind, false)) {
      Check(text, kind, true);  // what both take has no unknown name
    }
  }
  return 0;
}
