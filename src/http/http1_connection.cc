#include "http/http1_connection.h"

#include <string>
#include <utility>

namespace dragoman::http {
namespace {

constexpr size_t kInputBytes = 16 << 10;    // room for a head, at first
constexpr int kRequestsInARow = 32;         // of one connection, before others have their turn
constexpr size_t kLingerBytes = 16 << 20;   // thrown away at most before closing
constexpr auto kLingerTime = std::chrono::seconds(5);

}  // namespace

Http1Connection::Http1Connection(ConnectionHost& host, int descriptor, Opening opening, std::unique_ptr<tls::Transport> tls,
                                 Peer peer, GatePass pass, EndCallback on_ended, void* context)
    : host_(host),
      peer_(std::move(peer)),
      pass_(std::move(pass)),
      opening_(opening),
      on_ended_(on_ended),
      context_(context),
      io_(host.loop, descriptor, std::move(tls), &OnPeerClosed, this) {}

Task<void> Http1Connection::Run() {
  int in_a_row = 0;
  bool open = true;
  if (opening_ == Opening::kProxyHeader) open = co_await ReadProxyHeader();
  if (open && io_.tls()) open = co_await ShakeHands();
  while (open) {
    if (++in_a_row > kRequestsInARow) {
      in_a_row = 0;
      co_await host_.loop.Yield();
    }
    if (AwaitsFirstByte()) {
      host_.workspaces.GiveBack(std::move(workspace_));
      io_.SetDeadline(Clock::now() + host_.limits.idle_timeout);
      while (!io_.readable() && !io_.timed_out() && !host_.draining) {
        in_a_row = 0;
        co_await io_.Event();
      }
      if (!io_.readable()) break;
      io_.ClearDeadline();
      workspace_ = host_.workspaces.Borrow();
    }

    scanner_.emplace(HeadLimits{.request_line = host_.limits.max_request_line_bytes, .headers = host_.limits.max_header_bytes});
    HeadScanner::Outcome found = scanner_->Scan(workspace_->input.data(), workspace_->input.size());
    bool waited = false;
    while (found == HeadScanner::Outcome::kNeedMore) {
      const ConnectionIo::Outcome filled = FillInput();
      if (filled == ConnectionIo::Outcome::kDone) {
        found = scanner_->Scan(workspace_->input.data(), workspace_->input.size());
      } else if (filled == ConnectionIo::Outcome::kBlocked) {
        if (workspace_->input.empty()) break;  // woken for nothing
        if (!std::exchange(waited, true)) io_.SetDeadline(Clock::now() + host_.limits.header_timeout);
        while (!io_.readable() && !io_.timed_out()) co_await io_.Event();
        if (io_.timed_out()) {
          refusal_ = Status(Reason::kRequestTimeout,
                            "the request head did not come within " + std::to_string(host_.limits.header_timeout.count()) + " ms");
          break;
        }
      } else {
        break;  // the client left between two requests or within a head
      }
    }
    if (waited) io_.ClearDeadline();

    if (found == HeadScanner::Outcome::kHead) {
      MakeExchange(scanner_->head_begin(), scanner_->head_size());
    } else if (found == HeadScanner::Outcome::kRefused) {
      RefuseHead(scanner_->TakeRefusal());
    } else if (!refusal_.ok()) {
      RefuseHead(std::move(refusal_));
    } else if (!io_.failed() && !io_.peer_closed() && workspace_->input.empty()) {
      continue;
    } else {
      break;
    }

    if (io_.peer_closed()) exchange_->ClientGone();
    if (refusal_.ok()) {
      co_await host_.handler.Serve(*exchange_);
    } else {
      co_await host_.handler.Refuse(*exchange_, std::exchange(refusal_, Status()));
    }
    if (!exchange_->reply_ended()) exchange_->AbortReply();
    if (!exchange_->keeps_alive()) break;
    if (!exchange_->body().complete()) {
      const bool drained = co_await exchange_->body().Drain();
      if (!drained) break;
    }
    exchange_->body().KeepWhatFollows();
    Reset();
  }
  if (!MayCloseAtOnce()) co_await Linger();
  Reset();
  host_.workspaces.GiveBack(std::move(workspace_));
  on_ended_(context_, *this);
}

// False if there will be no request. Who connects and says nothing at all, as port checks do, is no case for the log.
Task<bool> Http1Connection::ReadProxyHeader() {
  ProxyHeaderReader reader;
  io_.SetDeadline(Clock::now() + host_.limits.header_timeout);
  ConnectionIo::Outcome outcome = io_.TryReadProxyHeader(reader);
  while (outcome == ConnectionIo::Outcome::kBlocked && !io_.timed_out() && !host_.draining) {
    if (io_.readable()) {
      outcome = io_.TryReadProxyHeader(reader);
    } else {
      co_await io_.Event();
    }
  }
  std::string why(reader.why());
  if (outcome != ConnectionIo::Outcome::kDone) {
    if (io_.timed_out()) {
      why = "it did not come within " + std::to_string(host_.limits.header_timeout.count()) + " ms";
    } else if (reader.begun() && !host_.draining) {
      why = "the connection ended within it";
    } else {
      co_return false;
    }
  }
  io_.ClearDeadline();
  if (!why.empty()) {
    host_.RefuseProxyHeader(peer_, why);
    workspace_ = host_.workspaces.Borrow();
    co_await Linger();  // whoever connected sees an end, and no reset
    co_return false;
  }
  if (!reader.source().none()) {
    peer_ = Peer{.address = std::string(reader.source().ToText().view()), .port = reader.source_port(), .ip = reader.source(), .listener = peer_.listener};
  }
  std::optional<GatePass> pass = host_.Admit(peer_.ip);
  if (pass) {
    pass_ = *std::move(pass);
  } else {
    io_.ResetOnClose();
  }
  co_return pass.has_value();
}

// False if there will be no request; what a client says in plain HTTP has had its answer then.
Task<bool> Http1Connection::ShakeHands() {
  io_.SetDeadline(Clock::now() + host_.limits.header_timeout);
  ConnectionIo::Outcome outcome = io_.Handshake();
  while (outcome == ConnectionIo::Outcome::kBlocked && !io_.timed_out() && !host_.draining) {
    if (io_.readable()) {
      outcome = io_.Handshake();
    } else {
      co_await io_.Event();
    }
  }
  io_.ClearDeadline();
  if (outcome == ConnectionIo::Outcome::kDone) {
    peer_.certificate = io_.tls()->peer_certificate();
    co_return true;
  }
  if (outcome == ConnectionIo::Outcome::kBlocked) co_return false;

  host_.counters.failed_handshakes.Add(1);
  host_.failed_handshakes.Add(host_.loop.now(), peer_, io_.tls()->failure());
  const bool plain_http = io_.tls()->looks_like_http();
  io_.DropTls();
  workspace_ = host_.workspaces.Borrow();
  if (plain_http) {
    scanner_.emplace(HeadLimits{.request_line = host_.limits.max_request_line_bytes, .headers = host_.limits.max_header_bytes});
    RefuseHead(Status(Reason::kInvalidRequest, "this port speaks HTTPS, but the request came as plain HTTP"));
    co_await host_.handler.Refuse(*exchange_, std::exchange(refusal_, Status()));
    if (!exchange_->reply_ended()) exchange_->AbortReply();
  } else {
    co_await Linger();  // so that no reset overtakes the alert
  }
  co_return false;
}

// Reads once into the room behind the input, which grows as far as HeadScanner lets a head grow.
ConnectionIo::Outcome Http1Connection::FillInput() {
  if (!io_.readable()) return ConnectionIo::Outcome::kBlocked;
  Buffer& input = workspace_->input;
  if (input.capacity() < kInputBytes) input.Reserve(kInputBytes - input.size());
  if (input.capacity() == input.size()) input.Reserve(input.size());
  const size_t before = input.size();
  const size_t room = input.capacity() - before;
  const ConnectionIo::ReadResult read = io_.TryRead(input.Extend(room), room);
  input.Truncate(before + read.bytes);
  return read.outcome;
}

void Http1Connection::MakeExchange(size_t head_begin, size_t head_size) {
  parser_.emplace(workspace_->headers, workspace_->target);
  refusal_ = parser_->ParseHead(workspace_->input.view().substr(head_begin, head_size), head_);
  head_.scheme = io_.scheme();
  exchange_.emplace(host_, io_, *workspace_, *parser_, peer_, head_, head_begin + head_size,
                    refusal_.ok() ? Http1Exchange::Origin::kRequest : Http1Exchange::Origin::kRefusal);
}

// Makes an exchange of as much of the head as there is.
void Http1Connection::RefuseHead(Status status) {
  parser_.emplace(workspace_->headers, workspace_->target);
  refusal_ = std::move(status);
  head_ = RequestHead{.scheme = io_.scheme()};
  if (scanner_->has_request_line()) {
    head_.http_method = scanner_->http_method(workspace_->input.data());
    head_.target = scanner_->target(workspace_->input.data());
  }
  exchange_.emplace(host_, io_, *workspace_, *parser_, peer_, head_, workspace_->input.size(), Http1Exchange::Origin::kRefusal);
}

void Http1Connection::Reset() {
  exchange_.reset();
  parser_.reset();
  scanner_.reset();
  head_ = {};
}

// Closing while the client still sends would reset the connection, and the reset may overtake the reply.
bool Http1Connection::MayCloseAtOnce() {
  if (io_.failed() || !exchange_ || exchange_->aborted()) return true;
  if (!exchange_->close_is_clean()) return false;
  char byte;
  return !io_.readable() || io_.TryRead(&byte, 1).outcome != ConnectionIo::Outcome::kDone;
}

Task<void> Http1Connection::Linger() {
  io_.ShutdownSend();
  io_.SetDeadline(Clock::now() + kLingerTime);
  Buffer& scratch = workspace_->body;
  size_t thrown_away = 0;
  while (thrown_away < kLingerBytes && !io_.timed_out()) {
    if (!io_.readable()) {
      co_await io_.Event();
      continue;
    }
    scratch.Clear();
    const ConnectionIo::ReadResult read = io_.TryRead(scratch.Extend(kInputBytes), kInputBytes);
    if (read.outcome == ConnectionIo::Outcome::kEnd || read.outcome == ConnectionIo::Outcome::kFailed) break;
    thrown_away += read.bytes;
  }
}

void Http1Connection::Abort() {
  if (exchange_) exchange_->ClientGone();
  io_.Abort();
}

void Http1Connection::Drain() {
  if (exchange_) {
    exchange_->DrainBegins();
  } else {
    io_.Wake();
  }
}

void Http1Connection::OnPeerClosed(void* self) {
  auto& connection = *static_cast<Http1Connection*>(self);
  if (connection.exchange_) connection.exchange_->ClientGone();
}

}  // namespace dragoman::http
