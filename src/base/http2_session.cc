#include "base/http2_session.h"

#include <algorithm>
#include <cstring>

#include "base/block_pool.h"

namespace dragoman {
namespace {

constexpr size_t kHead = 16;  // bytes in front of a piece: its size, and what follows is aligned for anything

void* Allocate(size_t size, void*) {
  char* piece = static_cast<char*>(BlockPool::Take(kHead + size));
  std::memcpy(piece, &size, sizeof size);
  return piece + kHead;
}

size_t SizeOf(void* memory) {
  size_t size = 0;
  std::memcpy(&size, static_cast<char*>(memory) - kHead, sizeof size);
  return size;
}

void Free(void* memory, void*) {
  if (memory) BlockPool::GiveBack(static_cast<char*>(memory) - kHead, kHead + SizeOf(memory));
}

// One piece, or a few small ones: nothing that a peer says multiplies here.
void* AllocateZeroed(size_t count, size_t size, void* user) {
  return std::memset(Allocate(count * size, user), 0, count * size);
}

void* Reallocate(void* memory, size_t size, void* user) {
  void* grown = Allocate(size, user);
  if (memory) std::memcpy(grown, memory, std::min(size, SizeOf(memory)));
  Free(memory, user);
  return grown;
}

}  // namespace

nghttp2_mem* SessionMemory() {
  static nghttp2_mem memory = {nullptr, &Allocate, &Free, &AllocateZeroed, &Reallocate};
  return &memory;
}

SessionScratch& SessionScratch::OfThread() {
  thread_local SessionScratch scratch;
  return scratch;
}

int PackFrames(nghttp2_session* session, Buffer& batch) {
  while (batch.size() < SessionScratch::kMaxBatch) {
    const uint8_t* frame = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session, &frame);
    if (size <= 0) return static_cast<int>(size);
    batch.Append(TextOf(frame, static_cast<size_t>(size)));
  }
  return 0;
}

}  // namespace dragoman
