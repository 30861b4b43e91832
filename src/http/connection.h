#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/task.h"
#include "exchange/exchange.h"
#include "http/connection_gate.h"
#include "http/connection_host.h"
#include "http/connection_io.h"
#include "http/http1_connection.h"
#include "tls/transport.h"

namespace dragoman::http {

class Http2Connection;

// One accepted connection: what comes before its first request, which version of HTTP is spoken on it, how it ends.
//
//   PROXY protocol header → TLS → HTTP/1 or HTTP/2 → lingering close
//
// A PROXY protocol header, where the listener wants one, comes before everything, within header_timeout; without it the
// connection ends without a word. Where there is TLS, its handshake comes next, within header_timeout; one that fails
// ends the connection without a word but TLS's own, and a request in plain HTTP instead of it is refused with 400.
// HTTP/2 is what a client has chosen by ALPN, or begins with its preface where there was nothing to choose (RFC 9113,
// sections 3.2 to 3.4); everything else is HTTP/1.
//
// Before it closes on a client that may still be sending, it stops sending and reads on for a while, so that a reset
// does not overtake what was said last.
//
// Threads: its loop's. Lives until `on_ended` is called, which may not destroy it before the end of the loop's turn.
class Connection {
 public:
  using EndCallback = void (*)(void* context, Connection& connection);

  enum class Opening : uint8_t { kProxyHeader, kRequest };  // what comes first, but for TLS

  // `tls`: null for plain text. `pass`: of the gate, which is asked here if the peer is not known yet.
  Connection(ConnectionHost& host, int descriptor, Opening opening, std::unique_ptr<tls::Transport> tls, Peer peer,
             GatePass pass, EndCallback on_ended, void* context);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Start();
  // The host is draining: ends as soon as the requests that have begun have their answers.
  void Drain();
  // Ends as soon as the handlers return, which are told to.
  void Abort();

  size_t index = 0;  // of the owner's: where in its list this connection stands

  // For what is spoken on it.
  ConnectionHost& host() { return host_; }
  ConnectionIo& io() { return io_; }
  const Peer& peer() const { return peer_; }
  enum class Ending : uint8_t { kAtOnce, kLinger };
  // All has been said: the last thing that HTTP/1 or HTTP/2 does.
  void End(Ending ending);
  // What seemed to be HTTP/1 is HTTP/2, and began so, with its preface. The last thing that HTTP/1 does.
  void BecomeHttp2(std::string_view first);

 private:
  enum class Step : uint8_t { kGoOn, kClose, kLinger, kRefusePlainHttp };

  Task<void> Open();
  Task<Step> ReadProxyHeader();
  Task<Step> ShakeHands();
  Task<void> Linger();

  static void OnPeerClosed(void* self);

  ConnectionHost& host_;
  Peer peer_;
  GatePass pass_;  // given back behind the socket's end
  const Opening opening_;
  EndCallback on_ended_;
  void* context_;
  ConnectionIo io_;
  Http1Connection http1_;
  std::unique_ptr<Http2Connection> http2_;  // null: HTTP/1
};

}  // namespace dragoman::http
