#pragma once

#include <string_view>

#include "transcoding/buffer.h"
#include "transcoding/json_blocks.h"

namespace dragoman::transcoding {

// Appends `text` as a JSON string, quotes included. False, with `out` as it was, where `text` is no UTF-8.
// Only what JSON demands is escaped: quotes, backslashes, control characters (\n, \u001b).
// Cost: 16 bytes a step while nothing is to be escaped.
bool AppendEscaped(std::string_view text, Buffer& out);

constexpr size_t kShortText = 64;     // bytes
constexpr size_t kLongestEscape = 6;  // \u001b

constexpr size_t kRoomForPlain = 2 * kBlock + 2;

// How many bytes a short text may become, and a block beyond it.
constexpr size_t RoomForShort(std::string_view text) { return text.size() * kLongestEscape + 2 + kBlock; }

// Puts a text of at most kShortText bytes as AppendEscaped does, at `to`, which has room for RoomForShort(); returns the
// end, or null. The text stands in storage that may be read up to `readable`.
char* PutShortEscaped(std::string_view text, const char* readable, char* to);

// The same of what strings are most: a few words of ASCII, as they are, at `to`, which has room for kRoomForPlain bytes.
// Null of all others.
inline char* PutPlain(std::string_view text, const char* readable, char* to) {
  const size_t size = text.size();
  const char* const at = text.data();
  if (size >= kBlock) {
    if (size > 2 * kBlock) return nullptr;
    const Block first = Block::Load(at), last = Block::Load(at + size - kBlock);  // they overlap
    if ((first.SpecialOrHigh() | last.SpecialOrHigh()) != 0) return nullptr;
    first.Store(to + 1);
    last.Store(to + 1 + size - kBlock);
  } else {
    if (size == 0 || static_cast<size_t>(readable - at) < kBlock) return nullptr;
    const Block block = Block::Load(at);
    if ((block.SpecialOrHigh() & BitsOf(size)) != 0) return nullptr;
    block.Store(to + 1);
  }
  to[0] = '"';
  to[size + 1] = '"';
  return to + size + 2;
}

}  // namespace dragoman::transcoding
