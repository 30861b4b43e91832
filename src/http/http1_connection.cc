#include "http/http1_connection.h"

#include <string>
#include <utility>

#include "http/connection.h"
#include "http/http2_preface.h"

namespace dragoman::http {
namespace {

constexpr size_t kInputBytes = 16 << 10;  // room for a head, at first
constexpr int kRequestsInARow = 32;       // of one connection, before others have their turn

HeadLimits LimitsOf(const ConnectionHost& host) {
  return {.request_line = host.limits.max_request_line_bytes, .headers = host.limits.max_header_bytes};
}

}  // namespace

Task<void> Http1Connection::Run(May may) {
  ConnectionHost& host = connection_.host();
  ConnectionIo& io = connection_.io();
  int in_a_row = 0;
  bool fresh = true;  // has had no request
  for (;;) {
    if (++in_a_row > kRequestsInARow) {
      in_a_row = 0;
      co_await host.loop.Yield();
    }
    if (AwaitsFirstByte()) {
      host.workspaces.GiveBack(std::move(workspace_));
      bool hurried = host.draining;
      io.SetDeadline(Clock::now() + (hurried ? host.limits.header_timeout : host.limits.idle_timeout));
      while (!io.readable() && !io.timed_out() && !host.EndsWaiting(fresh)) {
        in_a_row = 0;
        co_await io.Event();
        if (host.draining && !std::exchange(hurried, true) && !io.timed_out())
          io.SetDeadline(Clock::now() + host.limits.header_timeout);
      }
      if (!io.readable()) break;
      io.ClearDeadline();
      workspace_ = host.workspaces.Borrow();
    }

    scanner_.emplace(LimitsOf(host));
    HeadScanner::Outcome found = Scan(may);
    bool waited = false;
    while (found == HeadScanner::Outcome::kNeedMore) {
      const ConnectionIo::Outcome filled = FillInput();
      if (filled == ConnectionIo::Outcome::kDone) {
        found = Scan(may);
      } else if (filled == ConnectionIo::Outcome::kBlocked) {
        if (workspace_->input.empty()) break;  // woken for nothing
        if (!std::exchange(waited, true)) io.SetDeadline(Clock::now() + host.limits.header_timeout);
        while (!io.readable() && !io.timed_out()) co_await io.Event();
        if (io.timed_out()) {
          refusal_ = Status(Reason::kRequestTimeout,
                            "the request head did not come within " + std::to_string(host.limits.header_timeout.count()) + " ms");
          break;
        }
      } else {
        break;  // the client left between two requests or within a head
      }
    }
    if (waited) io.ClearDeadline();
    if (may == May::kBecomeHttp2 && MatchHttp2Preface(workspace_->input.view()) == PrefaceMatch::kWhole) {
      const Buffer first = std::move(workspace_->input);
      host.workspaces.GiveBack(std::move(workspace_));
      Reset();
      connection_.BecomeHttp2(first.view());
      co_return;
    }
    if (!workspace_->input.empty()) may = May::kBeHttp1Only;

    if (found == HeadScanner::Outcome::kHead) {
      MakeExchange(scanner_->head_begin(), scanner_->head_size());
    } else if (found == HeadScanner::Outcome::kRefused) {
      RefuseHead(scanner_->TakeRefusal());
    } else if (!refusal_.ok()) {
      RefuseHead(std::move(refusal_));
    } else if (!io.failed() && !io.peer_closed() && workspace_->input.empty()) {
      continue;
    } else {
      break;
    }

    fresh = false;
    if (io.peer_closed()) exchange_->ClientGone();
    if (refusal_.ok()) {
      co_await host.handler.Serve(*exchange_);
    } else {
      co_await host.handler.Refuse(*exchange_, std::exchange(refusal_, Status()));
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
  End();
}

// Whether the client speaks HTTP/2 is known once its first bytes differ from that preface, or were all of it.
HeadScanner::Outcome Http1Connection::Scan(May may) {
  Buffer& input = workspace_->input;
  if (may == May::kBecomeHttp2) {
    const PrefaceMatch match = MatchHttp2Preface(input.view());
    if (match == PrefaceMatch::kWhole) return HeadScanner::Outcome::kHead;
    if (match == PrefaceMatch::kSoFar) return HeadScanner::Outcome::kNeedMore;
  }
  return scanner_->Scan(input.data(), input.size());
}

Task<void> Http1Connection::RefuseAll(Status status) {
  ConnectionHost& host = connection_.host();
  workspace_ = host.workspaces.Borrow();
  scanner_.emplace(LimitsOf(host));
  RefuseHead(std::move(status));
  co_await host.handler.Refuse(*exchange_, std::exchange(refusal_, Status()));
  if (!exchange_->reply_ended()) exchange_->AbortReply();
  End();
}

// Reads once into the room behind the input, which grows as far as HeadScanner lets a head grow.
ConnectionIo::Outcome Http1Connection::FillInput() {
  ConnectionIo& io = connection_.io();
  if (!io.readable()) return ConnectionIo::Outcome::kBlocked;
  Buffer& input = workspace_->input;
  if (input.capacity() < kInputBytes) input.Reserve(kInputBytes - input.size());
  if (input.capacity() == input.size()) input.Reserve(input.size());
  const size_t before = input.size();
  const size_t room = input.capacity() - before;
  const ConnectionIo::ReadResult read = io.TryRead(input.Extend(room), room);
  input.Truncate(before + read.bytes);
  return read.outcome;
}

void Http1Connection::MakeExchange(size_t head_begin, size_t head_size) {
  parser_.emplace(workspace_->headers, workspace_->target);
  refusal_ = parser_->ParseHead(workspace_->input.view().substr(head_begin, head_size), head_);
  head_.scheme = connection_.io().scheme();
  exchange_.emplace(connection_.host(), connection_.io(), *workspace_, *parser_, connection_.peer(), head_, head_begin + head_size,
                    refusal_.ok() ? Http1Exchange::Origin::kRequest : Http1Exchange::Origin::kRefusal);
}

// Makes an exchange of as much of the head as there is: of the lines in front of what is wrong, or missing.
void Http1Connection::RefuseHead(Status status) {
  parser_.emplace(workspace_->headers, workspace_->target);
  refusal_ = std::move(status);
  head_ = RequestHead{.scheme = connection_.io().scheme()};
  if (scanner_->has_request_line()) {
    Buffer& input = workspace_->input;
    input.Truncate(scanner_->lines_end());
    input.Append("\r\n");
    (void)parser_->ParseHead(input.view().substr(scanner_->head_begin()), head_);  // there is a refusal already
    if (head_.target.empty()) {
      head_.http_method = scanner_->http_method(input.data());
      head_.target = scanner_->target(input.data());
    }
  }
  exchange_.emplace(connection_.host(), connection_.io(), *workspace_, *parser_, connection_.peer(), head_, workspace_->input.size(), Http1Exchange::Origin::kRefusal);
}

void Http1Connection::Reset() {
  exchange_.reset();
  parser_.reset();
  scanner_.reset();
  head_ = {};
}

// Closing while the client still sends would reset the connection, and the reset may overtake the reply.
bool Http1Connection::MayCloseAtOnce() {
  ConnectionIo& io = connection_.io();
  if (io.failed() || !exchange_ || exchange_->aborted()) return true;
  if (!exchange_->close_is_clean()) return false;
  char byte;
  return !io.readable() || io.TryRead(&byte, 1).outcome != ConnectionIo::Outcome::kDone;
}

void Http1Connection::Drain() {
  if (!exchange_) {
    connection_.io().Wake();
  } else if (exchange_->reply_ended()) {
    exchange_->body().Stop();  // whose rest was being thrown away for the sake of further requests
  } else {
    exchange_->DrainBegins();
  }
}

void Http1Connection::End() {
  const auto ending = MayCloseAtOnce() ? Connection::Ending::kAtOnce : Connection::Ending::kLinger;
  Reset();
  connection_.host().workspaces.GiveBack(std::move(workspace_));
  connection_.End(ending);
}

}  // namespace dragoman::http
