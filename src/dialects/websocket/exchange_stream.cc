#include "dialects/websocket/exchange_stream.h"

namespace dragoman::dialects::websocket {
namespace {

constexpr size_t kKeptBytes = 4 << 10;  // of each buffer, while there is nothing to send

}  // namespace

Task<bool> ExchangeStream::Flush() { return Taken(owner_waits_); }

Task<void> ExchangeStream::Idle() {
  while (writing_) co_await idle_waits_.Wait();
}

// Until what stands in the output now is taken.
Task<bool> ExchangeStream::Taken(Signal& waits) {
  const uint64_t until = put_ + output_.size();
  if (taken_ < until && !writing_) exchange_.loop().Spawn(WriteAll());
  while (taken_ < until && !failed_) co_await waits.Wait();
  co_return !failed_;
}

// The one that writes, for all who wait.
Task<void> ExchangeStream::WriteAll() {
  writing_ = true;
  while (!output_.empty() && !failed_) {
    std::swap(output_, sending_);
    output_.Clear();
    put_ += sending_.size();
    const Status sent = co_await exchange_.WriteReply(sending_.view());
    if (sent.ok()) {
      taken_ = put_;
    } else {
      failed_ = true;
    }
    if (beast_waits_.waiting()) beast_waits_.Notify();
    if (owner_waits_.waiting()) owner_waits_.Notify();
  }
  for (Buffer* buffer : {&output_, &sending_}) {
    if (buffer->capacity() > kKeptBytes) buffer->Release();
  }
  writing_ = false;
  if (idle_waits_.waiting()) idle_waits_.Notify();
}

}  // namespace dragoman::dialects::websocket
