#pragma once

#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "dialects/websocket/exchange_stream.h"
#include "dialects/websocket/handshake.h"
#include "exchange/exchange.h"
#include "transcoding/buffer.h"

namespace dragoman::dialects::websocket {

// The codes that a connection is closed with (RFC 6455, 7.4.1); from 4000 on they are the application's.
enum CloseCode : uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupportedData = 1003,
  kNoCode = 1005,  // none was said
  kGone = 1006,    // nobody said good-bye
  kBadPayload = 1007,
  kTooBig = 1009,
};

// At most 123 bytes of `text`, cut between two characters: what a close frame has room for (RFC 6455, 5.5).
std::string_view CutReason(std::string_view text);

// One WebSocket, from the handshake on. What clients do against the protocol ends it with the code that the protocol
// has for it: 1002, 1007 (text that is no UTF-8), 1009 (a message over the limit). Pings are answered. A client of whom
// nothing has come for half of `silence` is sent one; of whom nothing has come for all of it is gone. While nobody
// receives, nothing is asked of it. Within a message limits.body_timeout holds, as for the body of a request.
//
// permessage-deflate is never agreed upon.
//
// Threads: the exchange's loop; one coroutine receives while another one sends and closes.
// Lifetime: must be closed before it is destroyed, and nobody may receive any more.
class Connection {
 public:
  struct Options {
    uint64_t max_message_bytes;
    Duration silence;
  };

  Connection(Exchange& exchange, const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Takes the exchange over and sends the 101 response, with `headers` beside its own and the exchange's standing ones.
  Task<void> Accept(const Handshake& handshake, std::span<const Header> headers);

  enum class Received : uint8_t { kText, kBinary, kClosed };
  // The next message, which replaces the content of `message`. kClosed: by the client, by the protocol, or by Close.
  Task<Received> Receive(Buffer& message);
  // What the client said, or the protocol, once Receive has given kClosed.
  uint16_t close_code() const { return close_code_; }
  // Why it is kGone; OK where the client has just ended its side.
  const Status& read_failure() const { return stream_.next_layer().read_failure(); }

  // A message, which leaves with the next Flush. Nothing once the connection is being closed.
  enum class Kind : uint8_t { kText, kBinary };
  void Append(std::string_view message, Kind kind);
  size_t collected() { return stream_.next_layer().output().size(); }
  // Until the client has taken so much that more may follow. False: it is gone, or the connection closed.
  Task<bool> Flush();

  // Says good-bye unless one of them has, waits for kCloseTime at most until the client has too, and ends the exchange.
  // `reason` is cut.
  static constexpr Duration kCloseTime = std::chrono::seconds(5);
  Task<void> Close(uint16_t code, std::string_view reason);

 private:
  static void OnTimer(void* self);
  void LookAtClient();

  Exchange& exchange_;
  const Options options_;
  boost::beast::websocket::stream<ExchangeStream, false> stream_;
  Timer timer_;
  uint64_t seen_ = 0;                                              // bytes that had come when the timer looked last
  bool pinged_ = false;                                            // and it asked for a sign of life then
  std::shared_ptr<bool> pinging_ = std::make_shared<bool>(false);  // the question is on its way; Beast's to the end
  bool closing_ = false;
  uint16_t close_code_ = kGone;
};

}  // namespace dragoman::dialects::websocket
