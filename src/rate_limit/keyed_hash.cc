#include "rate_limit/keyed_hash.h"

#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace dragoman::rate_limit {
namespace {

static_assert(std::endian::native == std::endian::little);

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Compress(uint64_t word) {
    v3 ^= word;
    Round();
    v0 ^= word;
  }
  uint64_t Finish() {
    Round();
    Round();
    Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

uint64_t LoadWord(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The last size % 8 bytes, as the low ones of a word.
uint64_t LoadTail(const char* end, size_t size) {
  const size_t rest = size % 8;
  if (rest == 0) return 0;
  if (size >= 8) return LoadWord(end - 8) >> (64 - 8 * rest);
  uint64_t word = 0;
  for (size_t i = 1; i <= rest; ++i) word = word << 8 | static_cast<unsigned char>(end[-static_cast<ptrdiff_t>(i)]);
  return word;
}

}  // namespace

Hash128 SipHash(const Hash128& key, std::string_view text) {
  SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d ^ 0xee, key.low ^ 0x6c7967656e657261,
                 key.high ^ 0x7465646279746573};
  const char* at = text.data();
  for (size_t words = text.size() / 8; words > 0; --words, at += 8) state.Compress(LoadWord(at));
  state.Compress(static_cast<uint64_t>(text.size()) << 56 | LoadTail(text.data() + text.size(), text.size()));
  state.v2 ^= 0xee;
  Hash128 hash;
  hash.low = state.Finish();
  state.v1 ^= 0xdd;
  hash.high = state.Finish();
  return hash;
}

Hash128 RandomKey() {
  Hash128 key;
  if (::getentropy(&key, sizeof key) != 0) std::abort();  // nothing is safe without
  return key;
}

}  // namespace dragoman::rate_limit
