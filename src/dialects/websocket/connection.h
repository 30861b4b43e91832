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
  kPolicyViolation = 1008,
  kTooBig = 1009,
};

// At most 123 bytes of `text`, cut between two characters: what a close frame has room for (RFC 6455, 5.5).
std::string_view CutReason(std::string_view text);

// One WebSocket, from the handshake on. What clients do against the protocol ends it with the code that the protocol
// has for it: 1002, 1007 (text that is no UTF-8), 1009 (a message over the limit). Pings are answered. A client of whom
// nothing has come for half of `silence` is sent one; of whom nothing has come for all of it is said good-bye to, 1001.
// While nobody receives, nothing is asked of it. Within a message it has `message_timeout` for each 64 KiB of that,
// whatever else comes in between, else 1008. All close frames are ours, so that each says why.
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
    Duration message_timeout;
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
  // What the client said, or what it is told, once Receive has given kClosed.
  uint16_t close_code() const { return close_code_; }
  // Why Receive has given kClosed where it is the client's fault: kBodyTooLarge, kInvalidRequest, kRequestTimeout. OK
  // where one of both sides has ended it.
  const Status& failure() const { return failure_; }

  // A message, which leaves with the next Flush. Nothing once the connection is being closed.
  enum class Kind : uint8_t { kText, kBinary };
  void Append(std::string_view message, Kind kind);
  size_t collected() { return stream_.next_layer().output().size(); }
  // Until the client has taken so much that more may follow. False: it is gone, or the connection closed.
  Task<bool> Flush();

  // Says good-bye, unless the client is gone, and ends the exchange; before that it waits for kCloseTime at most until
  // the client has said it too. What Receive has ended for comes first: the client's own code is said back, and a
  // failure has its code and text. `reason` is cut.
  static constexpr Duration kCloseTime = std::chrono::seconds(5);
  Task<void> Close(uint16_t code, std::string_view reason);

 private:
  void AppendFrame(uint8_t opcode, std::string_view payload, std::string_view more);
  // Why Receive ends.
  void NoteEnd(const boost::system::error_code& why);
  void Fail(uint16_t code, Status failure);
  void Say(uint16_t code, std::string_view reason);
  // More of the client is waited for.
  void OnWait();
  void ArmFor(TimePoint at);
  static void OnTimer(void* self);
  void LookAtClient();
  // Says good-bye to a client that has let wait for too long, and ends the exchange, which ends Receive.
  Task<void> GiveUp();

  Exchange& exchange_;
  const Options options_;
  boost::beast::websocket::stream<ExchangeStream, false> stream_;
  Timer timer_;
  TimePoint pinged_at_{};                                          // since when what it asked about had not come
  std::shared_ptr<bool> pinging_ = std::make_shared<bool>(false);  // the question is on its way; Beast's to the end
  TimePoint armed_for_{};
  TimePoint until_ = TimePoint::max();          // when what is waited for has to have come
  TimePoint message_until_ = TimePoint::max();  // likewise, of the message at hand; max(): there is none
  uint64_t message_bytes_ = 0;                  // of it
  uint64_t message_allowed_ = 0;                // up to which message_until_ holds
  bool giving_up_ = false;
  Signal given_up_;
  bool closing_ = false;
  bool heard_all_ = false;  // Receive has given kClosed, which Close has not been the reason of
  bool receiving_ = false;
  Signal received_;  // that Receive has ended, for Close
  uint16_t close_code_ = kGone;
  Status failure_;
};

}  // namespace dragoman::dialects::websocket
