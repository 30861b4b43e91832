#pragma once

#include <zlib.h>

#include <string_view>

#include "coding/codec_memory.h"

namespace dragoman::coding {

// What zlib adds to the bits of a window to say which frame is meant.
inline constexpr int kGzipFrame = 16;

// zlib's hooks for memory; `opaque` is a CodecMemory::Account*.
inline void* ZlibTake(void* account, unsigned items, unsigned size) {
  return CodecMemory::Take(account, static_cast<size_t>(items) * size);
}
inline void ZlibGiveBack(void* account, void* storage) { CodecMemory::GiveBack(account, storage); }

// The input of the next step: at most 4 GiB.
inline void GiveTo(z_stream& state, std::string_view bytes) {
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
}

}  // namespace dragoman::coding
