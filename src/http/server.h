#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "config/config.h"
#include "exchange/client_address.h"
#include "exchange/exchange.h"
#include "http/acceptor.h"
#include "http/connection.h"
#include "http/connection_gate.h"
#include "http/connection_host.h"
#include "tls/context.h"

namespace dragoman::http {

// Whether each connection of a listener begins with a PROXY protocol header, and whose is believed: where there are trusted
// proxies, theirs alone, and whoever else connects is reset; else everybody's.
struct ProxyProtocol {
  bool expected = false;
  std::shared_ptr<const TrustedProxies> trusted = nullptr;  // null: none
};

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
  // `gate`: who may connect at all; null: everybody. It must outlive the server.
  Server(Loop& loop, ExchangeHandler& handler, const config::Limits& limits, ConnectionQuota& quota,
         ConnectionGate* gate = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Owns `listener` from now on; its peers' Peer::listener is how many were given before. `tls`: null for plain text.
  void Listen(int listener, std::shared_ptr<const tls::ServerContext> tls = nullptr, ProxyProtocol proxy_protocol = {});
  void StopAccepting();
  // The same, while others accept on the same sockets: what has not been accepted is theirs, and a connection that has had no request yet may
  // have its first one here. `ended`: of the listeners, by their index, those on which nobody else accepts.
  void HandOver(const std::vector<bool>& ended = {});
  // Cancels every request and closes every connection as soon as its handler returns.
  void Abort();
  // Connections.
  size_t active() const { return connections_.size(); }
  // From any thread.
  const ConnectionCounters& counters() const { return host_.counters; }
  // Until there is no connection. One waiter at a time.
  Task<void> Drained();

 private:
  // One listening descriptor and what is spoken there.
  struct Listener {
    Server& server;
    size_t index;
    std::shared_ptr<const tls::ServerContext> tls;
    ProxyProtocol proxy_protocol;
    std::unique_ptr<Acceptor> acceptor;
  };

  void LeaveToOthers(const std::vector<bool>& ended);
  void DrainConnections();
  // Closes it with a reset, before anything was said.
  void Reject(int descriptor);

  static void OnAccepted(void* listener, int descriptor, Peer peer);
  static void OnEnded(void* self, Connection& connection);
  static void OnTurnEnd(void* self);

  ConnectionHost host_;
  ConnectionQuota& quota_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> ended_;  // destroyed at the end of the turn, when nothing of theirs is on the stack
  Signal connection_ended_;
};

}  // namespace dragoman::http
