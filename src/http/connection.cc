#include "http/connection.h"

#include <string>
#include <utility>

#include "base/http2_session.h"
#include "http/http2_connection.h"

namespace dragoman::http {
namespace {

constexpr size_t kLingerBytes = 16 << 20;  // thrown away at most before closing
constexpr auto kLingerTime = std::chrono::seconds(5);

}  // namespace

Connection::Connection(ConnectionHost& host, int descriptor, Opening opening, std::unique_ptr<tls::Transport> tls,
                       Peer peer, GatePass pass, EndCallback on_ended, void* context)
    : host_(host),
      peer_(std::move(peer)),
      pass_(std::move(pass)),
      opening_(opening),
      on_ended_(on_ended),
      context_(context),
      io_(host.loop, descriptor, std::move(tls), &OnPeerClosed, this),
      http1_(*this) {}

Connection::~Connection() = default;

void Connection::Start() {
  if (opening_ == Opening::kRequest && !io_.tls()) {
    host_.loop.Spawn(http1_.Run(Http1Connection::May::kBecomeHttp2));
  } else {
    host_.loop.Spawn(Open());
  }
}

void Connection::Drain() {
  if (http2_) {
    http2_->Drain();
  } else {
    http1_.Drain();
  }
}

void Connection::Abort() {
  if (http2_) {
    http2_->Abort();
  } else {
    http1_.ClientGone();
  }
  io_.Abort();
}

void Connection::End(Ending ending) {
  if (ending == Ending::kLinger && !io_.failed()) {
    host_.loop.Spawn(Linger());
  } else {
    on_ended_(context_, *this);
  }
}

void Connection::BecomeHttp2(std::string_view first) {
  http2_ = std::make_unique<Http2Connection>(*this);
  http2_->Start(first);
}

// What follows has a coroutine of its own, so that an idle connection does not hold this one's frame.
Task<void> Connection::Open() {
  Step step = Step::kGoOn;
  if (opening_ == Opening::kProxyHeader) step = co_await ReadProxyHeader();
  std::string_view chosen;
  if (step == Step::kGoOn && io_.tls()) {
    step = co_await ShakeHands();
    if (step == Step::kGoOn) chosen = io_.tls()->protocol();
  }
  if (step == Step::kRefusePlainHttp) {
    Status refusal(Reason::kInvalidRequest, "this port speaks HTTPS, but the request came as plain HTTP");
    host_.loop.Spawn(http1_.RefuseAll(std::move(refusal)));
  } else if (step != Step::kGoOn) {
    End(step == Step::kLinger ? Ending::kLinger : Ending::kAtOnce);
  } else if (chosen == "h2") {
    BecomeHttp2({});
  } else {
    const auto may = chosen.empty() ? Http1Connection::May::kBecomeHttp2 : Http1Connection::May::kBeHttp1Only;
    host_.loop.Spawn(http1_.Run(may));
  }
}

// Who connects and says nothing at all, as port checks do, is no case for the log.
Task<Connection::Step> Connection::ReadProxyHeader() {
  ProxyHeaderReader reader;
  io_.SetDeadline(Clock::now() + host_.limits.header_timeout);
  ConnectionIo::Outcome outcome = io_.TryReadProxyHeader(reader);
  while (outcome == ConnectionIo::Outcome::kBlocked && !io_.timed_out() && !host_.EndsWaiting(/*fresh=*/true)) {
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
      co_return Step::kClose;
    }
  }
  io_.ClearDeadline();
  if (!why.empty()) {
    host_.RefuseProxyHeader(peer_, why);
    co_return Step::kLinger;  // whoever connected sees an end, and no reset
  }
  if (!reader.source().none()) {
    peer_ = Peer{.address = std::string(reader.source().ToText().view()),
                 .port = reader.source_port(),
                 .ip = reader.source(),
                 .listener = peer_.listener};
  }
  std::optional<GatePass> pass = host_.Admit(peer_.ip);
  if (!pass) {
    io_.ResetOnClose();
    co_return Step::kClose;
  }
  pass_ = *std::move(pass);
  co_return Step::kGoOn;
}

Task<Connection::Step> Connection::ShakeHands() {
  io_.SetDeadline(Clock::now() + host_.limits.header_timeout);
  ConnectionIo::Outcome outcome = io_.Handshake();
  while (outcome == ConnectionIo::Outcome::kBlocked && !io_.timed_out() && !host_.EndsWaiting(/*fresh=*/true)) {
    if (io_.readable()) {
      outcome = io_.Handshake();
    } else {
      co_await io_.Event();
    }
  }
  io_.ClearDeadline();
  if (outcome == ConnectionIo::Outcome::kDone) {
    peer_.certificate = io_.tls()->peer_certificate();
    co_return Step::kGoOn;
  }
  if (outcome == ConnectionIo::Outcome::kBlocked) co_return Step::kClose;

  host_.counters.failed_handshakes.Add(1);
  host_.failed_handshakes.Add(host_.loop.now(), peer_, io_.tls()->failure());
  const bool plain_http = io_.tls()->looks_like_http();
  io_.DropTls();
  co_return plain_http ? Step::kRefusePlainHttp : Step::kLinger;  // so that no reset overtakes the alert
}

Task<void> Connection::Linger() {
  io_.ShutdownSend();
  io_.SetDeadline(Clock::now() + kLingerTime);
  size_t thrown_away = 0;
  while (thrown_away < kLingerBytes && !io_.timed_out()) {
    if (!io_.readable()) {
      co_await io_.Event();
      continue;
    }
    const ConnectionIo::ReadResult read =
        io_.TryRead(SessionScratch::OfThread().read.get(), SessionScratch::kReadBytes);
    if (read.outcome == ConnectionIo::Outcome::kEnd || read.outcome == ConnectionIo::Outcome::kFailed) break;
    thrown_away += read.bytes;
  }
  on_ended_(context_, *this);
}

void Connection::OnPeerClosed(void* self) {
  auto& connection = *static_cast<Connection*>(self);
  if (!connection.http2_) connection.http1_.ClientGone();  // HTTP/2 reads what was said before
}

}  // namespace dragoman::http
