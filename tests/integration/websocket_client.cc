#include "websocket_client.h"

#include <algorithm>

#include "websocket_frames.h"

namespace dragoman::integration {

WebSocketClient::WebSocketClient(std::string_view address, std::string_view target, const Headers& headers)
    : http_(address) {
  Headers all = {{"connection", "Upgrade"},
                 {"upgrade", "websocket"},
                 {"sec-websocket-version", "13"},
                 {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  for (const auto& header : headers) {
    const auto usual =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.first == header.first; });
    if (usual == all.end()) {
      all.push_back(header);
    } else {
      usual->second = header.second;
    }
  }
  http_.Begin("GET", target, all);
  response_ = http_.Read();
}

void WebSocketClient::Say(std::string_view text) { Write(frames::Text(text)); }

void WebSocketClient::Close(int code, std::string_view reason) {
  Write(frames::CloseFrame(static_cast<uint16_t>(code), reason));
}

std::string WebSocketClient::Next(Pings pings) {
  for (;;) {
    std::string frame;
    if (!http_.TakeBytes(2, frame)) return "gone";
    const auto length = static_cast<uint8_t>(frame[1]);
    const size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (more > 0 && !http_.TakeBytes(more, frame)) return "gone";
    uint64_t size = length;
    if (more > 0) {
      size = 0;
      for (size_t i = 0; i < more; ++i) size = size << 8 | static_cast<uint8_t>(frame[2 + i]);
    }
    if (size > 0 && !http_.TakeBytes(size, frame)) return "gone";
    std::string_view rest = frame;
    std::string told = frames::TakeFrame(rest, 1u << 20);
    if (pings == Pings::kTold || !told.starts_with("ping ")) return told;
    Write(frames::Frame(10, told.substr(5)));
  }
}

}  // namespace dragoman::integration
