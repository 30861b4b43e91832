#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "coding/codec_memory.h"
#include "coding/coding.h"
#include "transcoding/buffer.h"

struct BrotliDecoderStateStruct;
struct z_stream_s;

namespace dragoman::coding {

// Decodes one body, piece by piece, and never more of it than is asked for: ten megabytes may be ten gigabytes.
//
//   Decoder decoder(Coding::kGzip, CodecMemory::Lifetime::kLonger);
//   switch (decoder.Decode(in, 64 << 10, out)) …       // `in` is shortened by what was used
//   at the end of the input: decoder.complete()
//
// The members of a gzip file that stand one behind another are one body (RFC 1952, 2.2). Threads: one, by which it is
// made and destroyed.   Memory: 40 KiB, by brotli as large as its window, at most 16 MiB; counted by CodecMemory.
class Decoder {
 public:
  enum class Outcome : uint8_t {
    kMore,      // `in` is used up
    kFull,      // `most` bytes came; there may be more
    kCorrupt,   // for good, as are the following: it is not what `coding` says, or something stands behind its end
    kNoMemory,  // the codecs of this thread have all that they may have
  };

  // Not for kIdentity.
  Decoder(Coding coding, CodecMemory::Lifetime lifetime);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Appends at most `most` bytes, over 0, to `out`.
  Outcome Decode(std::string_view& in, size_t most, Buffer& out);
  // Nothing is missing if the input ends here. False before anything has come.
  bool complete() const { return complete_; }

 private:
  Outcome Inflate(std::string_view& in, size_t most, Buffer& out);
  Outcome DecodeBrotli(std::string_view& in, size_t most, Buffer& out);
  Outcome Fail(Outcome outcome) { return failure_ = outcome; }

  const Coding coding_;
  CodecMemory::Account account_;
  z_stream_s* inflate_ = nullptr;
  BrotliDecoderStateStruct* brotli_ = nullptr;
  bool complete_ = false;
  Outcome failure_ = Outcome::kMore;  // none so far
};

enum class Decoded : uint8_t { kDone, kTooLarge, kCorrupt, kTruncated, kNoMemory };

// Appends the whole of what `in` stands for to `out`, if it has at most `most` bytes. Otherwise `out` has at most one
// byte more.
Decoded DecodeWhole(Coding coding, std::string_view in, size_t most, Buffer& out);

}  // namespace dragoman::coding
