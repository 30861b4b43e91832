#include "transcoding/wire.h"

#include <array>
#include <bit>

namespace dragoman::transcoding {

// Up to eight bytes as one word: what is behind the last is cut off, and the sevens of bits are moved together, by pairs,
// pairs of pairs, and halves.
bool WireCursor::ReadLongVarint(uint64_t& value) {
  uint64_t word = 0;
  if (readable_ - at_ < static_cast<ptrdiff_t>(sizeof word)) return ReadVarintByBytes(value);
  std::memcpy(&word, at_, sizeof word);
  const uint64_t last = ~word & 0x8080'8080'8080'8080;
  if (last == 0) return ReadVarintByBytes(value);
  const int size = std::countr_zero(last) / 8 + 1;
  if (size > end_ - at_) return false;
  at_ += size;
  word &= last ^ (last - 1);
  word = (word & 0x007F'007F'007F'007F) | (word & 0x7F00'7F00'7F00'7F00) >> 1;
  word = (word & 0x0000'3FFF'0000'3FFF) | (word & 0x3FFF'0000'3FFF'0000) >> 2;
  value = (word & 0x0FFF'FFFF) | (word & 0x0FFF'FFFF'0000'0000) >> 4;
  return true;
}

// Each byte but the last adds the bit that says that another follows, which the next byte takes off.
bool WireCursor::ReadVarintByBytes(uint64_t& value) {
  const char* at = at_;
  if (at == end_) return false;
  uint64_t result = static_cast<uint8_t>(*at++);
#pragma GCC unroll 9
  for (int i = 1; i < kMaxVarintBytes; ++i) {
    if (at == end_) return false;
    const auto byte = static_cast<uint8_t>(*at++);
    result += (uint64_t{byte} - 1) << (7 * i);
    if (byte < 0x80) {
      value = result;
      at_ = at;
      return true;
    }
  }
  return false;
}

bool WireCursor::SkipScalar(uint32_t tag) {
  uint64_t ignored = 0;
  std::string_view bytes;
  switch (WireTypeOf(tag)) {
    case WireType::kVarint:
      return ReadVarint(ignored);
    case WireType::kFixed64:
      return ReadFixed(ignored);
    case WireType::kLength:
      return ReadLengthDelimited(bytes);
    case WireType::kFixed32: {
      uint32_t fixed = 0;
      return ReadFixed(fixed);
    }
    default:
      return false;
  }
}

bool WireCursor::ReadGroup(int32_t number, std::string_view& content) {
  std::array<int32_t, kMaxGroupDepth> open;
  size_t depth = 0;
  open[depth++] = number;
  const char* begin = at_;
  while (!done()) {
    const char* before = at_;
    uint32_t tag = 0;
    if (!ReadTag(tag)) return false;
    if (WireTypeOf(tag) == WireType::kStartGroup) {
      if (depth == open.size()) return false;
      open[depth++] = NumberOf(tag);
    } else if (WireTypeOf(tag) == WireType::kEndGroup) {
      if (open[--depth] != NumberOf(tag)) return false;
      if (depth == 0) {
        content = {begin, static_cast<size_t>(before - begin)};
        return true;
      }
    } else if (!SkipScalar(tag)) {
      return false;
    }
  }
  return false;
}

bool WireCursor::Skip(uint32_t tag) {
  std::string_view content;
  if (WireTypeOf(tag) == WireType::kStartGroup) return ReadGroup(NumberOf(tag), content);
  return SkipScalar(tag);
}

}  // namespace dragoman::transcoding
