#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>

#include "transcoding/buffer.h"

// JSON text looked at in blocks of 16 bytes: what the scanner and the splitter have in common. Every mask has one bit a
// byte, the first byte's lowest.
namespace dragoman::transcoding {

constexpr size_t kBlock = 16;  // bytes
static_assert(Buffer::kPadding >= kBlock);

inline __m128i LoadBlock(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

inline uint32_t MaskOf(__m128i bytes) { return static_cast<uint32_t>(_mm_movemask_epi8(bytes)); }

inline __m128i EqualBytes(__m128i block, char byte) { return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte)); }

// Quotes, backslashes and control characters, which end a run of plain characters within a string.
inline uint32_t SpecialMask(__m128i block) {
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  return MaskOf(_mm_or_si128(control, _mm_or_si128(EqualBytes(block, '"'), EqualBytes(block, '\\'))));
}

// Quotes, brackets and braces, by which one finds the end of an array or object.
inline uint32_t NestingMask(__m128i block) {
  const __m128i folded = _mm_or_si128(block, _mm_set1_epi8(0x20));  // [ to {, ] to }
  const __m128i brackets = _mm_or_si128(EqualBytes(folded, '{'), EqualBytes(folded, '}'));
  return MaskOf(_mm_or_si128(brackets, EqualBytes(block, '"')));
}

inline uint32_t LineFeedMask(__m128i block) { return MaskOf(EqualBytes(block, '\n')); }

// ws = *( %x20 / %x09 / %x0A / %x0D )
inline bool IsJsonSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace dragoman::transcoding
