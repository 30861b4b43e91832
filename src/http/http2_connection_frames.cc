#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/http2_session.h"
#include "http/http2_connection.h"

// What nghttp2 tells of the frames that come and go.
namespace dragoman::http {
namespace {

constexpr int kMaxContinuations = 32;
// A head larger than so many times its bound is not read to its end for the sake of an answer.
constexpr size_t kHopeless = 4;

template <size_t kSize>
std::string_view DebugText(const nghttp2_goaway& frame, std::array<char, kSize>& room) {
  const std::string_view text = frame.opaque_data_len > 0 ? TextOf(frame.opaque_data, frame.opaque_data_len)
                                                          : std::string_view(nghttp2_http2_strerror(frame.error_code));
  const size_t size = std::min(text.size(), kSize);
  std::copy_n(text.begin(), size, room.begin());
  return {room.data(), size};
}

}  // namespace

Http2Exchange* Http2Connection::Find(int32_t id) const {
  return static_cast<Http2Exchange*>(nghttp2_session_get_stream_user_data(session_, id));
}

void Http2Connection::OnBeginFrame(const nghttp2_frame_hd& head) {
  switch (head.type) {
    case NGHTTP2_DATA:
      return;
    case NGHTTP2_HEADERS:
      continuations_ = 0;
      return;
    case NGHTTP2_CONTINUATION:
      if (++continuations_ <= kMaxContinuations) return;
      return Misbehaved(Misconduct::kHeaders, NGHTTP2_ENHANCE_YOUR_CALM, "too many CONTINUATION frames");
    case NGHTTP2_RST_STREAM:  // see OnFrame
      return;
    default:
      if (floods_.TakeFrame(last_sign_)) return;
      Misbehaved(Misconduct::kFrames, NGHTTP2_ENHANCE_YOUR_CALM, "frames that ask for nothing");
  }
}

int Http2Connection::OnBeginHeaders(const nghttp2_frame& frame) {
  const int32_t id = frame.hd.stream_id;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) {
    reading_head_ = Find(id);
  } else if (exchanges_ < host().limits.max_concurrent_streams) {
    auto* exchange = new Http2Exchange(*this, id);
    nghttp2_session_set_stream_user_data(session_, id, exchange);
    live_.push_back(*exchange);
    ++exchanges_;
    reading_head_ = exchange;
    floods_.RequestBegan();
  } else {
    // Handlers of streams that were reset still run, or the client does not count.
    host().counters.refused_streams.Add(1);
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    CountReset();
    ++resets_counted_;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  head_deadline_ = TimePoint::max();
  return 0;
}

int Http2Connection::OnField(int32_t id, std::string_view name, std::string_view value) {
  Http2Exchange* exchange = Find(id);
  if (exchange == nullptr) return 0;
  exchange->OnField(name, value);
  const size_t bytes = exchange->head_done_ ? exchange->trailer_bytes_ : exchange->fields_.bytes();
  const config::Limits& limits = host().limits;
  if (bytes > kHopeless * (limits.max_header_bytes + limits.max_request_line_bytes)) {
    Misbehaved(Misconduct::kHeaders, NGHTTP2_ENHANCE_YOUR_CALM, "a header block that is far too large");
  }
  return 0;
}

void Http2Connection::OnFrame(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: {
      Http2Exchange* exchange = Find(frame.hd.stream_id);
      if (exchange == reading_head_) reading_head_ = nullptr;
      head_deadline_ = TimePoint::max();
      if (exchange == nullptr) return;
      if (!exchange->head_done_) {
        exchange->OnHead();
        due_.push_back(*exchange);
      }
      if (ends) exchange->OnEnd();
      return;
    }
    case NGHTTP2_DATA:
      if (ends) {
        if (Http2Exchange* exchange = Find(frame.hd.stream_id)) exchange->OnEnd();
      } else if (frame.hd.length == frame.data.padlen && !floods_.TakeFrame(last_sign_)) {
        Misbehaved(Misconduct::kFrames, NGHTTP2_ENHANCE_YOUR_CALM, "frames that ask for nothing");
      }
      return;
    case NGHTTP2_RST_STREAM:
      return CountReset();
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 || std::exchange(settings_came_, true)) return;
      head_deadline_ = TimePoint::max();
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) OnPingAnswered(frame.ping.opaque_data);
      return;
    default:
      return;
  }
}

// It has the id of a stream that is aborted, else zeros.
void Http2Connection::OnPingAnswered(const uint8_t* payload) {
  int32_t id = 0;
  std::memcpy(&id, payload, sizeof id);
  if (id == 0) {
    if (drain_deadline_ != TimePoint::max()) SayFarewell();
    return;
  }
  Http2Exchange* exchange = Find(id);
  if (exchange != nullptr && exchange->aborting_) Reset(*exchange, NGHTTP2_INTERNAL_ERROR);
}

// A stream that the client has given up or broken.
void Http2Connection::CountReset() {
  if (floods_.TakeReset(last_sign_)) return;
  Misbehaved(Misconduct::kResets, NGHTTP2_ENHANCE_YOUR_CALM, "streams that are reset, one after the other");
}

void Http2Connection::OnInvalidFrame(const nghttp2_frame& frame) {
  if (reading_head_ != nullptr && reading_head_->id_ == frame.hd.stream_id) reading_head_ = nullptr;
  CountReset();
  ++resets_counted_;
}

void Http2Connection::OnFrameSent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (Http2Exchange* exchange = Find(frame.hd.stream_id)) {
        exchange->OnHeadSent((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
      }
      return;
    case NGHTTP2_RST_STREAM: {
      const uint32_t code = frame.rst_stream.error_code;
      if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_CANCEL || code == NGHTTP2_INTERNAL_ERROR)
        return;  // not the client's doing
      if (resets_counted_ > 0) {
        --resets_counted_;
      } else {
        CountReset();
      }
      return;
    }
    case NGHTTP2_GOAWAY: {
      const uint32_t code = frame.goaway.error_code;
      if (code == NGHTTP2_NO_ERROR) {
        if (drain_deadline_ != TimePoint::max()) nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
        return;
      }
      std::array<char, 100> room;
      const bool flood = code == NGHTTP2_ENHANCE_YOUR_CALM;
      return Record(flood ? Misconduct::kFrames : Misconduct::kProtocol, DebugText(frame.goaway, room));
    }
    default:
      return;
  }
}

// A head that nghttp2 would not send: over 64 KiB.
void Http2Connection::OnFrameNotSent(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS) return;
  Http2Exchange* exchange = Find(frame.hd.stream_id);
  if (exchange == nullptr) return;
  Reset(*exchange, NGHTTP2_INTERNAL_ERROR);
  due_.push_back(*exchange);
}

void Http2Connection::OnStreamClose(int32_t id) {
  Http2Exchange* exchange = Find(id);
  if (exchange == nullptr) return;
  if (!exchange->started_serving_) return Discard(*exchange);
  if (exchange->OnClose() && !exchange->due_hook_.is_linked()) due_.push_back(*exchange);
}

}  // namespace dragoman::http
