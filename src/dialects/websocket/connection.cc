#include "dialects/websocket/connection.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/system/error_code.hpp>
#include <limits>

#include "exchange/characters.h"

namespace dragoman::dialects::websocket {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr size_t kMaxReason = 123;       // bytes
constexpr size_t kReadBytes = 64 << 10;  // room for a message grows by this much at most

constexpr size_t kKeptBytes = 4 << 10;  // of room for a message, between two of them

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

// The code that Beast has closed with on its own account.
uint16_t CodeOf(const error_code& failure) {
  using beast::websocket::error;
  if (failure == error::message_too_big) return kTooBig;
  if (failure == error::bad_frame_payload) return kBadPayload;
  if (failure == beast::websocket::condition::protocol_violation) return kProtocolError;
  return kGone;
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
  stream_.next_layer().AskPatience(
      [](void* self) {
        const bool between = static_cast<Connection*>(self)->stream_.is_message_done();
        return between ? Exchange::Patience::kEndless : Exchange::Patience::kBodyTimeout;
      },
      this);
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
  timer_.ArmAfter(options_.silence / 2);
}

Task<Connection::Received> Connection::Receive(Buffer& message) {
  message.Clear();
  if (message.capacity() > kKeptBytes) message.Release();  // it may be long until there is another one
  do {
    if (closing_) co_return Received::kClosed;
    const size_t before = message.size();
    const size_t room = std::min(stream_.read_size_hint(), kReadBytes);
    Completion read;
    stream_.async_read_some(boost::asio::buffer(message.Extend(room), room), read.Handler());
    co_await read.Wait();
    message.Truncate(before + read.bytes());
    if (read.error()) {
      if (closing_) co_return Received::kClosed;
      closing_ = true;
      close_code_ = read.error() == beast::websocket::error::closed ? stream_.reason().code : CodeOf(read.error());
      if (close_code_ == beast::websocket::close_code::none) close_code_ = kNoCode;
      co_return Received::kClosed;
    }
  } while (!stream_.is_message_done());
  co_return stream_.got_binary() ? Received::kBinary : Received::kText;
}

// FIN, an opcode, no mask, the length (RFC 6455, 5.2).
void Connection::Append(std::string_view message, Kind kind) {
  if (closing_ || !stream_.is_open()) return;
  Buffer& output = stream_.next_layer().output();
  const uint64_t size = message.size();
  output.Append(static_cast<char>(kind == Kind::kText ? 0x81 : 0x82));
  const int length_bytes = size < 126 ? 0 : size <= std::numeric_limits<uint16_t>::max() ? 2 : 8;
  output.Append(static_cast<char>(length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127));
  for (int i = length_bytes - 1; i >= 0; --i) output.Append(static_cast<char>(size >> (8 * i)));
  output.Append(message);
}

Task<bool> Connection::Flush() {
  const bool taken = co_await stream_.next_layer().Flush();
  co_return taken && !closing_;
}

Task<void> Connection::Close(uint16_t code, std::string_view reason) {
  closing_ = true;
  timer_.ArmAfter(kCloseTime);
  if (stream_.is_open()) {
    const std::string_view cut = CutReason(reason);
    const beast::websocket::close_reason why(static_cast<beast::websocket::close_code>(code),
                                             beast::string_view(cut.data(), cut.size()));
    Completion closed;
    stream_.async_close(why, closed.Handler());
    co_await closed.Wait();
  }
  co_await stream_.next_layer().Idle();
  timer_.Disarm();
  if (!exchange_.reply_ended()) (void)co_await exchange_.FinishReply({});
}

void Connection::OnTimer(void* self) { static_cast<Connection*>(self)->LookAtClient(); }

// While nobody receives, silence is not the client's fault.
void Connection::LookAtClient() {
  if (closing_) return exchange_.AbortReply();
  ExchangeStream& bytes = stream_.next_layer();
  const bool silent = bytes.reading() && bytes.received() == seen_;
  if (silent && pinged_) return exchange_.AbortReply();
  seen_ = bytes.received();
  pinged_ = silent;
  timer_.ArmAfter(options_.silence / 2);
  if (!pinged_ || *pinging_) return;
  *pinging_ = true;
  stream_.async_ping({}, [pinging = pinging_](error_code) { *pinging = false; });
}

}  // namespace dragoman::dialects::websocket
