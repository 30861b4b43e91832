#pragma once

#include <array>
#include <string>
#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/json_blocks.h"

// Short pieces of text are compared and copied fastest in whole blocks, which takes storage that may be read beyond the
// text's end. A Buffer is such storage; PaddedText is that of text which is made once.
namespace dragoman::transcoding {

class PaddedText {
 public:
  PaddedText() : PaddedText(std::string_view()) {}
  explicit PaddedText(std::string_view text) : storage_(text), size_(text.size()) { storage_.append(kBlock, '\0'); }

  std::string_view view() const { return {storage_.data(), size_}; }

 private:
  std::string storage_;
  size_t size_;
};

// Padded texts that are constants.
template <char kText>
inline constexpr std::array<char, 1 + kBlock> kPaddedCharacter = {kText};
inline constexpr std::string_view kPaddedNothing = {kPaddedCharacter<'\0'>.data(), 0};
inline constexpr std::string_view kPaddedComma = {kPaddedCharacter<','>.data(), 1};
inline constexpr std::string_view kPaddedColon = {kPaddedCharacter<':'>.data(), 1};

// Puts `text`, whose storage is padded, at `to`, behind which kBlock bytes more may be written than it has; returns the
// end.
inline char* PutBlocks(std::string_view text, char* to) {
  Block::Load(text.data()).Store(to);
  for (size_t i = kBlock; i < text.size(); i += kBlock) Block::Load(text.data() + i).Store(to + i);
  return to + text.size();
}

// Appends `text`, whose storage is padded.
inline void AppendPadded(std::string_view text, Buffer& out) {
  out.EndAt(PutBlocks(text, out.Reserve(text.size())));  // and into the padding
}

// Whether `expected`, which is padded and holds no NUL, stands at `at`, in a Buffer whose text ends with a NUL.
inline bool StandsAt(const char* at, std::string_view expected) {
  for (size_t i = 0; i < expected.size(); i += kBlock) {
    const uint32_t same = Block::Load(at + i).Equal(Block::Load(expected.data() + i));
    const size_t left_over = expected.size() - i;
    const uint32_t wanted = left_over >= kBlock ? 0xFFFF : (1U << left_over) - 1;
    if ((same & wanted) != wanted) return false;
  }
  return true;
}

}  // namespace dragoman::transcoding
