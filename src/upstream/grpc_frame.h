#pragma once

#include <cstddef>
#include <string_view>

#include "base/buffer_pool.h"

namespace dragoman::upstream {

// Cuts the body of a gRPC reply into its messages, whatever the cuts of the DATA frames that bring it.
//
//   "\0\0\0\0\3abc" "\0\0\0\0" "\2de"   →   "abc", "de"
//
// A message that was handed out stays where it is until the next Next, whatever arrives meanwhile.
//
// Cost: one copy of every byte; memory is what arrived and was not asked for, and at most a message.
// Spec: PROTOCOL-HTTP2, "Length-Prefixed-Message".
class MessageReader {
 public:
  enum class Outcome {
    kMessage,
    kMore,        // what has arrived is the beginning of a message, or nothing
    kCompressed,  // flag 1, where none was expected
    kBadFlag,     // any other flag but 0
    kTooLarge,    // over max_message_bytes
  };

  explicit MessageReader(size_t max_message_bytes) : max_(max_message_bytes) {}

  // Messages of flag 1 are taken like others from now on.
  void ExpectCompressed() { expects_compressed_ = true; }
  void Append(std::string_view bytes);
  // Takes the next message: without its prefix, valid until the next Next. Errors last.
  Outcome Next(std::string_view& message);
  // What Next would say, as far as it can be told while a message is lent (kMore then).
  Outcome Peek() const;
  // Whether the message that was taken last had flag 1.
  bool compressed() const { return lent_ > 0 && current_->data()[begin_] != 0; }
  // Bytes that arrived and belong to no message taken yet.
  size_t untaken() const { return current_->size() - begin_ - lent_ + late_.size(); }
  // Bytes that the next message, or its prefix, still needs, while none is lent.
  size_t missing() const;
  // Gives its memory back: nothing more is wanted.
  void Release();

 private:
  void DropLent();

  size_t max_;
  bool expects_compressed_ = false;
  BufferPool::Lease current_ = BufferPool::Borrow();
  size_t begin_ = 0;  // of the lent message, or of the next one
  size_t lent_ = 0;   // bytes of the lent message with its prefix; 0: none is
  Buffer late_;       // what arrived while a message was lent
};

}  // namespace dragoman::upstream
