#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "base/memory_budget.h"
#include "base/task.h"
#include "config/ip_address.h"
#include "exchange/cancellation.h"
#include "tls/peer_certificate.h"
#include "transcoding/buffer.h"
#include "transcoding/status.h"

namespace dragoman {

struct Header {
  std::string_view name;  // in lower case
  std::string_view value;
};

// The head of a request, whatever the HTTP version. All views hold until the exchange ends.
struct RequestHead {
  std::string_view http_method;  // "GET"; case-sensitive
  std::string_view target;       // origin form, undecoded: "/v1/items/7?view=full"
  std::string_view scheme;       // "http", "https"
  std::string_view authority;    // Host or :authority
  int version = 11;              // 10, 11, 20
  std::span<const Header> headers;

  // Behind the target's `?`, undecoded; empty if there is none.
  std::string_view query() const {
    const size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  }

  // The value of the first header of that (lower-case) name; empty if there is none.
  std::string_view Find(std::string_view name) const {
    for (const Header& header : headers) {
      if (header.name == name) return header.value;
    }
    return {};
  }
};

// True for what never has a body: 204, 205 and 304 (RFC 9110 section 6.4.1).
inline bool StatusHasNoBody(int status) { return status == 204 || status == 205 || status == 304; }

// The head of a response. Content-Length, Date, Connection and the like are the HTTP layer's business.
struct ResponseHead {
  int status = 200;
  std::string_view content_type;  // empty: no body
  boost::container::small_vector<Header, 8> headers;
};

// Who is at the other end of the connection; behind PROXY protocol, whom its header names.
struct Peer {
  std::string address;  // "192.0.2.7", "2001:db8::1", empty for a unix socket
  uint16_t port = 0;
  config::IpAddress ip{};  // the same as `address`; none for a unix socket
  std::shared_ptr<const tls::PeerCertificate> certificate{};  // that it has shown, verified; null: none
  size_t listener = 0;  // where it connected: which of those that the HTTP layer was given
};

// One request and its response, made by the HTTP layer, whatever its version.
//
// The body is a source, the reply a sink; both push back: a body is read from the connection only as it is asked for, and a write completes only when the client
// takes it. The one-shot forms (ReadBody, Reply) are the fast road of unary calls: one read, one write, no copy.
//
// One coroutine serves it; where RPCs stream both ways at once, one coroutine reads while another one writes: a read and a write may wait at the same time, two of
// one kind may not, and both must have returned before the exchange's handler does.
//
// Errors of reading: kBodyTooLarge, kRequestTimeout, kInvalidRequest (framing), kHeadersTooLarge (trailers), Code::kCancelled (the client went away).
// Errors of writing: Code::kCancelled.
// It is cancelled if the client goes away before the reply has ended; what waits then returns. Once the reply has ended nobody is left to hear more of the body: a
// read that waits returns Code::kCancelled within the turn of the loop, as one that comes does at once.
// Threads: the loop of its connection.
class Exchange : public Cancellation {
 public:
  virtual ~Exchange() = default;

  const RequestHead& head() const { return head_; }
  const Peer& peer() const { return *peer_; }
  // The client: the peer, or who is behind the proxies that are trusted. The one address that logs, limits, guard and
  // backends see.
  std::string_view client_address() const { return client_ ? client_->address.view() : std::string_view(peer_->address); }
  const config::IpAddress& client_ip() const { return client_ ? client_->ip : peer_->ip; }
  // What it called the gateway, as those proxies tell.
  std::string_view client_scheme() const { return client_ && !client_->scheme.empty() ? client_->scheme : head_.scheme; }
  std::string_view client_authority() const {
    return client_ && !client_->authority.empty() ? client_->authority : head_.authority;
  }
  // Who stands behind trusted proxies. Set once, by whoever serves the exchange, before anybody asks.
  struct Client {
    config::IpAddress ip;
    config::IpText address;
    std::string_view scheme;     // "https"; empty: nobody said. Views of the head
    std::string_view authority;  // likewise
  };
  void set_client(const Client& client) { client_ = client; }
  // Headers of every response, whoever makes it, beside its own: the HTTP layer adds them to each final head. They hold until the exchange ends.
  void set_standing_headers(std::span<const Header> headers) { standing_headers_ = headers; }
  std::span<const Header> standing_headers() const { return standing_headers_; }
  // What the page that makes the request, if one does, may do here; nothing while nobody has said so (src/cors).
  enum class PageRights : uint8_t { kNone, kCall, kCallWithCredentials };
  void set_page_rights(PageRights rights) { page_rights_ = rights; }
  PageRights page_rights() const { return page_rights_; }

  Loop& loop() { return *loop_; }
  TimePoint started() const { return started_; }  // when the head was complete
  // The id that is returned, logged and sent upstream: the client's x-request-id if it is sane, else made.
  std::string_view request_id() const { return request_id_; }

  // True while no more body can come: no Content-Length, no chunks.
  virtual bool bodyless() const = 0;
  // The whole body, at most limits.max_body_bytes. The buffer is the exchange's: its content may be changed, and holds until the exchange ends.
  virtual Task<Result<Buffer*>> ReadBody() = 0;
  // How long a piece may let wait for itself: limits.body_timeout, as where a client is in the middle of a message; or as long as the client stays, as where it
  // has nothing to say at present.
  enum class Patience : uint8_t { kBodyTimeout, kEndless };
  // The next piece of the body, at most 64 KiB, empty at its end. The view holds until the next call. Not after ReadBody. The body as a whole has no bound here:
  // it is the caller's affair to bound what it keeps. Once the reply has ended nothing more is read: what waits then returns Code::kCancelled.
  virtual Task<Result<std::string_view>> ReadBodyPiece(Patience patience) = 0;
  // Bytes of pieces that their reader keeps, as of a message that is not whole yet: over HTTP/2 they count against what a connection may hold, so that the next
  // piece may have to wait until other bodies have ended. Told before ReadBodyPiece.
  void set_kept_bytes(uint64_t bytes) { kept_bytes_ = bytes; }
  uint64_t kept_bytes() const { return kept_bytes_; }
  // Bytes of the body that have been read so far, without chunk framing.
  virtual uint64_t request_bytes() const = 0;

  // The whole response in one write; ends the exchange. `body` is not written for HEAD, 204, 205 and 304 (HEAD keeps its Content-Length).
  virtual Task<Status> Reply(const ResponseHead& head, std::string_view body) = 0;
  // A response of unknown length: Begin, any number of Write, Finish. What is given to one of them leaves in one write, head and end included; all three complete
  // when the client has taken so much that more may follow. `first` and `rest` may be empty.
  virtual Task<Status> BeginReply(const ResponseHead& head, std::string_view first) = 0;
  virtual Task<Status> WriteReply(std::string_view bytes) = 0;
  virtual Task<Status> FinishReply(std::string_view rest) = 0;
  // Ends a begun response so that the client can tell it is incomplete (HTTP/1.1: closed without the last chunk; HTTP/2: RST_STREAM INTERNAL_ERROR).
  virtual void AbortReply() = 0;

  // What the reply takes of the memory that its connection has for replies; whoever collects a large message for it asks here first (src/upstream). It outlives
  // every call. Null: nobody else shares the connection.
  virtual MemoryShare* reply_memory() { return nullptr; }

  // The client asks to go on in another protocol, "websocket" (Upgrade; RFC 9110 section 7.8). Only of HTTP/1.1.
  virtual bool offers_upgrade(std::string_view protocol) const = 0;
  // Hands the connection over, which must have been offered: from now on WriteReply sends bytes as they are, beginning with the 101 response, whose head is the
  // caller's to write, and ReadBodyPiece gives those that come; an empty piece is the client's end. FinishReply closes. The log has it as status 101.
  virtual void TakeOver() = 0;

  // Tells once, on the loop, that the gateway is to end (at once if it is so already): what has no end of its own, and knows a good way to end, should. What
  // is still there at the end of the grace period is cancelled. One watcher at a time; null takes it away.
  void WatchDrain(void (*callback)(void*), void* context) { drain_.WatchCancel(callback, context); }
  bool draining() const { return drain_.cancelled(); }

  bool reply_begun() const { return reply_begun_; }
  bool reply_ended() const { return reply_ended_; }
  // For the access log: status and body bytes of what was sent.
  int reply_status() const { return reply_status_; }
  uint64_t reply_bytes() const { return reply_bytes_; }

  // How long the exchange has waited for backends, which is not the gateway's own time. Whoever calls them adds it up;
  // calls that overlap count once.
  void AddUpstreamTime(Duration waited) { upstream_time_ += waited; }
  Duration upstream_time() const { return upstream_time_; }
  // How long it has waited for the client: for more of the body, or to take more of the reply.
  virtual Duration client_time() const = 0;

 protected:
  // For implementations.
  using Cancellation::NotifyCancel;
  void NotifyDrain() { drain_.NotifyCancel(); }

  RequestHead head_;
  const Peer* peer_ = nullptr;
  std::optional<Client> client_;
  std::span<const Header> standing_headers_;
  PageRights page_rights_ = PageRights::kNone;
  Loop* loop_ = nullptr;
  TimePoint started_{};
  std::string_view request_id_;
  bool reply_begun_ = false;
  bool reply_ended_ = false;
  int reply_status_ = 0;
  uint64_t reply_bytes_ = 0;
  uint64_t kept_bytes_ = 0;

 private:
  Duration upstream_time_{};
  Cancellation drain_;
};

// What the HTTP layer hands its exchanges to.
class ExchangeHandler {
 public:
  virtual ~ExchangeHandler() = default;
  // Must end the reply before it returns (the HTTP layer closes the connection if it did not).
  virtual Task<void> Serve(Exchange& exchange) = 0;
  // The HTTP layer could not even make a request of it (bad syntax, bounds, time-outs): put `status` into words. What is known of the head is there.
  virtual Task<void> Refuse(Exchange& exchange, Status status) = 0;
};

}  // namespace dragoman
