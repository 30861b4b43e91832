#include "http/http1_exchange.h"

#include <array>
#include <boost/container/static_vector.hpp>
#include <charconv>

#include "base/ids.h"
#include "base/log.h"

namespace dragoman::http {
namespace {

iovec Part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

Status Gone() { return Status(Code::kCancelled, "the client went away"); }

Status NotNow() { return Status(Code::kInternal, "the reply has already begun, or not yet"); }

}  // namespace

Http1Exchange::Http1Exchange(ConnectionHost& host, ConnectionIo& io, Workspace& workspace, RequestParser& parser,
                             const Peer& peer, const RequestHead& head, size_t head_end, Origin origin)
    : host_(host),
      io_(io),
      workspace_(workspace),
      parser_(parser),
      body_(io, workspace, parser, host.limits, head_end),
      origin_(origin) {
  head_ = head;
  peer_ = &peer;
  loop_ = &host.loop;
  started_ = host.loop.now();
  if (host.draining) NotifyDrain();
  request_id_ = head_.Find("x-request-id");
  if (!ValidRequestId(request_id_)) {
    workspace.request_id = RequestId::Make();
    request_id_ = workspace.request_id.view();
  }
}

// Decides how the client finds the end of the body and whether the connection goes on, and puts the head into the
// output buffer.
Status Http1Exchange::Begin(const ResponseHead& head, Framing framing, uint64_t content_length) {
  if (reply_begun_ || reply_ended_) return NotNow();
  reply_begun_ = true;
  body_.ReplyBegins();
  reply_status_ = head.status;
  bodyless_reply_ = head_.http_method == "HEAD" || StatusHasNoBody(head.status);
  framing_ = framing;
  if (head.status == 204 || head.status == 304) {
    framing_ = Framing::kNone;
  } else if (head.status == 205) {
    framing_ = Framing::kSized;
    content_length = 0;
  } else if (framing == Framing::kChunked && head_.version == 10) {
    framing_ = Framing::kUntilClose;
  }
  keeps_alive_ = origin_ == Origin::kRequest && parser_.wants_keep_alive() && !host_.draining && !io_.peer_closed() &&
                 (framing_ != Framing::kUntilClose || bodyless_reply_) && (body_.complete() || body_.worth_draining());
  const Persistence persistence = !keeps_alive_         ? Persistence::kClose
                                  : head_.version == 10 ? Persistence::kKeepAlive
                                                        : Persistence::kImplied;
  workspace_.output.Clear();
  const size_t dropped =
      AppendResponseHead(head, standing_headers(), {.framing = framing_, .content_length = content_length, .persistence = persistence},
                         host_.date.Now(), workspace_.output);
  if (dropped > 0) {
    const std::string_view path = head_.target.substr(0, head_.target.find('?'));  // a query may hold secrets
    LogWarn("response_headers_dropped", {{"path", path}, {"count", dropped}});
  }
  return {};
}

Task<Status> Http1Exchange::Reply(const ResponseHead& head, std::string_view body) {
  if (Status bad = Begin(head, Framing::kSized, body.size()); !bad.ok()) co_return bad;
  if (bodyless_reply_) body = {};
  std::array<iovec, 2> room{Part(workspace_.output.view()), Part(body)};
  std::span<iovec> parts(room.data(), body.empty() ? 1 : 2);
  ConnectionIo::Outcome outcome = io_.TryWrite(parts);
  if (outcome == ConnectionIo::Outcome::kBlocked) outcome = co_await WriteSlowly(parts);
  reply_bytes_ = body.size();
  ReplyEnds();
  co_return Written(outcome);
}

Task<Status> Http1Exchange::BeginReply(const ResponseHead& head, std::string_view first) {
  if (Status bad = Begin(head, Framing::kChunked, 0); !bad.ok()) co_return bad;
  co_return co_await WriteChunk(workspace_.output.view(), first, {});
}

Task<Status> Http1Exchange::WriteReply(std::string_view bytes) {
  if (!reply_begun_ || reply_ended_) co_return NotNow();
  co_return co_await WriteChunk({}, bytes, {});
}

Task<Status> Http1Exchange::FinishReply(std::string_view rest) {
  if (!reply_begun_ || reply_ended_) co_return NotNow();
  const bool last_chunk = framing_ == Framing::kChunked && !bodyless_reply_;
  Status status = co_await WriteChunk({}, rest, last_chunk ? "0\r\n\r\n" : "");
  ReplyEnds();
  co_return status;
}

// Whoever still waits for the body is told.
void Http1Exchange::ReplyEnds() {
  reply_ended_ = true;
  body_.Stop();
}

void Http1Exchange::TakeOver() {
  if (reply_begun_ || reply_ended_) return;
  taken_over_ = reply_begun_ = true;
  reply_status_ = 101;
  framing_ = Framing::kUntilClose;
  keeps_alive_ = false;
  body_.TakeOver();
}

// chunk = chunk-size CRLF chunk-data CRLF (RFC 9112 section 7.1), between a head and the end.
Task<Status> Http1Exchange::WriteChunk(std::string_view head, std::string_view bytes, std::string_view end) {
  if (bodyless_reply_) bytes = {};
  reply_bytes_ += bytes.size();
  std::array<char, 18> size_line;
  char* size_end = std::to_chars(size_line.data(), size_line.data() + 16, bytes.size(), 16).ptr;
  *size_end++ = '\r';
  *size_end++ = '\n';
  boost::container::static_vector<iovec, 5> parts;
  const auto add = [&parts](std::string_view text) {
    if (!text.empty()) parts.push_back(Part(text));
  };
  add(head);
  if (framing_ == Framing::kChunked && !bytes.empty()) {
    add({size_line.data(), static_cast<size_t>(size_end - size_line.data())});
    add(bytes);
    add("\r\n");
  } else {
    add(bytes);
  }
  add(end);
  if (parts.empty()) co_return Status();
  co_return co_await Write({parts.data(), parts.size()});
}

void Http1Exchange::AbortReply() {
  if (reply_ended_) return;
  aborted_ = true;
  keeps_alive_ = false;
  ConnectionIo& io = io_;
  if (framing_ != Framing::kChunked) io.ResetOnClose();  // nothing else would show that something is missing
  ReplyEnds();  // which may end the exchange
  io.WakeWriter();
}

Task<Status> Http1Exchange::Write(std::span<iovec> parts) {
  ConnectionIo::Outcome outcome = io_.TryWrite(parts);
  if (outcome == ConnectionIo::Outcome::kBlocked) outcome = co_await WriteSlowly(parts);
  co_return Written(outcome);
}

// Writes the rest as the client takes it. A client that takes nothing for idle_timeout is given up.
Task<ConnectionIo::Outcome> Http1Exchange::WriteSlowly(std::span<iovec> parts) {
  for (;;) {
    const TimePoint since = Clock::now();
    io_.SetWriteDeadline(since + host_.limits.idle_timeout);
    while (!io_.writable() && !io_.write_timed_out() && !aborted_) co_await io_.WriteEvent();
    write_wait_ += Clock::now() - since;
    if (aborted_) co_return ConnectionIo::Outcome::kFailed;
    if (io_.write_timed_out()) {
      io_.ResetOnClose();
      io_.Abort();
      co_return ConnectionIo::Outcome::kFailed;
    }
    const ConnectionIo::Outcome outcome = io_.TryWrite(parts);
    if (outcome == ConnectionIo::Outcome::kBlocked) continue;
    io_.ClearWriteDeadline();
    co_return outcome;
  }
}

Status Http1Exchange::Written(ConnectionIo::Outcome outcome) {
  if (outcome == ConnectionIo::Outcome::kDone) return {};
  keeps_alive_ = false;
  ClientGone();
  return Gone();
}

}  // namespace dragoman::http
