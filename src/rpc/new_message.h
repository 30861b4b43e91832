#pragma once

#include <cstddef>

#include "base/buffer_pool.h"
#include "upstream/call.h"

namespace dragoman::rpc {

// What a request message is written to: gRPC's prefix comes first. `bytes`: of what it is made of, a hint.
inline BufferPool::Lease NewMessage(size_t bytes) {
  constexpr size_t kOfPathAndQuery = 64;
  BufferPool::Lease message = BufferPool::Borrow();
  message->Reserve(upstream::kMessagePrefix + kOfPathAndQuery + bytes);
  message->Extend(upstream::kMessagePrefix);
  return message;
}

}  // namespace dragoman::rpc
