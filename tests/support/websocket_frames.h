#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Frames of RFC 6455, 5.2, by hand: those of a client to send, those of a server in words.
namespace dragoman::frames {

struct FrameShape {
  bool fin = true;
  uint8_t reserved = 0;  // the three bits RSV1 to RSV3: 4, 2, 1
  bool masked = true;
  int length_bytes = -1;          // 0, 2 or 8; -1: the shortest form
  uint64_t claimed = UINT64_MAX;  // the length that is told, where it is another
};

inline std::string Frame(int opcode, std::string_view payload, const FrameShape& shape = {}) {
  const uint64_t length = shape.claimed == UINT64_MAX ? payload.size() : shape.claimed;
  const int length_bytes = shape.length_bytes >= 0 ? shape.length_bytes : length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
  std::string frame;
  frame += static_cast<char>((shape.fin ? 0x80 : 0) | shape.reserved << 4 | opcode);
  const uint64_t first = length_bytes == 0 ? length : length_bytes == 2 ? 126 : 127;
  frame += static_cast<char>((shape.masked ? 0x80 : 0) | first);
  for (int i = length_bytes - 1; i >= 0; --i) frame += static_cast<char>(length >> (8 * i));
  constexpr std::string_view kKey = "\x12\x9a\xf3\x5e";
  if (shape.masked) frame += kKey;
  for (size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(shape.masked ? payload[i] ^ kKey[i % 4] : payload[i]);
  }
  return frame;
}

inline std::string Text(std::string_view payload) { return Frame(1, payload); }
inline std::string CloseFrame(uint16_t code, std::string_view reason = {}) {
  return Frame(8, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + std::string(reason));
}

// The server's frame that `bytes` begin with, in words, and takes it away: "text hello", "binary abc", "pong abc",
// "close 1000 bye". Long payloads are told by their size: "text (70000)". "half a frame": more has to come.
inline std::string TakeFrame(std::string_view& bytes, size_t longest = 100) {
  const auto number = [&bytes](size_t at, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
    return value;
  };
  if (bytes.size() < 2) return "half a frame";
  const auto first = static_cast<uint8_t>(bytes[0]);
  uint64_t length = static_cast<uint8_t>(bytes[1]);
  if (length > 127) return "a mask";
  const size_t begin = length == 126 ? 4 : length == 127 ? 10 : 2;
  if (bytes.size() < begin) return "half a frame";
  if (begin > 2) length = number(2, begin - 2);
  if (bytes.size() - begin < length) return "half a frame";
  const std::string_view payload = bytes.substr(begin, length);
  std::string told;
  if (first == 0x88) {
    told = "close";
    if (length >= 2) told += " " + std::to_string(number(begin, 2));
    if (length > 2) told += " " + std::string(payload.substr(2));
  } else {
    told = first == 0x81   ? "text "
           : first == 0x82 ? "binary "
           : first == 0x89 ? "ping "
           : first == 0x8A ? "pong "
                           : "frame " + std::to_string(first) + " ";
    told += length > longest ? "(" + std::to_string(length) + ")" : std::string(payload);
  }
  bytes.remove_prefix(begin + length);
  return told;
}

// All that a server has sent behind the head of its response: "text hello; pong abc; close 1000 bye".
inline std::string Told(std::string_view sent) {
  const size_t head = sent.find("\r\n\r\n");
  if (head == std::string_view::npos) return "no response";
  sent.remove_prefix(head + 4);
  std::string told;
  while (!sent.empty()) {
    const size_t before = sent.size();
    told += (told.empty() ? "" : "; ") + TakeFrame(sent);
    if (sent.size() == before) break;
  }
  return told;
}

}  // namespace dragoman::frames
