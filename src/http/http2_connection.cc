#include "http/http2_connection.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/http2_session.h"
#include "http/http2_callbacks.h"

namespace dragoman::http {
namespace {

constexpr int kReadsATurn = 8;    // then others have their turn
constexpr int kBatchesATurn = 4;  // likewise
constexpr auto kDrainNotice = std::chrono::seconds(1);  // that a client has to answer the PING behind the first GOAWAY
constexpr size_t kMaxKeptPending = 64 << 10;
constexpr uint64_t kBodies = 4;   // of max_body_bytes that a connection's streams hold
constexpr uint64_t kReplies = 2;  // of max_response_bytes, likewise

MemoryBudget Times(uint64_t count, uint64_t bytes) { return MemoryBudget(count * std::min(bytes, SIZE_MAX / count)); }

}  // namespace

Http2Connection::Http2Connection(Connection& connection)
    : connection_(connection),
      io_(connection.io()),
      wakes_(connection.host().wakes),
      bodies_(Times(kBodies, connection.host().limits.max_body_bytes)),
      replies_(Times(kReplies, connection.host().limits.max_response_bytes)),
      head_deadline_(connection.host().loop.now() + connection.host().limits.header_timeout),
      idle_since_(connection.host().loop.now()) {}

Http2Connection::~Http2Connection() {
  for (auto exchange = live_.begin(); exchange != live_.end();) {
    Http2Exchange& next = *exchange++;
    if (!next.started_serving_) delete &next;
  }
  host().loop.ForgetTurnEnd(this);
  nghttp2_session_del(session_);
}

void Http2Connection::Start(std::string_view first) {
  host().counters.http2.Add(1);
  if (!StartSession()) return connection_.End(Connection::Ending::kAtOnce);
  host().loop.Spawn(Run(first));
}

bool Http2Connection::StartSession() {
  const nghttp2_option* options = Http2Callbacks::Options();
  if (nghttp2_session_server_new3(&session_, Http2Callbacks::Get(), this, options, SessionMemory()) != 0) return false;
  const auto bounded = [](uint64_t value) { return static_cast<uint32_t>(std::min<uint64_t>(value, INT32_MAX)); };
  const config::Limits& limits = host().limits;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, bounded(limits.max_concurrent_streams)},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, bounded(limits.max_header_bytes)}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  ScheduleFlush();
  Watch(head_deadline_);
  Watch(idle_since_ + limits.idle_timeout);
  if (host().draining) Drain();
  return true;
}

// `first` is there until the first wait.
Task<void> Http2Connection::Run(std::string_view first) {
  if (!first.empty()) Feed(first);
  int reads = 0;
  while (!over_) {
    if (io_.timed_out()) {
      OnDeadline();
    } else if (blocked_ && io_.writable()) {
      Flush();
    } else if (io_.readable()) {
      Read();
      if (++reads % kReadsATurn == 0) co_await host().loop.Yield();
    } else {
      co_await io_.Event();
    }
  }
  while (served_ > 0) co_await io_.Event();
  connection_.End(ending_);
}

void Http2Connection::Read() {
  char* const buffer = SessionScratch::OfThread().read.get();
  const ConnectionIo::ReadResult read = io_.TryRead(buffer, SessionScratch::kReadBytes);
  switch (read.outcome) {
    case ConnectionIo::Outcome::kDone:
      return Feed({buffer, read.bytes});
    case ConnectionIo::Outcome::kBlocked:
      return;
    case ConnectionIo::Outcome::kEnd:
    case ConnectionIo::Outcome::kFailed:
      return Finish(Connection::Ending::kAtOnce);
  }
}

void Http2Connection::Feed(std::string_view bytes) {
  const WakeList::Batch batch(wakes_);
  last_sign_ = host().loop.now();
  ping_deadline_ = TimePoint::max();
  if (!floods_.TakeIdleBytes(bytes.size())) {
    Misbehaved(Misconduct::kFrames, NGHTTP2_ENHANCE_YOUR_CALM, "frames that ask for nothing");
  }
  const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  switch (used) {
    case NGHTTP2_ERR_FLOODED:
      Misbehaved(Misconduct::kFrames, NGHTTP2_ENHANCE_YOUR_CALM, "PING or SETTINGS whose answers are not read");
      break;
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      Misbehaved(Misconduct::kHeaders, NGHTTP2_ENHANCE_YOUR_CALM, "too many CONTINUATION frames");
      break;
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      Misbehaved(Misconduct::kProtocol, NGHTTP2_PROTOCOL_ERROR, "no connection preface");
      break;
    default:
      if (used < 0) nghttp2_session_terminate_session(session_, NGHTTP2_INTERNAL_ERROR);
  }
  if (misconduct_ && blocked_) return Cut();  // who does not read is not told
  if (unconsumed_ > 0) nghttp2_session_consume_connection(session_, std::exchange(unconsumed_, 0));
  if (reading_head_ != nullptr && head_deadline_ == TimePoint::max()) {
    head_deadline_ = last_sign_ + host().limits.header_timeout;
    Watch(head_deadline_);
  }
  if (SessionIsOver() && !blocked_) return Finish(Connection::Ending::kLinger);
  if (nghttp2_session_want_write(session_)) ScheduleFlush();
  Settle();
}

// Starts the exchanges whose heads have come, and tells those whose streams are over.
void Http2Connection::Settle() {
  while (!due_.empty()) {
    Http2Exchange& exchange = due_.front();
    due_.pop_front();
    if (exchange.started_serving_) {
      exchange.Cancel();
    } else {
      exchange.started_serving_ = true;
      ++served_;
      host().loop.Spawn(Serve(&exchange));
    }
  }
}

Task<void> Http2Connection::Serve(Http2Exchange* exchange) {
  const std::unique_ptr<Http2Exchange> owned(exchange);
  ExchangeHandler& handler = host().handler;
  if (exchange->head_refusal_.ok()) {
    co_await handler.Serve(*exchange);
  } else {
    co_await handler.Refuse(*exchange, std::move(exchange->head_refusal_));
  }
  if (!exchange->reply_ended()) exchange->AbortReply();
  if (exchange->open_ && (exchange->aborting_ || !exchange->ended_)) co_await exchange->OutlastRequest();
  Leave(*exchange);
}

void Http2Connection::Leave(Http2Exchange& exchange) {
  if (exchange.end_sent_) floods_.RequestEnded();
  if (const uint64_t waits = bodies_.TakeWaits(); waits > 0) host().counters.held_back_bodies.Add(waits);
  if (const uint64_t waits = replies_.TakeWaits(); waits > 0) host().counters.held_back_replies.Add(waits);
  if (exchange.open_ && exchange.aborting_) Reset(exchange, NGHTTP2_INTERNAL_ERROR);
  if (exchange.open_)
    Reset(exchange, NGHTTP2_NO_ERROR);  // the rest of the request is not wanted (RFC 9113 section 8.1)
  if (reading_head_ == &exchange) reading_head_ = nullptr;
  exchange.live_hook_.unlink();
  --exchanges_;
  --served_;
  if (live_.empty()) {
    idle_since_ = Clock::now();
    Watch(idle_since_ + host().limits.idle_timeout);
  }
  if (over_ && served_ == 0) io_.Wake();
}

void Http2Connection::Discard(Http2Exchange& exchange) {
  if (reading_head_ == &exchange) reading_head_ = nullptr;
  --exchanges_;
  delete &exchange;
  if (live_.empty()) idle_since_ = last_sign_;
}

void Http2Connection::ScheduleFlush() {
  if (std::exchange(flush_scheduled_, true)) return;
  host().loop.AtTurnEnd(
      [](void* self) {
        auto& connection = *static_cast<Http2Connection*>(self);
        connection.flush_scheduled_ = false;
        connection.Flush();
      },
      this);
}

void Http2Connection::Flush() {
  if (over_) return;
  const WakeList::Batch batch(wakes_);
  WriteDue();
  if (over_) return;
  if (!writing_.empty()) NoteStalls();
  if (SessionIsOver() && !blocked_) return Finish(Connection::Ending::kLinger);
  Settle();
}

void Http2Connection::WriteDue() {
  for (int batches = 0;; ++batches) {
    if (blocked_ && !WritePending()) return;
    if (batches == kBatchesATurn) return ScheduleFlush();
    Buffer& batch = SessionScratch::OfThread().batch;
    batch.Clear();
    batch_ = &batch;
    const int error = PackFrames(session_, batch);
    batch_ = nullptr;
    if (error != 0) return Cut();
    if (batch.empty()) return;
    size_t written = 0;
    if (!Write(batch.view(), written)) return;
    if (blocked_) {
      pending_.Append(batch.view().substr(written));
      pending_at_ = 0;
      stall_deadline_ = Clock::now() + host().limits.idle_timeout;
      Watch(stall_deadline_);
    }
    if (batch.capacity() > SessionScratch::kKeptBatch) batch.Release();
  }
}

// False while the socket is full, or if the connection is over.
bool Http2Connection::WritePending() {
  if (!io_.writable()) return false;
  size_t written = 0;
  if (!Write(pending_.view().substr(pending_at_), written)) return false;
  pending_at_ += written;
  if (written > 0) {
    last_sign_ = Clock::now();
    ping_deadline_ = TimePoint::max();
  }
  if (blocked_) {
    if (written > 0) stall_deadline_ = last_sign_ + host().limits.idle_timeout;
    return false;
  }
  stall_deadline_ = TimePoint::max();
  pending_at_ = 0;
  pending_.Clear();
  if (pending_.capacity() > kMaxKeptPending) pending_.Release();
  return true;
}

// False if the connection is over. `written`: how much the socket, or TLS, has taken.
bool Http2Connection::Write(std::string_view bytes, size_t& written) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  std::span<iovec> parts(&part, bytes.empty() ? 0 : 1);
  const ConnectionIo::Outcome outcome = io_.TryWrite(parts);
  if (outcome == ConnectionIo::Outcome::kFailed) {
    Finish(Connection::Ending::kAtOnce);
    return false;
  }
  blocked_ = outcome == ConnectionIo::Outcome::kBlocked;
  written = bytes.size() - (parts.empty() ? 0 : part.iov_len);
  return true;
}

// What is not packed waits for the client: for its window, or for the socket.
void Http2Connection::NoteStalls() {
  const TimePoint now = Clock::now();
  for (auto next = writing_.begin(); next != writing_.end();) {
    Http2Exchange& exchange = *next++;
    if (exchange.AllTaken()) {
      exchange.writing_hook_.unlink();
      continue;
    }
    if (exchange.stalled_since_ == TimePoint::max()) exchange.stalled_since_ = now;
    if (blocked_) continue;
    if (exchange.OwesEndAlone()) EndWithoutData(exchange);
    if (exchange.write_deadline_ == TimePoint::max()) exchange.write_deadline_ = now + host().limits.idle_timeout;
    Watch(exchange.write_deadline_);
  }
}

// DATA that only ends the stream needs no window (RFC 9113 section 6.9.1), but nghttp2 packs none while that is shut.
// Trailers without a field say the same.
void Http2Connection::EndWithoutData(Http2Exchange& exchange) {
  const bool shut = nghttp2_session_get_stream_remote_window_size(session_, exchange.id_) <= 0 ||
                    nghttp2_session_get_remote_window_size(session_) <= 0;
  if (!shut) return;
  exchange.end_submitted_ = true;
  nghttp2_submit_trailer(session_, exchange.id_, nullptr, 0);
  ScheduleFlush();
}

void Http2Connection::SubmitContinue(Http2Exchange& exchange) {
  constexpr uint8_t kOwnBoth = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  const nghttp2_nv status = HeaderPair(":status", "100", kOwnBoth);
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, exchange.id_, nullptr, &status, 1, nullptr);
  ScheduleFlush();
}

void Http2Connection::SubmitHead(Http2Exchange& exchange, std::span<const nghttp2_nv> fields, bool ends) {
  const nghttp2_data_provider data = Http2Callbacks::DataOf();
  nghttp2_submit_response(session_, exchange.id_, fields.data(), fields.size(), ends ? nullptr : &data);
  if (!exchange.writing_hook_.is_linked()) writing_.push_back(exchange);
  ScheduleFlush();
}

void Http2Connection::SendMore(Http2Exchange& exchange) {
  if (std::exchange(exchange.deferred_, false)) nghttp2_session_resume_data(session_, exchange.id_);
  if (!exchange.writing_hook_.is_linked()) writing_.push_back(exchange);
  ScheduleFlush();
}

void Http2Connection::AskWhetherRead(Http2Exchange& exchange) {
  std::array<uint8_t, 8> payload{};
  std::memcpy(payload.data(), &exchange.id_, sizeof exchange.id_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, payload.data());
  ScheduleFlush();
}

void Http2Connection::Reset(Http2Exchange& exchange, uint32_t http2_code) {
  (void)exchange.OnClose();
  nghttp2_session_set_stream_user_data(session_, exchange.id_, nullptr);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.id_, http2_code);
  ScheduleFlush();
}

void Http2Connection::Consume(Http2Exchange& exchange, size_t bytes) {
  nghttp2_session_consume_stream(session_, exchange.id_, bytes);
  if (nghttp2_session_want_write(session_)) ScheduleFlush();
}

void Http2Connection::OpenWide(Http2Exchange& exchange, int32_t window) {
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, exchange.id_, window);
  ScheduleFlush();
}

uint64_t Http2Connection::WindowOf(const Http2Exchange& exchange) const {
  return static_cast<uint64_t>(std::max(0, nghttp2_session_get_stream_local_window_size(session_, exchange.id_)));
}

void Http2Connection::Watch(TimePoint deadline) {
  if (deadline >= watched_) return;
  watched_ = deadline;
  io_.SetDeadline(deadline);
}

void Http2Connection::OnDeadline() {
  const WakeList::Batch batch(wakes_);
  const TimePoint now = Clock::now();
  watched_ = TimePoint::max();
  io_.ClearDeadline();
  if (now >= stall_deadline_) {
    Record(Misconduct::kNotReading, "it takes nothing of what it asked for");
    return Cut();
  }
  if (now >= head_deadline_) {
    head_deadline_ = TimePoint::max();
    if (settings_came_) {
      Misbehaved(Misconduct::kSlow, NGHTTP2_ENHANCE_YOUR_CALM, "a request head that does not come to its end");
    } else {
      Misbehaved(Misconduct::kSlow, NGHTTP2_PROTOCOL_ERROR, "no SETTINGS");
    }
  }
  if (now >= drain_deadline_) SayFarewell();
  CheckSilence(now);
  if (over_) return;
  CheckExchanges(now);
  for (const TimePoint deadline : {stall_deadline_, head_deadline_, drain_deadline_, ping_deadline_}) Watch(deadline);
  Settle();
}

// Without a stream the connection is idle; with some, its client must show that it is still there.
void Http2Connection::CheckSilence(TimePoint now) {
  const Duration patience = host().limits.idle_timeout;
  if (live_.empty()) {
    if (now < idle_since_ + patience) return Watch(idle_since_ + patience);
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    ScheduleFlush();
    Watch(now + patience);
  } else if (blocked_) {
    Watch(now + patience);  // what it takes of `pending_` is its sign of life (stall_deadline_)
  } else if (now >= ping_deadline_) {
    Record(Misconduct::kNotReading, "it does not answer a PING");
    Cut();
  } else if (ping_deadline_ == TimePoint::max() && now >= last_sign_ + patience) {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    ping_deadline_ = now + host().limits.header_timeout;
    ScheduleFlush();
  } else if (ping_deadline_ == TimePoint::max()) {
    Watch(last_sign_ + patience);
  }
}

void Http2Connection::CheckExchanges(TimePoint now) {
  for (auto next = live_.begin(); next != live_.end();) {
    Http2Exchange& exchange = *next++;
    if (now >= exchange.read_deadline_) exchange.OnBodyLate();
    if (now >= exchange.write_deadline_ && !blocked_) {
      exchange.write_deadline_ = TimePoint::max();
      Reset(exchange, NGHTTP2_CANCEL);
      due_.push_back(exchange);
    }
    Watch(exchange.read_deadline_);
    if (!blocked_) Watch(exchange.write_deadline_);
  }
}

void Http2Connection::Drain() {
  if (draining_ || over_) return;
  draining_ = true;
  nghttp2_submit_shutdown_notice(session_);  // a PING follows it (OnFrameSent)
  drain_deadline_ = Clock::now() + kDrainNotice;
  Watch(drain_deadline_);
  ScheduleFlush();
  TellDraining();
}

// Who is told may end, and others with it.
void Http2Connection::TellDraining() {
  for (auto next = live_.begin(); next != live_.end();) {
    Http2Exchange& exchange = *next++;
    if (exchange.draining()) continue;
    exchange.TellDraining();
    next = live_.begin();
  }
}

// What was on its way when the client read the first GOAWAY is here.
void Http2Connection::SayFarewell() {
  drain_deadline_ = TimePoint::max();
  const int32_t last = nghttp2_session_get_last_proc_stream_id(session_);
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
  ScheduleFlush();
}

void Http2Connection::Abort() {
  if (!over_) Finish(Connection::Ending::kAtOnce);
}

// The session says GOAWAY and nothing more.
void Http2Connection::Misbehaved(Misconduct how, uint32_t http2_code, std::string_view text) {
  if (misconduct_) return;
  Record(how, text);
  nghttp2_session_terminate_session(session_, http2_code);
  ScheduleFlush();
}

void Http2Connection::Record(Misconduct how, std::string_view text) {
  if (misconduct_) return;
  misconduct_ = how;
  host().counters.misconduct[static_cast<size_t>(how)].Add(1);
  host().misconduct.Add(host().loop.now(), peer(), text);
}

void Http2Connection::Cut() {
  io_.ResetOnClose();
  Finish(Connection::Ending::kAtOnce);
  io_.Abort();
}

// Whatever is open is given up.
void Http2Connection::Finish(Connection::Ending ending) {
  if (std::exchange(over_, true)) return;
  ending_ = ending;
  const WakeList::Batch batch(wakes_);
  for (auto next = live_.begin(); next != live_.end();) {
    Http2Exchange& exchange = *next++;
    if (!exchange.started_serving_) {
      Discard(exchange);
    } else if (exchange.open_ && exchange.OnClose() && !exchange.due_hook_.is_linked()) {
      due_.push_back(exchange);
    }
  }
  Settle();
  io_.Wake();
}

}  // namespace dragoman::http
