#include "transcoding/json_escape.h"

#include <emmintrin.h>

#include <cstdint>

#include "transcoding/utf8.h"

namespace dragoman::transcoding {
namespace {

constexpr size_t kBlock = 16;       // bytes
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
  if (clean) {
    for (const char* rest = at; rest != end; ++rest) {
      if (NeedsEscape(*rest)) {
        clean = false;
        break;
      }
      high |= static_cast<uint8_t>(*rest) & 0x80;
      *to++ = *rest;
      at = rest + 1;
    }
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
