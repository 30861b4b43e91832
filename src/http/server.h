#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "http/acceptor.h"
#include "http/connection_host.h"
#include "http/http1_connection.h"
#include "tls/context.h"

namespace dragoman::http {

// The downstream HTTP of one worker: accepts connections and hands their exchanges to a handler.
//
//   Server server(loop, handler, limits, quota);      // the quota is shared by all workers
//   server.Listen(socket.Take(worker));
//   …
//   server.StopAccepting();                           // idle connections close at once, the others after their request
//   co_await server.Drained();                        // or, when the grace is over: server.Abort(), then Drained
//
// Must be destroyed only after Drained, or after its loop has ended for good.
// Threads: its loop's.
class Server {
 public:
  Server(Loop& loop, ExchangeHandler& handler, const config::Limits& limits, ConnectionQuota& quota);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Owns `listener` from now on. `tls`: null for plain text.
  void Listen(int listener, std::shared_ptr<const tls::ServerContext> tls = nullptr);
  void StopAccepting();
  // Cancels every request and closes every connection as soon as its handler returns.
  void Abort();
  // Connections.
  size_t active() const { return connections_.size(); }
  // TLS handshakes that failed, ever.
  uint64_t failed_handshakes() const { return host_.handshakes.failed(); }
  // Until there is no connection. One waiter at a time.
  Task<void> Drained();

 private:
  // One listening descriptor and what is spoken there.
  struct Listener {
    Server& server;
    std::shared_ptr<const tls::ServerContext> tls;
    std::unique_ptr<Acceptor> acceptor;
  };

  static void OnAccepted(void* listener, int descriptor, Peer peer);
  static void OnEnded(void* self, Http1Connection& connection);
  static void OnTurnEnd(void* self);

  ConnectionHost host_;
  ConnectionQuota& quota_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Http1Connection>> connections_;
  std::vector<std::unique_ptr<Http1Connection>> ended_;  // destroyed at the end of the turn, when nothing of theirs is on the stack
  Signal connection_ended_;
};

}  // namespace dragoman::http
