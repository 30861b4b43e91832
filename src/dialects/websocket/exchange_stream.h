#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "exchange/exchange.h"
#include "transcoding/buffer.h"

namespace dragoman::dialects::websocket {

// The bytes of an exchange that was taken over, as Boost.Beast wants them: its AsyncStream. Beside what Beast writes,
// whole frames may be put into output(); all of it leaves in the order in which it was put there, as much in one write
// as there is. Close frames of Beast's go nowhere: they say no reason.
//
// Threads: the exchange's loop.   Lifetime: nothing may be under way when it is destroyed: Idle().
class ExchangeStream {
 public:
  using executor_type = asio::io_context::executor_type;

  explicit ExchangeStream(Exchange& exchange) : exchange_(exchange) {}
  ExchangeStream(const ExchangeStream&) = delete;
  ExchangeStream& operator=(const ExchangeStream&) = delete;

  executor_type get_executor() { return exchange_.loop().executor(); }

  // For frames: what stands here leaves with the next Flush, or write of Beast's.
  Buffer& output() { return output_; }
  // Until the client has taken so much that more may follow. False: it is gone.
  Task<bool> Flush();
  // Until nothing is being written any more.
  Task<void> Idle();
  // While it is muted, what Beast writes goes nowhere.
  void set_muted(bool muted) { muted_ = muted; }

  // Since when bytes of the client's are waited for; nothing: they are not. `callback` is told whenever that begins.
  std::optional<TimePoint> waiting_since() const { return waiting_since_; }
  void WatchWaits(void (*callback)(void* context), void* context) {
    wait_callback_ = callback;
    wait_context_ = context;
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& room) { Begin(Read(room, std::move(handler))); }, token, buffers);
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& bytes) { Begin(Write(Put(bytes), std::move(handler))); }, token, buffers);
  }

 private:
  static constexpr char kOpcodeBits = 0x0F;  // of a frame's first byte (RFC 6455, 5.2)
  static constexpr char kCloseFrame = 8;

  void Begin(Task<void> operation) {
    const bool outer = std::exchange(beginning_, true);
    exchange_.loop().Spawn(std::move(operation));
    beginning_ = outer;
  }

  template <typename Buffers>
  size_t Put(const Buffers& bytes) {
    const size_t size = boost::asio::buffer_size(bytes);
    if (muted_ || size == 0) return size;
    const size_t before = output_.size();
    char* const frame = output_.Extend(size);
    boost::asio::buffer_copy(boost::asio::buffer(frame, size), bytes);
    if ((frame[0] & kOpcodeBits) == kCloseFrame) output_.Truncate(before);
    return size;
  }

  // Not before async_… has returned.
  template <typename Handler>
  void Complete(Handler handler, boost::system::error_code error, size_t bytes) {
    if (beginning_) {
      asio::post(get_executor(), boost::beast::bind_handler(std::move(handler), error, bytes));
    } else {
      handler(error, bytes);
    }
  }

  template <typename Buffers, typename Handler>
  Task<void> Read(Buffers room, Handler handler) {
    if (rest_.empty() && !ended_) {
      waiting_since_ = exchange_.loop().now();
      if (wait_callback_ != nullptr) wait_callback_(wait_context_);
      const Result<std::string_view> piece = co_await exchange_.ReadBodyPiece(Exchange::Patience::kEndless);
      waiting_since_.reset();
      if (piece) rest_ = *piece;
      ended_ = rest_.empty();
    }
    const size_t bytes = boost::asio::buffer_copy(room, boost::asio::buffer(rest_.data(), rest_.size()));
    rest_.remove_prefix(bytes);
    boost::system::error_code error;
    if (ended_) error = asio::error::eof;
    Complete(std::move(handler), error, bytes);
  }

  template <typename Handler>
  Task<void> Write(size_t bytes, Handler handler) {
    const bool taken = co_await Taken(beast_waits_);
    boost::system::error_code error;
    if (!taken) error = asio::error::broken_pipe;
    Complete(std::move(handler), error, taken ? bytes : 0);
  }

  Task<bool> Taken(Signal& waits);
  Task<void> WriteAll();

  Exchange& exchange_;
  void (*wait_callback_)(void* context) = nullptr;
  void* wait_context_ = nullptr;
  std::string_view rest_;  // of the last piece
  std::optional<TimePoint> waiting_since_;
  bool ended_ = false;      // the client's side
  bool beginning_ = false;  // async_… is on the stack
  bool muted_ = false;
  bool failed_ = false;
  bool writing_ = false;
  Buffer output_;
  Buffer sending_;      // what was output_, on its way
  uint64_t put_ = 0;    // bytes that have been handed to WriteReply …
  uint64_t taken_ = 0;  // … and those that it has taken
  Signal beast_waits_;  // these three: for bytes to be taken
  Signal owner_waits_;
  Signal idle_waits_;
};

// Beast ends a connection with these. The exchange's owner does.
template <typename Handler>
void async_teardown(boost::beast::role_type, ExchangeStream& stream, Handler&& handler) {
  asio::post(stream.get_executor(),
             boost::beast::bind_handler(std::forward<Handler>(handler), boost::system::error_code()));
}
inline void beast_close_socket(ExchangeStream&) {}

}  // namespace dragoman::dialects::websocket
