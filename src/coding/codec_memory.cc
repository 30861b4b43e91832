#include "coding/codec_memory.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <iterator>

namespace dragoman::coding {
namespace {

constexpr size_t kHeader = alignof(std::max_align_t);  // in front of each block: its size
static_assert(kHeader >= sizeof(size_t));

#ifdef __SANITIZE_ADDRESS__
constexpr size_t kKept = 0;
#else
constexpr size_t kKept = CodecMemory::kKeptBytes;
#endif

// Eight sizes an octave, so that blocks of about a size serve one another.
size_t Rounded(size_t size) {
  const size_t step = std::max<size_t>(std::bit_floor(size) / 8, 64);
  return (size + step - 1) / step * step;
}

}  // namespace

CodecMemory::Account::Account(Lifetime lifetime, size_t promised) : lifetime_(lifetime) { granted_ = Charge(promised); }

CodecMemory::Account::~Account() { OfThread().in_use_ -= charged_; }

CodecMemory& CodecMemory::OfThread() {
  thread_local CodecMemory memory;
  return memory;
}

CodecMemory::~CodecMemory() {
  for (const auto& [size, block] : free_) std::free(block);
}

bool CodecMemory::Account::Charge(size_t bytes) {
  CodecMemory& memory = OfThread();
  const bool large = charged_ + bytes > kLargeAccount;
  const size_t most = lifetime_ == Lifetime::kTurn ? kMostBytes + kForTurnBytes : large ? kMostBytes / 2 : kMostBytes;
  if (memory.in_use_ + bytes > most) return false;
  memory.in_use_ += bytes;
  charged_ += bytes;
  return true;
}

void* CodecMemory::Take(void* account, size_t size) {
  if (size > kMostBytes) return nullptr;  // and no sum overflows
  Account& of = *static_cast<Account*>(account);
  CodecMemory& memory = OfThread();
  const size_t whole = Rounded(size + kHeader);
  if (of.taken_ + whole > of.charged_ && !of.Charge(of.taken_ + whole - of.charged_)) return nullptr;
  of.taken_ += whole;
  void* block = nullptr;
  const auto kept =
      std::find_if(memory.free_.rbegin(), memory.free_.rend(), [whole](const auto& one) { return one.first == whole; });
  if (kept != memory.free_.rend()) {
    block = kept->second;
    memory.kept_bytes_ -= whole;
    memory.free_.erase(std::next(kept).base());
  } else {
    block = std::malloc(whole);
    if (block == nullptr) return nullptr;
    *static_cast<size_t*>(block) = whole;
  }
  return static_cast<char*>(block) + kHeader;
}

void CodecMemory::GiveBack(void* account, void* storage) {
  if (storage == nullptr) return;
  void* const block = static_cast<char*>(storage) - kHeader;
  const size_t whole = *static_cast<size_t*>(block);
  static_cast<Account*>(account)->taken_ -= whole;
  CodecMemory& memory = OfThread();
  if (whole > kKept) return std::free(block);
  while (memory.kept_bytes_ + whole > kKept) {  // what nobody has wanted for longest goes
    memory.kept_bytes_ -= memory.free_.front().first;
    std::free(memory.free_.front().second);
    memory.free_.erase(memory.free_.begin());
  }
  memory.kept_bytes_ += whole;
  memory.free_.emplace_back(whole, block);
}

}  // namespace dragoman::coding
