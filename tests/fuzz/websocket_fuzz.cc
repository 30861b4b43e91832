// What a client sends once it has its WebSocket. The first byte says how the bytes are cut, the second what the server
// does; it must end, and have said the same however they arrive.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../dialects/websocket/duplex_exchange.h"
#include "dialects/websocket/connection.h"
#include "websocket_frames.h"

namespace dragoman::dialects::websocket {
namespace {

constexpr uint64_t kMaxMessage = 1000;

// A server that says back what it hears, and closes after `most` messages.
Task<void> Echo(DuplexExchange& exchange, size_t most, bool& ended) {
  {
    Connection connection(exchange, {.max_message_bytes = kMaxMessage, .silence = std::chrono::hours(1), .message_timeout = std::chrono::hours(1)});
    const Handshake handshake{.key = "dGhlIHNhbXBsZSBub25jZQ==", .subprotocol = {}};
    co_await connection.Accept(handshake, {});
    Buffer message;
    for (size_t heard = 0; heard < most; ++heard) {
      const Connection::Received received = co_await connection.Receive(message);
      if (received == Connection::Received::kClosed) break;
      if (message.size() > kMaxMessage) std::abort();
      const bool text = received == Connection::Received::kText;
      connection.Append(message.view(), text ? Connection::Kind::kText : Connection::Kind::kBinary);
      const bool taken = co_await connection.Flush();
      if (!taken) break;
    }
    co_await connection.Close(4000, "enough");
  }
  ended = true;
}

std::string Said(std::string_view bytes, size_t piece, size_t most) {
  Loop loop;
  DuplexExchange exchange(loop, {}, piece);
  exchange.Push(bytes);
  exchange.End();
  bool ended = false;
  loop.Spawn(Echo(exchange, most, ended));
  for (int turn = 0; turn < 1'000'000 && !ended; ++turn) loop.io().poll_one();
  if (!ended) std::abort();
  return exchange.sent;
}

}  // namespace
}  // namespace dragoman::dialects::websocket

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dragoman::dialects::websocket::Said;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t most = data[1] % 8;
  const std::string whole = Said(bytes, SIZE_MAX, most);
  if (dragoman::frames::Told(whole).find("half a frame") != std::string::npos) std::abort();
  if (Said(bytes, 1 + data[0] % 16, most) != whole) std::abort();
  return 0;
}
