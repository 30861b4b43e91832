#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "http_client/client.h"
#include "tls/context.h"

namespace dragoman::http_client {

namespace beast = boost::beast;

// Whom a client asks. Immutable.
struct Server {
  Url url;
  std::shared_ptr<const tls::ClientContext> tls;  // null: plain
  config::Milliseconds timeout{};
};

// One request and its response: a connection from its name's resolution to its end.
//
// What it has begun holds it: it goes away once the last of its operations has ended, or with the loop. Who waits is
// told once, unless it says Abandon first.
//
// Threads: its loop's.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  // `request`: the whole of it, as it goes over the wire. `bodyless`: no response to it has a body (HEAD).
  Conversation(Loop& loop, std::shared_ptr<const Server> server, std::string request, bool bodyless);

  // Notifies `done` when Take has the outcome; not before this returns.
  void Begin(Signal& done);
  // Nobody waits any more: what is under way is cancelled.
  void Abandon();
  Result<Response> Take() { return std::move(*outcome_); }

 private:
  using Addresses = std::vector<asio::ip::tcp::endpoint>;
  using Error = boost::system::error_code;

  void Resolve();
  void ConnectTo(size_t index);
  void OnConnectFailed(size_t index, const std::string& why);
  void Encrypt();
  void Send();
  void Receive();
  void OnResponse();
  std::string WhyTlsFailed(const Error& error);
  static std::string WhyReadFailed(const Error& error);

  void Fail(const std::string& why);
  void Finish(Result<Response> outcome);
  void Close();
  bool over() const { return done_ == nullptr; }
  // Calls `use` with the stream that carries the bytes.
  template <typename Use>
  void WithStream(Use use) {
    if (tls_) return use(*tls_);
    use(socket_);
  }

  Loop& loop_;
  const std::shared_ptr<const Server> server_;
  const std::string request_;
  const bool bodyless_;
  Signal* done_ = nullptr;  // null: nobody waits
  std::optional<Result<Response>> outcome_;
  std::string_view waiting_for_;  // what a time-out says that has not come
  TimePoint deadline_{};
  Timer timeout_;
  Timer address_timeout_;
  asio::ip::tcp::resolver resolver_;
  Addresses addresses_;
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::response_parser<beast::http::string_body>> parser_;
  size_t interim_ = 0;  // responses 1xx so far
};

}  // namespace dragoman::http_client
