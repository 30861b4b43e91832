#pragma once

#include <span>
#include <string_view>

#include "exchange/exchange.h"
#include "http/connection_host.h"
#include "http/connection_io.h"
#include "http/request_body.h"
#include "http/request_parser.h"
#include "http/response_writer.h"
#include "http/workspace.h"

namespace dragoman::http {

// One request of an HTTP/1 connection and its response. Lives in the connection, from the end of the head to the end of
// the reply.
class Http1Exchange final : public Exchange {
 public:
  enum class Origin : uint8_t { kRequest, kRefusal };  // a refusal's framing is in doubt: its connection closes

  Http1Exchange(ConnectionHost& host, ConnectionIo& io, Workspace& workspace, RequestParser& parser, const Peer& peer,
                const RequestHead& head, size_t head_end, Origin origin);

  bool bodyless() const override { return body_.none(); }
  Task<Result<Buffer*>> ReadBody() override { return body_.ReadAll(); }
  Task<Result<std::string_view>> ReadBodyPiece(Patience patience) override { return body_.ReadPiece(patience); }
  uint64_t request_bytes() const override { return body_.received(); }
  Duration client_time() const override { return body_.waited() + write_wait_; }
  Task<Status> Reply(const ResponseHead& head, std::string_view body) override;
  Task<Status> BeginReply(const ResponseHead& head, std::string_view first) override;
  Task<Status> WriteReply(std::string_view bytes) override;
  Task<Status> FinishReply(std::string_view rest) override;
  void AbortReply() override;
  bool offers_upgrade(std::string_view protocol) const override { return origin_ == Origin::kRequest && !reply_begun_ && parser_.offers_upgrade(protocol); }
  void TakeOver() override;

  // The client is gone, or the gateway's patience is.
  void ClientGone() {
    if (!reply_ended_) NotifyCancel();
  }
  // No further request will be read.
  void DrainBegins() { NotifyDrain(); }
  // The reply promised that another request may follow.
  bool keeps_alive() const { return keeps_alive_; }
  bool aborted() const { return aborted_; }
  // The client has nothing left to send that belongs to this request.
  bool close_is_clean() const { return origin_ == Origin::kRequest && !taken_over_ && body_.complete(); }
  RequestBody& body() { return body_; }

 private:
  Status Begin(const ResponseHead& head, Framing framing, uint64_t content_length);
  void ReplyEnds();
  Task<Status> WriteChunk(std::string_view head, std::string_view bytes, std::string_view end);
  Task<Status> Write(std::span<iovec> parts);
  Task<ConnectionIo::Outcome> WriteSlowly(std::span<iovec> parts);
  Status Written(ConnectionIo::Outcome outcome);

  ConnectionHost& host_;
  ConnectionIo& io_;
  Workspace& workspace_;
  RequestParser& parser_;
  RequestBody body_;
  Origin origin_;
  Framing framing_ = Framing::kNone;
  Duration write_wait_{};        // for the client to take what was written
  bool taken_over_ = false;
  bool bodyless_reply_ = false;  // HEAD, 204, 205, 304
  bool keeps_alive_ = false;
  bool aborted_ = false;
};

}  // namespace dragoman::http
