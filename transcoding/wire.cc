#include "transcoding/wire.h"

#include <array>

namespace dragoman::transcoding {

bool WireCursor::ReadLongVarint(uint64_t& value) {
  constexpr uint64_t kLast = 0x8080808080808080;  // where this bit of a byte is zero, a varint ends
  uint64_t word = 0;
  if (static_cast<size_t>(end_ - at_) >= sizeof word) {
    std::memcpy(&word, at_, sizeof word);
    if (const uint64_t ends = ~word & kLast; ends != 0) {
      at_ += std::countr_zero(ends) / 8 + 1;
      word &= (ends ^ (ends - 1)) & ~kLast;  // seven bits of each byte up to the first end, joined by twos, fours, eights
      word = (word & 0x007F007F007F007F) | (word & 0x7F007F007F007F00) >> 1;
      word = (word & 0x00003FFF00003FFF) | (word & 0x3FFF00003FFF0000) >> 2;
      value = (word & 0x000000000FFFFFFF) | (word & 0x0FFFFFFF00000000) >> 4;
      return true;
    }
  }
  uint64_t result = 0;
  const char* at = at_;
  for (int shift = 0; shift < 70; shift += 7) {
    if (at == end_) return false;
    const auto byte = static_cast<uint8_t>(*at++);
    result |= static_cast<uint64_t>(byte & 0x7F) << shift;
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
