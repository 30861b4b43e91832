#pragma once

#include <memory>
#include <string_view>

#include "coding/codec_memory.h"
#include "coding/coding.h"
#include "transcoding/buffer.h"

namespace dragoman::coding {

// Encodes one body, piece by piece. Levels and windows are chosen in README.md.
//
//   std::unique_ptr<Encoder> encoder = Encoder::Make(Coding::kGzip, Encoder::Use::kStream);
//   encoder->Encode("{}\n", Encoder::Then::kFlush, out);     // a reader of `out` has all of it
//   encoder->Encode("", Encoder::Then::kEnd, out);
//
// Threads: one, by which it is made and destroyed.
class Encoder {
 public:
  enum class Use : uint8_t {
    kAtOnce,   // a body, before anything else happens on the thread: 270 KiB by gzip, 1 MiB by brotli meanwhile
    kInTurns,  // a body in pieces, between which others have their turn
    kStream,   // messages that come one by one, among many such streams: 55 KiB, 1.25 MiB
  };
  enum class Then : uint8_t { kMore, kFlush, kEnd };

  // For kGzip or kBrotli. Null: CodecMemory has no room for another one.
  static std::unique_ptr<Encoder> Make(Coding coding, Use use);
  virtual ~Encoder() = default;

  // Appends to `out`; with kMore perhaps nothing yet. False, for good: memory is out, `out` is not to be used.
  virtual bool Encode(std::string_view bytes, Then then, Buffer& out) = 0;
};

// Appends the whole of `bytes` to `out`. False: there is no memory.
bool EncodeWhole(Coding coding, std::string_view bytes, Buffer& out);

}  // namespace dragoman::coding
