#pragma once

#include <cstdint>
#include <vector>

#include "transcoding/buffer.h"

namespace dragoman::transcoding {

// The length prefixes of messages that are written before their length is known. Each gets one byte at first, which is
// enough below 128 bytes; the longer ones are remembered, and Finish() moves the bytes behind them apart, once, from
// the back.
//
// Cost: linear in the bytes written, however deep the messages nest.
class LengthPrefixes {
 public:
  // `out` is the sink of all that follows.
  void Start(Buffer& out) {
    out_ = &out;
    prefixes_.clear();
    open_.clear();
    growth_ = 0;
  }

  size_t open() const { return open_.size(); }
  // The message begins here: its tag has just been written.
  void Open() {
    open_.push_back(static_cast<uint32_t>(prefixes_.size()));
    prefixes_.push_back({static_cast<uint32_t>(out_->size()), growth_});
    out_->Append('\0');
  }
  // The innermost message ends here.
  void Close();
  // Closes messages until only `open` are left open.
  void CloseTo(size_t open) {
    while (open_.size() > open) Close();
  }
  // Forgets the innermost message, whose bytes the caller takes back. It holds no long one.
  void Drop() {
    prefixes_.resize(open_.back());
    open_.pop_back();
  }
  // Gives every prefix its true size. Nothing is open any more.
  void Finish();

 private:
  struct Prefix {
    uint32_t at;      // offset of the one byte in the sink
    uint32_t length;  // of the message in its final form; while it is open, `growth_` as it was when it began
  };

  void MoveApart();

  Buffer* out_ = nullptr;
  std::vector<Prefix> prefixes_;  // of open messages, and of closed ones that need more than a byte; ascending
  std::vector<uint32_t> open_;    // indexes
  uint32_t growth_ = 0;           // bytes that Finish() will insert
};

}  // namespace dragoman::transcoding
