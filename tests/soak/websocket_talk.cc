#include "websocket_talk.h"

namespace dragoman::soak {
namespace {

constexpr uint8_t kText = 1;
constexpr uint8_t kClose = 8;
constexpr uint8_t kPing = 9;
constexpr uint8_t kPong = 10;
constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kMasked = 0x80;
constexpr unsigned char kMask[] = {0x12, 0x34, 0x56, 0x78};

}  // namespace

WebSocketTalk::WebSocketTalk(const std::string& gateway_address, const std::string& target)
    : connection_(gateway_address) {
  connection_.Begin("GET", target,
                    {{"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Protocol", "dragoman.json"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  const integration::HttpResponse response = connection_.Read();
  // The answer to the key of RFC 6455 section 1.3.
  if (response.status != 101 || response.Header("sec-websocket-accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
    failure_ = "the upgrade is answered with " + std::to_string(response.status) + " " + response.body.substr(0, 500);
  }
}

void WebSocketTalk::SendFrame(uint8_t opcode, std::string_view payload) {
  std::string frame = {static_cast<char>(kFinal | opcode)};
  if (payload.size() < 126) {
    frame += static_cast<char>(kMasked | payload.size());
  } else {
    frame += static_cast<char>(kMasked | 127);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>((uint64_t{payload.size()} >> shift) & 255);
    if (payload.size() < 65'536) frame.replace(1, 7, 1, static_cast<char>(kMasked | 126));  // two bytes are enough
  }
  frame.append(reinterpret_cast<const char*>(kMask), sizeof kMask);
  for (size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ kMask[i % sizeof kMask]);
  connection_.Write(frame);
}

void WebSocketTalk::Say(std::string_view text) { SendFrame(kText, text); }

bool WebSocketTalk::Hear(std::string& text) {
  for (;;) {
    std::string head;
    if (!connection_.TakeBytes(2, head)) return false;
    uint64_t size = static_cast<uint8_t>(head[1]);
    if (size >= 126) {
      std::string more;
      if (!connection_.TakeBytes(size == 126 ? 2 : 8, more)) return false;
      size = 0;
      for (const char byte : more) size = size << 8 | static_cast<uint8_t>(byte);
    }
    std::string payload;
    if (!connection_.TakeBytes(size, payload)) return false;
    switch (static_cast<uint8_t>(head[0])) {
      case kFinal | kText:
        text = std::move(payload);
        return true;
      case kFinal | kPing:
        SendFrame(kPong, payload);
        break;
      case kFinal | kPong:
        break;
      case kFinal | kClose:
        if (payload.size() >= 2) {
          close_code_ = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
          close_reason_ = payload.substr(2);
        }
        SendFrame(kClose, std::string_view(payload).substr(0, 2));
        return false;
      default:
        failure_ = "a frame begins with byte " + std::to_string(static_cast<uint8_t>(head[0]));
        return false;
    }
  }
}

}  // namespace dragoman::soak
