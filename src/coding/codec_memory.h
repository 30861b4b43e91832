#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace dragoman::coding {

// What a thread's encoders and decoders may take together, and the blocks that the last ones have left for the next: a
// state is 40 KiB to 1 MiB, and costs more to allocate than a small body costs to encode.
//
//   CodecMemory::Account account(CodecMemory::Lifetime::kTurn);      // one a codec; the `opaque` of zlib's and
//   brotli's allocators CodecMemory::Take(&account, 268'000)     // null: the thread's codecs have all that they may
//   have
//
// Bounds: kMostBytes are taken by all accounts of a thread together, half of them by those over kLargeAccount: brotli's
// largest windows leave the others their room. What ends within the turn, of which there is one at a time, may have
// kForTurnBytes more: no number of streams keeps it from its work. kKeptBytes are kept for the next. Under the address
// sanitizer nothing is. Threads: a codec lives and dies on one.
class CodecMemory {
 public:
  enum class Lifetime : uint8_t { kTurn, kLonger };

  static constexpr size_t kMostBytes = 64 << 20;
  static constexpr size_t kLargeAccount = 2 << 20;
  static constexpr size_t kForTurnBytes = 32 << 20;
  static constexpr size_t kKeptBytes = 4 << 20;

  // What one codec has taken, or was promised in advance.
  class Account {
   public:
    // `promised` bytes count as taken from now on; check granted().
    explicit Account(Lifetime lifetime, size_t promised = 0);
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;
    bool granted() const { return granted_; }
    size_t taken() const { return taken_; }

   private:
    friend class CodecMemory;
    bool Charge(size_t bytes);

    const Lifetime lifetime_;
    size_t charged_ = 0;  // to the thread: never less than was promised or is taken
    size_t taken_ = 0;
    bool granted_ = true;
  };

  // For the libraries' hooks: `account` is an Account*. Null: there is no more. What an account has had it stays
  // charged with.
  static void* Take(void* account, size_t size);
  static void GiveBack(void* account, void* storage);

  // Bytes that this thread's codecs have been charged.
  static size_t InUse() { return OfThread().in_use_; }

 private:
  CodecMemory() = default;
  ~CodecMemory();
  static CodecMemory& OfThread();

  size_t in_use_ = 0;
  size_t kept_bytes_ = 0;
  std::vector<std::pair<size_t, void*>> free_;  // what was given back last at the end
};

}  // namespace dragoman::coding
