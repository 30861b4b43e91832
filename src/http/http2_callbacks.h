#pragma once

#include <nghttp2/nghttp2.h>

namespace dragoman::http {

// What nghttp2 calls while it reads and packs frames, for all connections. Made once; immutable.
struct Http2Callbacks {
  static const nghttp2_session_callbacks* Get();
  static const nghttp2_option* Options();
  static nghttp2_data_provider DataOf();

 private:
  static int OnBeginFrame(nghttp2_session* session, const nghttp2_frame_hd* head, void* user);
  static int OnBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t flags, void* user);
  static int OnInvalidHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                             size_t name_size, const uint8_t* value, size_t value_size, uint8_t flags, void* user);
  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int OnInvalidFrame(nghttp2_session* session, const nghttp2_frame* frame, int error, void* user);
  static int OnData(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* bytes, size_t size, void* user);
  static int OnFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int OnFrameNotSent(nghttp2_session* session, const nghttp2_frame* frame, int error, void* user);
  static int OnStreamClose(nghttp2_session* session, int32_t id, uint32_t error_code, void* user);
  static ssize_t OnReadData(nghttp2_session* session, int32_t id, uint8_t* buffer, size_t length, uint32_t* flags,
                            nghttp2_data_source* source, void* user);
  static int OnSendData(nghttp2_session* session, nghttp2_frame* frame, const uint8_t* head, size_t length,
                        nghttp2_data_source* source, void* user);
};

}  // namespace dragoman::http
