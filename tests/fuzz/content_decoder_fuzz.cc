// Bodies that say they are gzip, deflate or br. The first byte says which and where the rest is cut; what comes out
// must be the same however it is cut and asked for, and bounded. What is no such body is encoded instead, and must come
// back.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "coding/decoder.h"
#include "coding/encoder.h"

namespace {

using namespace dragoman;
using namespace dragoman::coding;

constexpr size_t kMost = 100'000;

struct Outcome {
  std::string text;
  Decoded how;
  bool operator==(const Outcome&) const = default;
};

Outcome Whole(Coding coding, std::string_view in) {
  Buffer out;
  const Decoded how = DecodeWhole(coding, in, kMost, out);
  if (out.size() > kMost + 1) std::abort();
  return {std::string(how == Decoded::kDone ? out.view() : ""), how};
}

Outcome InPieces(Coding coding, std::string_view in, size_t piece, size_t most) {
  Decoder decoder(coding, CodecMemory::Lifetime::kLonger);
  Buffer out;
  while (!in.empty()) {
    std::string_view part = in.substr(0, piece);
    in.remove_prefix(part.size());
    for (;;) {
      const size_t before = out.size();
      const Decoder::Outcome outcome = decoder.Decode(part, most, out);
      if (out.size() - before > most) std::abort();
      if (out.size() > kMost) return {"", Decoded::kTooLarge};
      if (outcome == Decoder::Outcome::kCorrupt) return {"", Decoded::kCorrupt};
      if (outcome == Decoder::Outcome::kNoMemory) std::abort();
      if (outcome == Decoder::Outcome::kMore) break;
    }
    if (!part.empty()) std::abort();
  }
  if (!decoder.complete()) return {"", Decoded::kTruncated};
  return {std::string(out.view()), Decoded::kDone};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  constexpr Coding kCodings[] = {Coding::kGzip, Coding::kBrotli, Coding::kDeflate};
  const Coding coding = kCodings[data[0] % 3];
  const size_t piece = 1 + data[0] / 3;
  const std::string_view in(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = Whole(coding, in);
  const Outcome pieces = InPieces(coding, in, piece, 1 + piece * 7);
  // How much comes out before a mistake is seen depends on the cuts: too large and corrupt may both be true.
  const bool both_bad = whole.how != Decoded::kDone && pieces.how != Decoded::kDone;
  if (!both_bad && !(pieces == whole)) std::abort();
  if (CodecMemory::InUse() != 0) std::abort();
  if (coding == Coding::kDeflate) return 0;
  for (const auto use : {Encoder::Use::kAtOnce, Encoder::Use::kStream}) {
    const auto encoder = Encoder::Make(coding, use);
    Buffer out;
    for (size_t at = 0; at < in.size(); at += piece) {
      if (!encoder->Encode(in.substr(at, piece), at % 2 ? Encoder::Then::kFlush : Encoder::Then::kMore, out))
        std::abort();
    }
    if (!encoder->Encode({}, Encoder::Then::kEnd, out)) std::abort();
    Buffer back;
    if (DecodeWhole(coding, out.view(), in.size(), back) != Decoded::kDone || back.view() != in) std::abort();
  }
  return 0;
}
