#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "config/ip_address.h"
#include "guard/subject.h"

namespace dragoman::guard {

// 64 bits for an address, an identity, or an identity at an address, by keys that the process draws at random: whoever
// does not know them cannot choose what falls together, and two subjects do with a probability of about 2^-63.
//
// A sum of products of words, each with a key of its own, folded by two more.
// Threads: immutable.
// Spec: Black et al., UMAC (1999), section 4.2, "NH".
class KeyedHash {
 public:
  KeyedHash();

  // Never 0. Of `network` all bits count; either may be none.
  uint64_t Of(const config::IpAddress& network, const IdentityName& identity) const {
    const std::string_view scheme = identity.scheme.substr(0, IdentityName::kMaxScheme);
    const std::string_view name = identity.name.substr(0, IdentityName::kMaxName);
    Sum sum{keys_.data() + 2};
    sum.Add(network.high(), network.low());
    sum.Add(network.none() ? 0 : 1, static_cast<uint64_t>(scheme.size()) << 32 | name.size());
    sum.Add(scheme);
    sum.Add(name);
    const Wide folded =
        Wide{static_cast<uint64_t>(sum.total) ^ keys_[0]} * (static_cast<uint64_t>(sum.total >> 64) ^ keys_[1]);
    const uint64_t hash = static_cast<uint64_t>(folded) ^ static_cast<uint64_t>(folded >> 64);
    return hash == 0 ? 1 : hash;
  }

 private:
  __extension__ using Wide = unsigned __int128;

  struct Sum {
    const uint64_t* key;
    Wide total = 0;

    void Add(uint64_t a, uint64_t b) {
      total += Wide{a + key[0]} * (b + key[1]);
      key += 2;
    }
    // Every byte is in one of the words; how many bytes there are is said elsewhere.
    void Add(std::string_view text) {
      const char* at = text.data();
      size_t left = text.size();
      for (; left > 16; left -= 16, at += 16) Add(Word(at), Word(at + 8));
      if (left >= 8) {
        Add(Word(at), Word(at + left - 8));
      } else if (left >= 4) {
        Add(HalfWord(at), HalfWord(at + left - 4));
      } else if (left > 0) {
        Add(Byte(at) | Byte(at + left / 2) << 8 | Byte(at + left - 1) << 16, 0);
      }
    }
    static uint64_t Byte(const char* at) { return static_cast<unsigned char>(*at); }
    static uint64_t HalfWord(const char* at) {
      uint32_t word;
      std::memcpy(&word, at, sizeof word);
      return word;
    }
    static uint64_t Word(const char* at) {
      uint64_t word;
      std::memcpy(&word, at, sizeof word);
      return word;
    }
  };

  std::array<uint64_t, 2 + 4 + (IdentityName::kMaxScheme + IdentityName::kMaxName) / 8> keys_;
};

}  // namespace dragoman::guard
