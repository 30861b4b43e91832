#pragma once

#include <memory>
#include <optional>

#include "base/task.h"
#include "exchange/exchange.h"
#include "http/connection_host.h"
#include "http/connection_gate.h"
#include "http/connection_io.h"
#include "http/head_scanner.h"
#include "http/http1_exchange.h"
#include "http/request_parser.h"
#include "http/workspace.h"
#include "tls/transport.h"

namespace dragoman::http {

// One HTTP/1 connection: a coroutine that reads a head, hands the exchange to the handler, and begins again. A PROXY protocol
// header, where the listener wants one, comes before everything, within header_timeout; without it the connection ends without a
// word. Where there is TLS, its handshake comes next, within header_timeout; one that fails ends the connection without a word but TLS's own, and a
// request in plain HTTP instead of it is refused with 400.
//
//   wait for a byte → read the head → Serve (or Refuse) → throw the rest of the body away → …
//
// It ends when the client closes, when a reply said so, when idle_timeout passes without a request (silently), when the worker drains, and after every refusal. Before it closes on a client
// that may still be sending, it stops sending and reads on for a while, so that a reset does not overtake the reply.
//
// A client that ends its side of the connection (FIN) while its request is served counts as gone, like one that resets it: the exchange is cancelled, and what the
// handler still replies is sent nevertheless.
//
// Threads: its loop's. Lives until `on_ended` is called, which may not destroy it before the end of the loop's turn.
class Http1Connection {
 public:
  using EndCallback = void (*)(void* context, Http1Connection& connection);

  enum class Opening : uint8_t { kProxyHeader, kRequest };  // what comes first, but for TLS

  // `tls`: null for plain text. `pass`: of the gate, which is asked here if the peer is not known yet.
  Http1Connection(ConnectionHost& host, int descriptor, Opening opening, std::unique_ptr<tls::Transport> tls, Peer peer,
                  GatePass pass, EndCallback on_ended, void* context);
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

  void Start() { host_.loop.Spawn(Run()); }
  // The host is draining: ends at once if no request has begun. Whoever serves one is told.
  void Drain();
  // Ends as soon as the handler returns, which is told to.
  void Abort();

  size_t index = 0;  // of the owner's: where in its list this connection stands

 private:
  Task<void> Run();
  Task<bool> ReadProxyHeader();
  Task<bool> ShakeHands();
  bool AwaitsFirstByte() const { return !workspace_ || workspace_->input.empty(); }
  ConnectionIo::Outcome FillInput();
  void MakeExchange(size_t head_begin, size_t head_size);
  void RefuseHead(Status status);
  bool MayCloseAtOnce();
  Task<void> Linger();
  void Reset();

  static void OnPeerClosed(void* self);

  ConnectionHost& host_;
  Peer peer_;
  GatePass pass_;  // given back behind the socket's end
  const Opening opening_;
  EndCallback on_ended_;
  void* context_;
  ConnectionIo io_;
  std::unique_ptr<Workspace> workspace_;
  RequestHead head_;
  Status refusal_;
  std::optional<HeadScanner> scanner_;
  std::optional<RequestParser> parser_;
  std::optional<Http1Exchange> exchange_;
};

}  // namespace dragoman::http
