#include "upstream/grpc_frame.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "upstream/call.h"

namespace dragoman::upstream {
namespace {

constexpr size_t kReserveAhead = 1 << 20;  // bytes: what a prefix alone may make us allocate
constexpr size_t kWorthMoving = 64 << 10;  // bytes taken before the rest is moved to the front

size_t LengthOf(const char* prefix) {
  const auto byte = [&](int i) { return static_cast<size_t>(static_cast<uint8_t>(prefix[i])); };
  return byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
}

void MoveToFront(Buffer& buffer, size_t begin) {
  const size_t rest = buffer.size() - begin;
  std::memmove(buffer.data(), buffer.data() + begin, rest);
  buffer.Truncate(rest);
}

}  // namespace

void MessageReader::Append(std::string_view bytes) {
  if (lent_ > 0) {
    late_.Append(bytes);
    return;
  }
  if (begin_ == current_->size()) {
    current_->Clear();
    begin_ = 0;
    // A message that comes in several pieces finds its room made once.
    if (bytes.size() >= kMessagePrefix) {
      const size_t whole = kMessagePrefix + LengthOf(bytes.data());
      current_->Reserve(std::max(bytes.size(), std::min(whole, kReserveAhead)));
    }
  } else if (begin_ > kWorthMoving && begin_ > current_->size() / 2) {
    MoveToFront(*current_, begin_);
    begin_ = 0;
  }
  current_->Append(bytes);
}

MessageReader::Outcome MessageReader::Peek() const {
  if (lent_ > 0) return Outcome::kMore;
  const size_t ready = current_->size() - begin_;
  if (ready == 0) return Outcome::kMore;
  const char* prefix = current_->data() + begin_;
  if (*prefix != 0 && !(*prefix == 1 && expects_compressed_)) return *prefix == 1 ? Outcome::kCompressed : Outcome::kBadFlag;
  if (ready < kMessagePrefix) return Outcome::kMore;
  const size_t length = LengthOf(prefix);
  if (length > max_) return Outcome::kTooLarge;
  return ready < kMessagePrefix + length ? Outcome::kMore : Outcome::kMessage;
}

size_t MessageReader::missing() const {
  const size_t ready = current_->size() - begin_;
  const size_t whole = kMessagePrefix + (ready < kMessagePrefix ? 0 : LengthOf(current_->data() + begin_));
  return whole - std::min(whole, ready);
}

void MessageReader::Release() {
  current_ = BufferPool::Lease(Buffer());
  late_.Release();
  begin_ = lent_ = 0;
}

MessageReader::Outcome MessageReader::Next(std::string_view& message) {
  if (lent_ > 0) DropLent();
  const Outcome outcome = Peek();
  if (outcome == Outcome::kMessage) {
    const char* prefix = current_->data() + begin_;
    message = {prefix + kMessagePrefix, LengthOf(prefix)};
    lent_ = kMessagePrefix + message.size();
  }
  return outcome;
}

void MessageReader::DropLent() {
  begin_ += lent_;
  lent_ = 0;
  if (late_.empty()) return;
  if (begin_ == current_->size()) {
    std::swap(*current_, late_);
    begin_ = 0;
  } else {
    MoveToFront(*current_, begin_);
    begin_ = 0;
    current_->Append(late_.view());
  }
  late_.Clear();
}

}  // namespace dragoman::upstream
