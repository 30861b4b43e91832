#include "http2_frames.h"

namespace dragoman::frames {

std::string Integer(uint8_t first, int prefix, uint64_t value) {
  const uint64_t most = (1u << prefix) - 1;
  if (value < most) return {static_cast<char>(first | value)};
  std::string out = {static_cast<char>(first | most)};
  for (value -= most; value >= 128; value /= 128) out.push_back(static_cast<char>(128 + value % 128));
  return out.append(1, static_cast<char>(value));
}

std::string Literal(std::string_view text) { return Integer(0, 7, text.size()).append(text); }

// RFC 7541, 6.2.2 "Literal Header Field without Indexing".
std::string Block(const Headers& headers) {
  std::string block;
  for (const auto& [name, value] : headers) block.append(1, '\0').append(Literal(name)).append(Literal(value));
  return block;
}

std::string FrameBytes(uint8_t type, uint8_t flags, int32_t id, std::string_view payload) {
  const size_t size = payload.size();
  std::string frame = {static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size),
                       static_cast<char>(type), static_cast<char>(flags)};
  return frame.append(Number(static_cast<uint32_t>(id))).append(payload);
}

std::string Number(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string Setting(uint16_t id, uint32_t value) {
  return std::string{static_cast<char>(id >> 8), static_cast<char>(id)} + Number(value);
}

}  // namespace dragoman::frames
