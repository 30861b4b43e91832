#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// DRAGOMAN_PORTABLE: no instruction but those of the language, as on a processor that is not known here.
#if defined(__SSE2__) && !defined(DRAGOMAN_PORTABLE)
#define DRAGOMAN_SSE2 1
#include <emmintrin.h>
#else
#define DRAGOMAN_SSE2 0
#endif

#include "transcoding/buffer.h"

// JSON text looked at in blocks of 16 bytes. A block answers in masks: one bit a byte, the first byte's lowest. What
// many bytes are worth beyond that: text_kernels.h.
namespace dragoman::transcoding {

constexpr size_t kBlock = 16;     // bytes
constexpr int kBlocksAtHand = 4;  // looked at before a loop of text_kernels.h is called
static_assert(Buffer::kPadding >= kBlock);
static_assert(std::endian::native == std::endian::little);

// A block as two words: the arithmetic of the language does for eight bytes at once.
class PortableBlock {
 public:
  static PortableBlock Load(const char* at) {
    PortableBlock block;
    std::memcpy(&block.low_, at, sizeof block.low_);
    std::memcpy(&block.high_, at + sizeof block.low_, sizeof block.high_);
    return block;
  }
  static PortableBlock Of(uint64_t low, uint64_t high) { return PortableBlock(low, high); }
  void Store(char* to) const {
    std::memcpy(to, &low_, sizeof low_);
    std::memcpy(to + sizeof low_, &high_, sizeof high_);
  }

  // Bytes above ASCII.
  uint32_t High() const {
    return Mask([](uint64_t word) { return word; });
  }
  uint32_t Equal(char byte) const {
    return Mask([byte](uint64_t word) { return Equals(word, byte); });
  }
  // Bytes that are the same as those of `other` in their places.
  uint32_t Equal(PortableBlock other) const {
    const PortableBlock difference(low_ ^ other.low_, high_ ^ other.high_);
    return difference.Mask([](uint64_t word) { return Zeros(word); });
  }
  // Quotes, backslashes and control characters: what ends a run of plain characters within a string, read or written.
  uint32_t Special() const { return Mask(SpecialBits); }
  // Those and bytes above ASCII: what does not stand in a string as it is without being looked at.
  uint32_t SpecialOrHigh() const {
    return Mask([](uint64_t word) { return SpecialBits(word) | word; });
  }
  // Quotes, brackets and braces, by which one finds the end of an array or object.
  uint32_t Nesting() const {
    return Mask([](uint64_t word) {
      const uint64_t folded = word | kOnes * 0x20;  // [ to {, ] to }
      return Equals(folded, '{') | Equals(folded, '}') | Equals(word, '"');
    });
  }

 private:
  static constexpr uint64_t kOnes = 0x0101010101010101;
  static constexpr uint64_t kHighBits = 0x8080808080808080;

  PortableBlock() = default;
  PortableBlock(uint64_t low, uint64_t high) : low_(low), high_(high) {}

  // The highest bit of each byte that is zero, and no other.
  static uint64_t Zeros(uint64_t word) { return ~(((word & ~kHighBits) + ~kHighBits) | word | ~kHighBits); }
  static uint64_t Equals(uint64_t word, char byte) { return Zeros(word ^ kOnes * static_cast<uint8_t>(byte)); }
  static uint64_t SpecialBits(uint64_t word) {
    return Zeros(word & kOnes * 0xE0) | Equals(word, '"') | Equals(word, '\\');
  }
  // The highest bits of eight bytes, side by side.
  static uint32_t Gather(uint64_t word) { return static_cast<uint32_t>((word & kHighBits) * 0x0002040810204081 >> 56); }
  template <typename Bits>
  uint32_t Mask(Bits bits) const {
    return Gather(bits(low_)) | Gather(bits(high_)) << 8;
  }

  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

#if DRAGOMAN_SSE2

// A block as a register of SSE2, which every x86-64 has.
class Sse2Block {
 public:
  static Sse2Block Load(const char* at) { return Sse2Block(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))); }
  static Sse2Block Of(uint64_t low, uint64_t high) {
    return Sse2Block(_mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low)));
  }
  void Store(char* to) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes_); }

  uint32_t High() const { return Mask(bytes_); }
  uint32_t Equal(char byte) const { return Mask(Equals(bytes_, byte)); }
  uint32_t Equal(Sse2Block other) const { return Mask(_mm_cmpeq_epi8(bytes_, other.bytes_)); }
  uint32_t Special() const {
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_);
    return Mask(_mm_or_si128(control, _mm_or_si128(Equals(bytes_, '"'), Equals(bytes_, '\\'))));
  }
  uint32_t SpecialOrHigh() const {
    const __m128i below_space = _mm_subs_epi8(bytes_, _mm_set1_epi8(0x20));  // negative, and of what is above ASCII, too
    return Mask(_mm_or_si128(below_space, _mm_or_si128(Equals(bytes_, '"'), Equals(bytes_, '\\'))));
  }
  uint32_t Nesting() const {
    const __m128i folded = _mm_or_si128(bytes_, _mm_set1_epi8(0x20));
    const __m128i brackets = _mm_or_si128(Equals(folded, '{'), Equals(folded, '}'));
    return Mask(_mm_or_si128(brackets, Equals(bytes_, '"')));
  }

 private:
  explicit Sse2Block(__m128i bytes) : bytes_(bytes) {}

  static __m128i Equals(__m128i bytes, char byte) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)); }
  static uint32_t Mask(__m128i bytes) { return static_cast<uint32_t>(_mm_movemask_epi8(bytes)); }

  __m128i bytes_;
};

using Block = Sse2Block;

#else

using Block = PortableBlock;

#endif

// The bits of the first `bytes` of a block.
constexpr uint32_t BitsOf(size_t bytes) { return (uint32_t{1} << bytes) - 1; }

// ws = *( %x20 / %x09 / %x0A / %x0D )
inline bool IsJsonSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace dragoman::transcoding
