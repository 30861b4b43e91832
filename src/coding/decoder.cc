#include "coding/decoder.h"

#include <brotli/decode.h>

#include <algorithm>
#include <new>

#include "coding/zlib.h"

namespace dragoman::coding {
namespace {

constexpr size_t kInStep = 1 << 30;  // zlib counts in 32 bits
constexpr int kLargestWindow = 15;

// Room for what comes out of so much, as far as one may guess.
size_t RoomFor(size_t in, size_t most) { return std::min(most, std::clamp<size_t>(in * 4, 1 << 10, 64 << 10)); }

}  // namespace

Decoder::Decoder(Coding coding, CodecMemory::Lifetime lifetime) : coding_(coding), account_(lifetime) {
  if (coding == Coding::kBrotli) {
    brotli_ = BrotliDecoderCreateInstance(CodecMemory::Take, CodecMemory::GiveBack, &account_);
    if (brotli_ == nullptr) failure_ = Outcome::kNoMemory;
    return;
  }
  void* const storage = CodecMemory::Take(&account_, sizeof(z_stream));
  if (storage == nullptr) {
    failure_ = Outcome::kNoMemory;
    return;
  }
  inflate_ = new (storage) z_stream{};
  inflate_->zalloc = ZlibTake;
  inflate_->zfree = ZlibGiveBack;
  inflate_->opaque = &account_;
  if (inflateInit2(inflate_, kLargestWindow + (coding == Coding::kGzip ? kGzipFrame : 0)) != Z_OK)
    failure_ = Outcome::kNoMemory;
}

Decoder::~Decoder() {
  if (brotli_ != nullptr) BrotliDecoderDestroyInstance(brotli_);
  if (inflate_ != nullptr) inflateEnd(inflate_);
  CodecMemory::GiveBack(&account_, inflate_);
}

Decoder::Outcome Decoder::Decode(std::string_view& in, size_t most, Buffer& out) {
  if (failure_ != Outcome::kMore) return failure_;
  return brotli_ != nullptr ? DecodeBrotli(in, most, out) : Inflate(in, most, out);
}

Decoder::Outcome Decoder::Inflate(std::string_view& in, size_t most, Buffer& out) {
  for (;;) {
    if (complete_ && !in.empty()) {
      if (coding_ != Coding::kGzip) return Fail(Outcome::kCorrupt);
      inflateReset(inflate_);
      complete_ = false;
    }
    const std::string_view step = in.substr(0, kInStep);
    const size_t room = RoomFor(in.size(), most);
    const size_t before = out.size();
    GiveTo(*inflate_, step);
    inflate_->next_out = reinterpret_cast<Bytef*>(out.Extend(room));
    inflate_->avail_out = static_cast<uInt>(room);
    const int result = inflate(inflate_, Z_NO_FLUSH);
    const size_t made = room - inflate_->avail_out;
    out.Truncate(before + made);
    in.remove_prefix(step.size() - inflate_->avail_in);
    most -= made;
    if (result == Z_STREAM_END) {
      complete_ = true;
      if (in.empty()) return Outcome::kMore;
    } else if (result == Z_MEM_ERROR) {
      return Fail(Outcome::kNoMemory);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {  // Z_BUF_ERROR: nothing could be done
      return Fail(Outcome::kCorrupt);
    } else if (inflate_->avail_out > 0 && in.empty()) {
      return Outcome::kMore;
    }
    if (most == 0) return Outcome::kFull;
  }
}

Decoder::Outcome Decoder::DecodeBrotli(std::string_view& in, size_t most, Buffer& out) {
  if (complete_) return in.empty() ? Outcome::kMore : Fail(Outcome::kCorrupt);
  for (;;) {
    size_t left = in.size();
    const uint8_t* next = reinterpret_cast<const uint8_t*>(in.data());
    const size_t room = RoomFor(in.size(), most);
    const size_t before = out.size();
    size_t unused = room;
    uint8_t* to = reinterpret_cast<uint8_t*>(out.Extend(room));
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(brotli_, &left, &next, &unused, &to, nullptr);
    out.Truncate(before + room - unused);
    in.remove_prefix(in.size() - left);
    most -= room - unused;
    switch (result) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        complete_ = true;
        return in.empty() ? Outcome::kMore : Fail(Outcome::kCorrupt);
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:  // whether it has told all or not
        if (!BrotliDecoderHasMoreOutput(brotli_)) return Outcome::kMore;
        [[fallthrough]];
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        if (most == 0) return Outcome::kFull;
        break;
      case BROTLI_DECODER_RESULT_ERROR: {
        const BrotliDecoderErrorCode error = BrotliDecoderGetErrorCode(brotli_);
        const bool memory =
            error <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && error >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
        return Fail(memory ? Outcome::kNoMemory : Outcome::kCorrupt);
      }
    }
  }
}

Decoded DecodeWhole(Coding coding, std::string_view in, size_t most, Buffer& out) {
  Decoder decoder(coding, CodecMemory::Lifetime::kTurn);
  const size_t before = out.size();
  switch (decoder.Decode(in, most + 1, out)) {
    case Decoder::Outcome::kFull:
      return Decoded::kTooLarge;
    case Decoder::Outcome::kCorrupt:
      return Decoded::kCorrupt;
    case Decoder::Outcome::kNoMemory:
      return Decoded::kNoMemory;
    case Decoder::Outcome::kMore:
      break;
  }
  if (out.size() - before > most) return Decoded::kTooLarge;
  return decoder.complete() ? Decoded::kDone : Decoded::kTruncated;
}

}  // namespace dragoman::coding
