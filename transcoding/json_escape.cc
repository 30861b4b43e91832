#include "transcoding/json_escape.h"

#include <emmintrin.h>

#include <cstdint>
#include <cstring>

#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

constexpr size_t kBlock = 16;         // bytes
constexpr size_t kLongestEscape = 6;  // \u001b

bool NeedsEscape(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

// One bit a byte: those that must be escaped.
uint32_t EscapeMask(__m128i block) {
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

char* PutEscape(char* to, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  *to++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *to++ = c;
      break;
    case '\b':
      *to++ = 'b';
      break;
    case '\f':
      *to++ = 'f';
      break;
    case '\n':
      *to++ = 'n';
      break;
    case '\r':
      *to++ = 'r';
      break;
    case '\t':
      *to++ = 't';
      break;
    default:
      *to++ = 'u';
      *to++ = '0';
      *to++ = '0';
      *to++ = kHex[static_cast<uint8_t>(c) >> 4];
      *to++ = kHex[static_cast<uint8_t>(c) & 15];
  }
  return to;
}

// Eight bytes of which one is below 0x20, a quote or a backslash. Bytes above ASCII are none.
bool AnyNeedsEscape(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  const auto below = [](uint64_t value, uint64_t bound) { return (value - kOnes * bound) & ~value & kHighs; };
  return (below(bytes, 0x20) | below(bytes ^ kOnes * '"', 1) | below(bytes ^ kOnes * '\\', 1)) != 0;
}

template <typename Word>
bool PutPlainWords(char* to, const char* at, size_t size, uint32_t& high) {
  Word first = 0, last = 0;  // they overlap
  std::memcpy(&first, at, sizeof first);
  std::memcpy(&last, at + size - sizeof last, sizeof last);
  const uint64_t both = sizeof(Word) == 8 ? 0 : static_cast<uint64_t>(last) << 32 | first;
  if (sizeof(Word) == 8 ? AnyNeedsEscape(first) || AnyNeedsEscape(last) : AnyNeedsEscape(both)) return false;
  high |= ((first | last) & static_cast<Word>(0x8080808080808080)) != 0 ? 1 : 0;
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + size - sizeof last, &last, sizeof last);
  return true;
}

// Copies the fewer than 16 bytes at the end of a string, unless one must be escaped.
bool PutPlainTail(char* to, const char* at, size_t size, uint32_t& high) {
  if (size >= 8) return PutPlainWords<uint64_t>(to, at, size, high);
  if (size >= 4) return PutPlainWords<uint32_t>(to, at, size, high);
  for (size_t i = 0; i < size; ++i) {
    if (NeedsEscape(at[i])) return false;
    high |= static_cast<uint8_t>(at[i]) & 0x80;
    to[i] = at[i];
  }
  return true;
}

// The rest of a string that does hold something to be escaped. `to` has room for the longest outcome.
char* PutRest(char* to, const char* at, const char* end) {
  while (at != end) {
    if (NeedsEscape(*at)) {
      to = PutEscape(to, *at++);
    } else {
      *to++ = *at++;
    }
  }
  return to;
}

}  // namespace

bool AppendEscaped(std::string_view text, Buffer& out) {
  const size_t before = out.size();
  out.Reserve(text.size() + 2 + kBlock);
  char* const begin = out.data() + before;
  char* to = begin;
  *to++ = '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  uint32_t high = 0;  // a byte above ASCII was seen
  bool clean = true;
  for (; static_cast<size_t>(end - at) >= kBlock; at += kBlock, to += kBlock) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    high |= static_cast<uint32_t>(_mm_movemask_epi8(block));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
    if (EscapeMask(block) != 0) {
      clean = false;
      break;
    }
  }
  if (clean && PutPlainTail(to, at, static_cast<size_t>(end - at), high)) {
    to += end - at;
  } else {
    clean = false;
  }
  if ((high != 0 || !clean) && !IsUtf8(text)) return false;
  if (!clean) {
    const auto written = static_cast<size_t>(to - begin);
    out.Extend(written + static_cast<size_t>(end - at) * kLongestEscape + 1);
    to = PutRest(out.data() + before + written, at, end);
  } else {
    out.Extend(static_cast<size_t>(to - begin) + 1);
  }
  *to++ = '"';
  out.Truncate(static_cast<size_t>(to - out.data()));
  return true;
}

}  // namespace dragoman::transcoding
