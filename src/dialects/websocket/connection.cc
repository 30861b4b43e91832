#include "dialects/websocket/connection.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/system/error_code.hpp>
#include <limits>
#include <string>
#include <utility>

#include "exchange/characters.h"
#include "exchange/too_large.h"

namespace dragoman::dialects::websocket {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr size_t kMaxReason = 123;       // bytes
constexpr size_t kReadBytes = 64 << 10;  // room for a message grows by this much at most

constexpr uint8_t kTextFrame = 1;  // opcodes (RFC 6455, 5.2)
constexpr uint8_t kBinaryFrame = 2;
constexpr uint8_t kCloseFrame = 8;

constexpr size_t kKeptBytes = 4 << 10;     // of room for a message, between two of them
constexpr uint64_t kTimedBytes = 64 << 10;  // of a message, for which there is message_timeout

// Waits for an operation of Beast's.
//
//   Completion read;
//   stream.async_read_some(buffer, read.Handler());
//   co_await read.Wait();
class Completion {
 public:
  auto Handler() {
    return [this](error_code error, size_t bytes = 0) {
      error_ = error;
      bytes_ = bytes;
      done_.Notify();
    };
  }
  Signal::Awaiter Wait() { return done_.Wait(); }
  const error_code& error() const { return error_; }
  size_t bytes() const { return bytes_; }

 private:
  Signal done_;
  error_code error_;
  size_t bytes_ = 0;
};

std::string Milliseconds(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

}  // namespace

std::string_view CutReason(std::string_view text) {
  if (text.size() <= kMaxReason) return text;
  size_t end = kMaxReason;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;  // within a character
  return text.substr(0, end);
}

Connection::Connection(Exchange& exchange, const Options& options)
    : exchange_(exchange), options_(options), stream_(exchange), timer_(exchange.loop(), &OnTimer, this) {
  stream_.read_message_max(std::max<uint64_t>(1, options.max_message_bytes));
  stream_.next_layer().WatchWaits([](void* self) { static_cast<Connection*>(self)->OnWait(); }, this);
}

Connection::~Connection() = default;

Task<void> Connection::Accept(const Handshake& handshake, std::span<const Header> headers) {
  exchange_.TakeOver();
  // Beast would put its own name into the response: it opens its side and counts the key, the words are ours.
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, "/", 11);
  request.set(beast::http::field::host, "-");
  request.set(beast::http::field::connection, "upgrade");
  request.set(beast::http::field::upgrade, "websocket");
  request.set(beast::http::field::sec_websocket_version, "13");
  request.set(beast::http::field::sec_websocket_key, handshake.key);
  std::string accept;
  stream_.set_option(beast::websocket::stream_base::decorator([&accept](beast::websocket::response_type& response) {
    accept = std::string(response[beast::http::field::sec_websocket_accept]);
  }));
  stream_.next_layer().set_muted(true);
  Completion accepted;
  stream_.async_accept(request, accepted.Handler());
  co_await accepted.Wait();
  stream_.next_layer().set_muted(false);

  Buffer& output = stream_.next_layer().output();
  const auto add = [&output](std::string_view name, std::string_view value) {
    if (!IsHeaderValue(value)) return;
    output.Append(name);
    output.Append(": ");
    output.Append(value);
    output.Append("\r\n");
  };
  output.Append("HTTP/1.1 101 Switching Protocols\r\n");
  add("upgrade", "websocket");
  add("connection", "upgrade");
  add("sec-websocket-accept", accept);
  if (!handshake.subprotocol.empty()) add("sec-websocket-protocol", handshake.subprotocol);
  for (const Header& header : headers) add(header.name, header.value);
  for (const Header& header : exchange_.standing_headers()) add(header.name, header.value);
  output.Append("\r\n");
  (void)co_await stream_.next_layer().Flush();  // who is gone is noticed by whoever reads
}

Task<Connection::Received> Connection::Receive(Buffer& message) {
  message.Clear();
  if (message.capacity() > kKeptBytes) message.Release();  // it may be long until there is another one
  if (closing_ || heard_all_) co_return Received::kClosed;
  receiving_ = true;
  message_bytes_ = 0;
  message_until_ = TimePoint::max();
  do {
    const size_t before = message.size();
    const size_t room = std::min(stream_.read_size_hint(), kReadBytes);
    Completion read;
    stream_.async_read_some(boost::asio::buffer(message.Extend(room), room), read.Handler());
    co_await read.Wait();
    message.Truncate(closing_ ? 0 : before + read.bytes());  // what comes behind a good-bye is not wanted
    message_bytes_ += read.bytes();
    if (!read.error()) continue;
    receiving_ = false;
    if (closing_) {
      if (received_.waiting()) received_.Notify();
    } else if (!heard_all_) {
      NoteEnd(read.error());
    }
    co_return Received::kClosed;
  } while (closing_ || !stream_.is_message_done());
  receiving_ = false;
  co_return stream_.got_binary() ? Received::kBinary : Received::kText;
}

void Connection::NoteEnd(const error_code& why) {
  using beast::websocket::error;
  heard_all_ = true;
  if (why == error::closed) {
    close_code_ = stream_.reason().code;
    if (close_code_ == beast::websocket::close_code::none) close_code_ = kNoCode;
  } else if (why == error::message_too_big) {
    Fail(kTooBig, TooLarge("a message", options_.max_message_bytes));
  } else if (why == error::bad_frame_payload) {
    Fail(kBadPayload, Status(Reason::kInvalidRequest, "a text message is not valid UTF-8"));
  } else if (why == beast::websocket::condition::protocol_violation) {
    std::string text = why.message();  // "The WebSocket frame was unmasked"
    if (text.starts_with("The ")) text.front() = 't';
    Fail(kProtocolError, Status(Reason::kInvalidRequest, std::move(text)));
  }
}

void Connection::Fail(uint16_t code, Status failure) {
  close_code_ = code;
  failure_ = std::move(failure);
}

// FIN, an opcode, no mask, the length (RFC 6455, 5.2).
void Connection::AppendFrame(uint8_t opcode, std::string_view payload, std::string_view more) {
  Buffer& output = stream_.next_layer().output();
  const uint64_t size = payload.size() + more.size();
  output.Append(static_cast<char>(0x80 | opcode));
  const int length_bytes = size < 126 ? 0 : size <= std::numeric_limits<uint16_t>::max() ? 2 : 8;
  output.Append(static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (int i = length_bytes - 1; i >= 0; --i) output.Append(static_cast<char>(size >> (8 * i)));
  output.Append(payload);
  output.Append(more);
}

void Connection::Append(std::string_view message, Kind kind) {
  if (closing_ || heard_all_) return;
  AppendFrame(kind == Kind::kText ? kTextFrame : kBinaryFrame, message, {});
}

Task<bool> Connection::Flush() {
  const bool taken = co_await stream_.next_layer().Flush();
  co_return taken && !closing_ && !heard_all_;
}

// Beast's own async_close waits for a read that is under way, while that read, if the client breaks the protocol, waits
// for async_close: so the frame is ours, and what Beast would still answer goes nowhere.
Task<void> Connection::Close(uint16_t code, std::string_view reason) {
  while (giving_up_) co_await given_up_.Wait();
  if (std::exchange(closing_, true)) co_return;
  timer_.ArmAfter(kCloseTime);
  if (heard_all_) {
    code = close_code_ == kNoCode ? uint16_t{kNormal} : close_code_;
    reason = failure_.message();
  }
  if (code != kGone && !exchange_.reply_ended()) {
    Say(code, reason);
    (void)co_await stream_.next_layer().Flush();
  }
  if (receiving_) {
    co_await received_.Wait();
  } else if (!heard_all_) {
    Buffer rest;
    for (bool ended = false; !ended; rest.Clear()) {
      Completion read;
      stream_.async_read_some(boost::asio::buffer(rest.Extend(kKeptBytes), kKeptBytes), read.Handler());
      co_await read.Wait();
      ended = static_cast<bool>(read.error());
    }
  }
  co_await stream_.next_layer().Idle();
  timer_.Disarm();
  if (!exchange_.reply_ended()) (void)co_await exchange_.FinishReply({});
}

void Connection::Say(uint16_t code, std::string_view reason) {
  const char bytes[2] = {static_cast<char>(code >> 8), static_cast<char>(code)};
  AppendFrame(kCloseFrame, {bytes, sizeof(bytes)}, CutReason(reason));
  stream_.next_layer().set_muted(true);
}

void Connection::OnWait() {
  if (closing_ || giving_up_) return;
  const TimePoint now = exchange_.loop().now();
  if (stream_.is_message_done()) {
    message_until_ = TimePoint::max();
    until_ = now + options_.silence;
  } else {
    if (message_until_ == TimePoint::max() || message_bytes_ >= message_allowed_) {
      message_until_ = now + options_.message_timeout;
      message_allowed_ = message_bytes_ + kTimedBytes;
    }
    until_ = message_until_;
  }
  ArmFor(std::min(until_, now + options_.silence / 2));
}

// A timer that fires too early looks again.
void Connection::ArmFor(TimePoint at) {
  if (timer_.armed() && armed_for_ <= at) return;
  armed_for_ = at;
  timer_.Arm(at);
}

void Connection::OnTimer(void* self) { static_cast<Connection*>(self)->LookAtClient(); }

// While nobody receives, silence is not the client's fault.
void Connection::LookAtClient() {
  if (closing_ || giving_up_) return exchange_.AbortReply();
  const std::optional<TimePoint> since = stream_.next_layer().waiting_since();
  if (!since) return;
  const TimePoint now = exchange_.loop().now();
  if (now >= until_) return exchange_.loop().Spawn(GiveUp());
  const TimePoint ping_due = *since + options_.silence / 2;
  ArmFor(now < ping_due ? std::min(until_, ping_due) : until_);
  if (now < ping_due || pinged_at_ == *since || *pinging_) return;
  pinged_at_ = *since;
  *pinging_ = true;
  stream_.async_ping({}, [pinging = pinging_](error_code) { *pinging = false; });
}

Task<void> Connection::GiveUp() {
  giving_up_ = heard_all_ = true;
  if (message_until_ == TimePoint::max()) {
    Fail(kGoingAway, Status(Reason::kRequestTimeout, "nothing came within " + Milliseconds(options_.silence)));
  } else {
    Fail(kPolicyViolation, Status(Reason::kRequestTimeout, "the rest of a message did not come within " +
                                                               Milliseconds(options_.message_timeout)));
  }
  Say(close_code_, failure_.message());
  timer_.ArmAfter(kCloseTime);
  const bool taken = co_await stream_.next_layer().Flush();
  if (taken) (void)co_await exchange_.FinishReply({});
  giving_up_ = false;
  timer_.Disarm();
  if (given_up_.waiting()) given_up_.Notify();  // the last thing: whoever waits may destroy this
}

}  // namespace dragoman::dialects::websocket
