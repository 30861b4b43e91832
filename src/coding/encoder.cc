#include "coding/encoder.h"

#include <brotli/encode.h>

#include <algorithm>

#include "coding/zlib.h"

namespace dragoman::coding {
namespace {

constexpr size_t kPromisedToBrotliStream = 1280 << 10;  // what it may come to take, however large its messages

CodecMemory::Lifetime LifetimeOf(Encoder::Use use) {
  return use == Encoder::Use::kAtOnce ? CodecMemory::Lifetime::kTurn : CodecMemory::Lifetime::kLonger;
}

// deflate in gzip's frame (RFC 1952).
class GzipEncoder final : public Encoder {
 public:
  explicit GzipEncoder(Use use) : account_(LifetimeOf(use)) {
    const bool whole = use != Use::kStream;
    state_.zalloc = ZlibTake;
    state_.zfree = ZlibGiveBack;
    state_.opaque = &account_;
    made_ = deflateInit2(&state_, kLevel, Z_DEFLATED, kGzipFrame + (whole ? 15 : 13), whole ? 8 : 5,
                         Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipEncoder() override {
    if (made_) deflateEnd(&state_);
  }
  bool made() const { return made_; }

  bool Encode(std::string_view bytes, Then then, Buffer& out) override {
    const int how = then == Then::kMore ? Z_NO_FLUSH : then == Then::kFlush ? Z_SYNC_FLUSH : Z_FINISH;
    while (bytes.size() > kStep) {
      if (!Push(bytes.substr(0, kStep), Z_NO_FLUSH, out)) return false;
      bytes.remove_prefix(kStep);
    }
    return Push(bytes, how, out);
  }

 private:
  static constexpr int kLevel = 1;
  static constexpr size_t kStep = 1 << 20;  // zlib counts in 32 bits
  static constexpr size_t kLeastRoom = 1 << 8;

  bool Push(std::string_view bytes, int how, Buffer& out) {
    GiveTo(state_, bytes);
    size_t room = bytes.size() / 4 + kLeastRoom;
    for (;;) {
      const size_t before = out.size();
      state_.next_out = reinterpret_cast<Bytef*>(out.Extend(room));
      state_.avail_out = static_cast<uInt>(room);
      const int result = deflate(&state_, how);
      out.Truncate(before + room - state_.avail_out);
      if (result == Z_STREAM_END) return true;
      if (result != Z_OK && result != Z_BUF_ERROR) return false;  // Z_BUF_ERROR: there was nothing to do
      if (state_.avail_out > 0) return how != Z_FINISH;
      room = std::max(room, out.size() - before);
    }
  }

  CodecMemory::Account account_;
  z_stream state_{};
  bool made_ = false;
};

class BrotliEncoder final : public Encoder {
 public:
  explicit BrotliEncoder(Use use) : account_(LifetimeOf(use), use == Use::kStream ? kPromisedToBrotliStream : 0) {
    if (!account_.granted()) return;
    state_ = BrotliEncoderCreateInstance(CodecMemory::Take, CodecMemory::GiveBack, &account_);
    if (state_ == nullptr) return;
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, kQuality);
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, use == Use::kStream ? 16 : 18);
  }
  ~BrotliEncoder() override {
    if (state_ != nullptr) BrotliEncoderDestroyInstance(state_);
  }
  bool made() const { return state_ != nullptr; }

  bool Encode(std::string_view bytes, Then then, Buffer& out) override {
    const BrotliEncoderOperation operation = then == Then::kMore    ? BROTLI_OPERATION_PROCESS
                                             : then == Then::kFlush ? BROTLI_OPERATION_FLUSH
                                                                    : BROTLI_OPERATION_FINISH;
    size_t left = bytes.size();
    const uint8_t* next = reinterpret_cast<const uint8_t*>(bytes.data());
    for (bool done = false; !done;) {
      size_t no_room = 0;
      if (!BrotliEncoderCompressStream(state_, operation, &left, &next, &no_room, nullptr, nullptr)) return false;
      done = left == 0 && !BrotliEncoderHasMoreOutput(state_);
      size_t made = 0;  // all that there is
      const uint8_t* const output = BrotliEncoderTakeOutput(state_, &made);
      out.Append({reinterpret_cast<const char*>(output), made});
    }
    return then != Then::kEnd || BrotliEncoderIsFinished(state_);
  }

 private:
  static constexpr uint32_t kQuality = 2;

  CodecMemory::Account account_;
  BrotliEncoderState* state_ = nullptr;
};

template <typename Kind>
std::unique_ptr<Encoder> MakeOf(Encoder::Use use) {
  auto encoder = std::make_unique<Kind>(use);
  if (!encoder->made()) return nullptr;
  return encoder;
}

}  // namespace

std::unique_ptr<Encoder> Encoder::Make(Coding coding, Use use) {
  if (coding == Coding::kGzip) return MakeOf<GzipEncoder>(use);
  if (coding == Coding::kBrotli) return MakeOf<BrotliEncoder>(use);
  return nullptr;
}

bool EncodeWhole(Coding coding, std::string_view bytes, Buffer& out) {
  const std::unique_ptr<Encoder> encoder = Encoder::Make(coding, Encoder::Use::kAtOnce);
  return encoder != nullptr && encoder->Encode(bytes, Encoder::Then::kEnd, out);
}

}  // namespace dragoman::coding
