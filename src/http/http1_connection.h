#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/task.h"
#include "exchange/exchange.h"
#include "http/connection_host.h"
#include "http/connection_io.h"
#include "http/head_scanner.h"
#include "http/http1_exchange.h"
#include "http/request_parser.h"
#include "http/workspace.h"

namespace dragoman::http {

class Connection;

// HTTP/1 on a connection: a coroutine that reads a head, hands the exchange to the handler, and begins again.
//
//   wait for a byte → read the head → Serve (or Refuse) → throw the rest of the body away → …
//
// It ends when the client closes, when a reply said so, when idle_timeout passes without a request (silently), when the worker drains, and after every refusal.
//
// A client that ends its side of the connection (FIN) while its request is served counts as gone, like one that resets it: the exchange is cancelled, and what the
// handler still replies is sent nevertheless.
//
// Threads: its loop's.
class Http1Connection {
 public:
  enum class May : uint8_t { kBeHttp1Only, kBecomeHttp2 };  // by HTTP/2's preface, if that comes first

  explicit Http1Connection(Connection& connection) : connection_(connection) {}
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

  // Until the connection's last request. Ends it.
  Task<void> Run(May may);
  // Answers one request, of which nothing is read, with that. Ends the connection.
  Task<void> RefuseAll(Status status);
  // The host is draining: ends at once if no request has begun, unless it may still have its first one (ConnectionHost). Whoever serves one is told.
  void Drain();
  // The client is gone, or the gateway's patience is.
  void ClientGone() {
    if (exchange_) exchange_->ClientGone();
  }

 private:
  bool AwaitsFirstByte() const { return !workspace_ || workspace_->input.empty(); }
  HeadScanner::Outcome Scan(May may);
  ConnectionIo::Outcome FillInput();
  void MakeExchange(size_t head_begin, size_t head_size);
  void RefuseHead(Status status);
  bool MayCloseAtOnce();
  void End();
  void Reset();

  Connection& connection_;
  std::unique_ptr<Workspace> workspace_;
  RequestHead head_;
  Status refusal_;
  std::optional<HeadScanner> scanner_;
  std::optional<RequestParser> parser_;
  std::optional<Http1Exchange> exchange_;
};

}  // namespace dragoman::http
