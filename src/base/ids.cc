#include "base/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace dragoman {
namespace {

// xoshiro256** (Blackman, Vigna): four words of state, far cheaper than a system call.
class Generator {
 public:
  Generator() {
    auto* at = reinterpret_cast<char*>(state_.data());
    size_t left = sizeof(state_);
    while (left > 0) {
      const ssize_t got = ::getrandom(at, left, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) std::abort();  // a Linux without getrandom is not supported
      at += got;
      left -= static_cast<size_t>(got);
    }
  }

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace

RequestId RequestId::Make() {
  static constexpr char kHex[] = "0123456789abcdef";
  thread_local Generator generator;
  const uint64_t high = (generator.Next() & ~uint64_t{0xf000}) | 0x4000;                       // version 4
  const uint64_t low = (generator.Next() & ~(uint64_t{0b11} << 62)) | (uint64_t{0b10} << 62);  // variant
  RequestId id;
  size_t at = 0;
  for (int digit = 0; digit < 32; ++digit) {
    if (at == 8 || at == 13 || at == 18 || at == 23) id.text_[at++] = '-';
    const uint64_t half = digit < 16 ? high : low;
    id.text_[at++] = kHex[(half >> (60 - 4 * (digit % 16))) & 0xf];
  }
  return id;
}

bool ValidRequestId(std::string_view id) {
  static constexpr std::string_view kPunctuation = "-._~:/+=@";
  if (id.empty() || id.size() > kMaxRequestId) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPunctuation.find(c) != std::string_view::npos;
  });
}

}  // namespace dragoman
