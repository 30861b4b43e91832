#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "transcoding/buffer.h"

// What every nghttp2 session of a worker needs, whichever side of HTTP/2 it is.
namespace dragoman {

inline constexpr size_t kHttp2FrameHead = 9;  // bytes (RFC 9113, 4.1)

// nghttp2's memory from BlockPool: a stream's bookkeeping (four pieces) comes and goes with every request.
nghttp2_mem* SessionMemory();

// What the sessions of a thread read into and pack into: nothing stays in it between two turns.
struct SessionScratch {
  static constexpr size_t kReadBytes = 64 << 10;
  static constexpr size_t kMaxBatch = 256 << 10;   // bytes packed before they are written
  static constexpr size_t kKeptBatch = 512 << 10;  // bytes of storage that a thread keeps

  static SessionScratch& OfThread();

  std::unique_ptr<char[]> read{new char[kReadBytes]};
  Buffer batch;
};

// Fills the empty `batch` with the frames that are due, until it holds kMaxBatch bytes. Returns 0, or nghttp2's error.
int PackFrames(nghttp2_session* session, Buffer& batch);

inline nghttp2_nv HeaderPair(std::string_view name, std::string_view value, uint8_t flags) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

inline std::string_view TextOf(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace dragoman
