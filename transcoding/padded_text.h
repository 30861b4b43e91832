#pragma once

#include <emmintrin.h>

#include <string>
#include <string_view>

#include "transcoding/buffer.h"

// Short pieces of text are compared and copied fastest in whole blocks, which takes storage that may be read beyond the
// text's end. A Buffer is such storage; PaddedText is that of text which is made once.
namespace dragoman::transcoding {

constexpr size_t kBlockBytes = 16;
static_assert(Buffer::kPadding >= kBlockBytes);

class PaddedText {
 public:
  PaddedText() : PaddedText(std::string_view()) {}
  explicit PaddedText(std::string_view text) : storage_(text), size_(text.size()) {
    storage_.append(kBlockBytes, '\0');
  }

  std::string_view view() const { return {storage_.data(), size_}; }

 private:
  std::string storage_;
  size_t size_;
};

// Appends `text`, whose storage is padded.
inline void AppendPadded(std::string_view text, Buffer& out) {
  char* const to = out.Extend(text.size());
  for (size_t i = 0; i < text.size(); i += kBlockBytes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i),
                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i)));
  }
}

// Whether `expected`, which is padded and holds no NUL, stands at `at`, in a Buffer whose text ends with a NUL.
inline bool StandsAt(const char* at, std::string_view expected) {
  for (size_t i = 0; i < expected.size(); i += kBlockBytes) {
    const __m128i left = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    const __m128i right = _mm_loadu_si128(reinterpret_cast<const __m128i*>(expected.data() + i));
    const auto same = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)));
    const size_t left_over = expected.size() - i;
    const uint32_t wanted = left_over >= kBlockBytes ? 0xFFFF : (1U << left_over) - 1;
    if ((same & wanted) != wanted) return false;
  }
  return true;
}

}  // namespace dragoman::transcoding
