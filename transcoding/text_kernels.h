#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// Loops over long texts, in the best form that the processor at hand offers.
namespace dragoman::transcoding {

// One form of each loop. Whatever the form, the outcome is the same. None reads beyond what it is given.
//
// Threads: constant.   Cost: a call through a pointer, so callers do the first bytes of a text themselves.
struct TextKernels {
  const char* name;  // "portable", "sse2", "avx2"

  // The first quote, backslash or control character of [at, end); `end` where there is none. `high` becomes other than
  // 0 where a byte above ASCII was passed.
  const char* (*find_special)(const char* at, const char* end, uint32_t& high);

  // Copies [at, end) to `to`, up to the first such character, whose place is returned; `high` as above. Behind what is
  // copied up to kCopySlack bytes are written too.
  const char* (*copy_plain)(const char* at, const char* end, char* to, uint32_t& high);

  // True where `text` is UTF-8 as RFC 3629 has it.
  bool (*is_utf8)(std::string_view text);

  // Base64 of the front of `bytes` at `to`, standard alphabet: four characters for three bytes. How many bytes were
  // taken, a multiple of three; the rest is the caller's. Nothing is written beyond the room for the text of all of
  // `bytes`.
  size_t (*encode_base64)(std::string_view bytes, char* to);

  // The other way, either alphabet: how many characters were taken, a multiple of four, all of them digits; the rest,
  // and what is no digit, is the caller's. Nothing is written beyond the room for the bytes of all of `text`.
  size_t (*decode_base64)(std::string_view text, char* to);
};

constexpr size_t kCopySlack = 32;  // bytes

// The best form that this processor can run, found out once.
const TextKernels& Kernels();

// Every form that this processor can run, the plainest first.
std::span<const TextKernels* const> AllKernels();

}  // namespace dragoman::transcoding
