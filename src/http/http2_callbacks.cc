#include "http/http2_callbacks.h"

#include "base/http2_session.h"
#include "http/http2_connection.h"

namespace dragoman::http {
namespace {

constexpr size_t kMaxQueuedAcks = 1000;  // PING and SETTINGS that wait for their answer to go out: more are a flood
// CONTINUATION frames of one header block. nghttp2 counts a head that comes byte by byte once for each byte;
// Http2Connection counts right.
constexpr size_t kMaxContinuations = 9 * 64;
constexpr uint64_t kNoLimit = 1 << 30;  // a second: FloodGuard counts the resets

Http2Connection& ConnectionOf(void* user) { return *static_cast<Http2Connection*>(user); }

}  // namespace

const nghttp2_session_callbacks* Http2Callbacks::Get() {
  static const nghttp2_session_callbacks* const kCallbacks = [] {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, OnBeginFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, OnInvalidHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, OnInvalidFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, OnFrameSent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, OnFrameNotSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, OnSendData);
    return callbacks;
  }();
  return kCallbacks;
}

const nghttp2_option* Http2Callbacks::Options() {
  static const nghttp2_option* const kOptions = [] {
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_max_outbound_ack(options, kMaxQueuedAcks);
    nghttp2_option_set_max_continuations(options, kMaxContinuations);
    nghttp2_option_set_stream_reset_rate_limit(options, kNoLimit, kNoLimit);
    return options;
  }();
  return kOptions;
}

nghttp2_data_provider Http2Callbacks::DataOf() { return {.source = {.ptr = nullptr}, .read_callback = OnReadData}; }

int Http2Callbacks::OnBeginFrame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
  ConnectionOf(user).OnBeginFrame(*head);
  return 0;
}

int Http2Callbacks::OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  return ConnectionOf(user).OnBeginHeaders(*frame);
}

int Http2Callbacks::OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                             const uint8_t* value, size_t value_size, uint8_t, void* user) {
  return ConnectionOf(user).OnField(frame->hd.stream_id, TextOf(name, name_size), TextOf(value, value_size));
}

// What nghttp2 would pass over is malformed (RFC 9113 section 8.2.1).
int Http2Callbacks::OnInvalidHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t, const uint8_t*,
                                    size_t, uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2Callbacks::OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  ConnectionOf(user).OnFrame(*frame);
  return 0;
}

int Http2Callbacks::OnInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
  ConnectionOf(user).OnInvalidFrame(*frame);
  return 0;
}

int Http2Callbacks::OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* user) {
  Http2Connection& connection = ConnectionOf(user);
  connection.unconsumed_ += size;
  if (Http2Exchange* exchange = connection.Find(id)) {
    connection.floods_.ContentCame();
    exchange->OnData(TextOf(bytes, size));
  }
  return 0;
}

int Http2Callbacks::OnFrameSent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  ConnectionOf(user).OnFrameSent(*frame);
  return 0;
}

int Http2Callbacks::OnFrameNotSent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
  ConnectionOf(user).OnFrameNotSent(*frame);
  return 0;
}

int Http2Callbacks::OnStreamClose(nghttp2_session*, int32_t id, uint32_t, void* user) {
  ConnectionOf(user).OnStreamClose(id);
  return 0;
}

// Says how much may go; the bytes themselves go straight from where the handler has them into the batch (OnSendData).
ssize_t Http2Callbacks::OnReadData(nghttp2_session*, int32_t id, uint8_t*, size_t length, uint32_t* flags,
                                   nghttp2_data_source*, void* user) {
  Http2Exchange* exchange = ConnectionOf(user).Find(id);
  if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  bool last = false;
  const size_t bytes = exchange->OnPack(length, last);
  if (bytes == 0 && !last) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (last) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(bytes);
}

int Http2Callbacks::OnSendData(nghttp2_session*, nghttp2_frame* frame, const uint8_t* head, size_t length,
                               nghttp2_data_source*, void* user) {
  Http2Connection& connection = ConnectionOf(user);
  Http2Exchange* exchange = connection.Find(frame->hd.stream_id);
  if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (connection.batch_->size() >= SessionScratch::kMaxBatch) return NGHTTP2_ERR_WOULDBLOCK;
  connection.batch_->Append(TextOf(head, kHttp2FrameHead));
  connection.batch_->Append(exchange->unsent_.substr(0, length));
  connection.floods_.ContentLeft(length);
  exchange->OnPacked(length);
  return 0;
}

}  // namespace dragoman::http
