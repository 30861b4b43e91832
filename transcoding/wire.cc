#include "transcoding/wire.h"

#include <array>

namespace dragoman::transcoding {

// Each byte but the last adds the bit that says that another follows, which the next byte takes off.
bool WireCursor::ReadLongVarint(uint64_t& value) {
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
