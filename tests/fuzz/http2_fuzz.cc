// Bytes that a client sends, to a server's connection over HTTP/2: whatever comes, every handler must return, and the connection end.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "http/server.h"

namespace {

using namespace dragoman;

// Reads bodies as a whole or in pieces, answers in one or in several writes, or not at all, as the target says.
class Handler final : public ExchangeHandler {
 public:
  Task<void> Serve(Exchange& exchange) override {
    ++begun_;
    Check(exchange.head());
    const char how = exchange.head().target.size() > 1 ? exchange.head().target[1] : 'a';
    const ResponseHead head{.status = 200, .content_type = "text/plain", .headers = {}};
    if (how == 'p') {
      for (;;) {
        const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Exchange::Patience::kEndless);
        if (!piece || piece->empty()) break;
      }
    } else if (how != 'n') {
      (void)co_await exchange.ReadBody();
    }
    if (how == 's') {
      (void)co_await exchange.BeginReply(head, "first");
      for (int i = 0; i < 3; ++i) (void)co_await exchange.WriteReply("more");
      (void)co_await exchange.FinishReply("last");
    } else if (how != 'x') {
      (void)co_await exchange.Reply(head, "the answer");
    }
    ++ended_;
  }
  Task<void> Refuse(Exchange& exchange, Status status) override {
    ++begun_;
    if (status.ok()) std::abort();
    const ResponseHead head{.status = status.http_status(), .content_type = "text/plain", .headers = {}};
    (void)co_await exchange.Reply(head, status.message());
    ++ended_;
  }
  bool idle() const { return begun_ == ended_; }

 private:
  // What everything behind may rely on.
  static void Check(const RequestHead& head) {
    if (head.version != 20 || head.authority.empty() || head.target.empty() || head.http_method.empty()) std::abort();
    if (head.target.front() != '/' && head.target != "*") std::abort();
    for (const Header& header : head.headers) {
      if (header.name.empty() || header.name.front() == ':') std::abort();
      if (std::any_of(header.name.begin(), header.name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) std::abort();
      if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) std::abort();
    }
  }

  int begun_ = 0;
  int ended_ = 0;
};

// A unix socket where the server listens.
class Listener {
 public:
  Listener() : path_("/tmp/http2-fuzz-" + std::to_string(::getpid()) + ".sock") {
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ::unlink(path_.c_str());
    const sockaddr_un address = Address();
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(socket_, 16) != 0) std::abort();
  }
  ~Listener() {
    ::close(socket_);
    ::unlink(path_.c_str());
  }
  int descriptor() const { return ::dup(socket_); }
  int Connect() const {
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_un address = Address();
    if (::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    return client;
  }

 private:
  sockaddr_un Address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    return address;
  }

  std::string path_;
  int socket_;
};

void Turn(Loop& loop) {
  loop.io().restart();
  for (int i = 0; i < 10; ++i) loop.io().poll();
}

// Whatever the server says.
void ReadAll(int client) {
  char room[64 << 10];
  while (::recv(client, room, sizeof room, 0) > 0) {
  }
}

}  // namespace

// The first byte says in what pieces the rest is sent behind preface and SETTINGS.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 64 << 10) return 0;
  static const Listener kListener;
  static const std::string kBegin = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\4\0\0\0\0\0", 9);
  Loop loop;
  Handler handler;
  config::Limits limits;
  limits.max_body_bytes = 4096;
  limits.max_concurrent_streams = 8;
  http::ConnectionQuota quota(10);
  http::Server server(loop, handler, limits, quota);
  server.Listen(kListener.descriptor());
  const int client = kListener.Connect();
  (void)!::send(client, kBegin.data(), kBegin.size(), MSG_NOSIGNAL);
  const size_t piece = data[0] == 0 ? size : data[0];
  for (size_t at = 1; at < size; at += piece) {
    (void)!::send(client, data + at, std::min(piece, size - at), MSG_NOSIGNAL);
    Turn(loop);
    ReadAll(client);
  }
  ::shutdown(client, SHUT_WR);
  for (int turns = 0; server.active() > 0 || !handler.idle(); ++turns) {
    if (turns > 1000) std::abort();
    Turn(loop);
    ReadAll(client);
  }
  ::close(client);
  server.StopAccepting();
  Turn(loop);
  return 0;
}
