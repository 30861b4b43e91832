#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness.h"

namespace dragoman::soak {

// A WebSocket of a client's, RFC 6455, blocking: text messages in one frame each.
class WebSocketTalk {
 public:
  // Connects and asks for the upgrade. `failure()` tells what went wrong; empty: nothing.
  WebSocketTalk(const std::string& gateway_address, const std::string& target);

  const std::string& failure() const { return failure_; }
  void Say(std::string_view text);
  // The next text message; a close frame or the end makes it false. Pings are answered.
  bool Hear(std::string& text);
  // Bytes in the place of frames.
  void Garbage(std::string_view bytes) { connection_.Write(bytes); }
  // Without a word.
  void Vanish() { connection_.Close(); }

  // Of the close frame that Hear came upon: 0: none came.
  int close_code() const { return close_code_; }
  const std::string& close_reason() const { return close_reason_; }

 private:
  void SendFrame(uint8_t opcode, std::string_view payload);

  integration::HttpClient connection_;
  std::string failure_;
  int close_code_ = 0;
  std::string close_reason_;
};

}  // namespace dragoman::soak
