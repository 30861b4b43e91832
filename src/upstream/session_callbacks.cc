#include "upstream/session_callbacks.h"

#include <algorithm>

#include "base/http2_session.h"
#include "upstream/channel.h"

namespace dragoman::upstream {
namespace {

Channel& ChannelOf(void* user) { return *static_cast<Channel*>(user); }

}  // namespace

const nghttp2_session_callbacks* SessionCallbacks::Get() {
  static const nghttp2_session_callbacks* const kCallbacks = [] {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, OnSendData);
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, OnBeforeSend);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, OnInvalidFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session_callbacks_set_error_callback2(callbacks, OnError);
    return callbacks;
  }();
  return kCallbacks;
}

nghttp2_data_provider SessionCallbacks::DataOf() { return {.source = {.ptr = nullptr}, .read_callback = OnReadData}; }

// Says how much may go; the bytes themselves go straight from the message into the batch (OnSendData).
ssize_t SessionCallbacks::OnReadData(nghttp2_session*, int32_t id, uint8_t*, size_t length, uint32_t* flags,
                                     nghttp2_data_source*, void* user) {
  Stream* stream = ChannelOf(user).Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const Stream::Ready ready = stream->ReadyBytes(length);
  if (ready.last) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (ready.bytes == 0 && !ready.last) {
    stream->deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  return static_cast<ssize_t>(ready.bytes);
}

int SessionCallbacks::OnSendData(nghttp2_session*, nghttp2_frame* frame, const uint8_t* head, size_t length,
                                 nghttp2_data_source*, void* user) {
  Channel& channel = ChannelOf(user);
  Stream* stream = channel.Find(frame->hd.stream_id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (channel.batch_->size() >= SessionScratch::kMaxBatch) return NGHTTP2_ERR_WOULDBLOCK;
  channel.batch_->Append(TextOf(head, kHttp2FrameHead));
  stream->TakeBytes(length, *channel.batch_);
  return 0;
}

int SessionCallbacks::OnBeforeSend(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
    std::string& why = ChannelOf(user).last_word_ = nghttp2_http2_strerror(frame->goaway.error_code);
    if (frame->goaway.opaque_data_len > 0)
      why.append(": ").append(TextOf(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
  }
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  Channel& channel = ChannelOf(user);
  if (Stream* stream = channel.Find(frame->hd.stream_id)) stream->head_at_ = channel.packed_ + channel.batch_->size();
  return 0;
}

int SessionCallbacks::OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                               const uint8_t* value, size_t value_size, uint8_t, void* user) {
  if (Stream* stream = ChannelOf(user).Find(frame->hd.stream_id))
    stream->OnHeader(TextOf(name, name_size), TextOf(value, value_size));
  return 0;
}

int SessionCallbacks::OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  ChannelOf(user).OnFrame(*frame);
  return 0;
}

int SessionCallbacks::OnInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
  ChannelOf(user).OnInvalidFrame(*frame, error);
  return 0;
}

int SessionCallbacks::OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* user) {
  Channel& channel = ChannelOf(user);
  channel.unconsumed_ += size;
  if (Stream* stream = channel.Find(id)) stream->OnData(TextOf(bytes, size));
  return 0;
}

int SessionCallbacks::OnStreamClose(nghttp2_session*, int32_t id, uint32_t error_code, void* user) {
  ChannelOf(user).OnStreamClose(id, error_code);
  return 0;
}

int SessionCallbacks::OnError(nghttp2_session*, int, const char* text, size_t size, void* user) {
  constexpr size_t kMostText = 200;  // bytes
  std::string& kept = ChannelOf(user).error_text_;
  kept.assign(text, std::min(size, kMostText));
  // It quotes what the backend sent.
  std::replace_if(kept.begin(), kept.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return 0;
}

}  // namespace dragoman::upstream
