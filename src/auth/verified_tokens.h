#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/jwt_provider.h"
#include "jose/verifier.h"

namespace dragoman::auth {

// The tokens that one worker has verified and may believe again.
//
// The least recently used goes when there are too many, or they take too much memory. Only what has been verified comes
// in, so that nobody chooses where an entry lies.
//
// Threads: its worker's.   Cost: a hit is one look-up over the token's last bytes and one comparison of all of it.
class VerifiedTokens {
 public:
  static constexpr size_t kBytesPerEntry = 4 << 10;  // on the average; all together as many times the entries

  explicit VerifiedTokens(size_t max_entries) : max_entries_(max_entries), max_bytes_(max_entries * kBytesPerEntry) {}
  VerifiedTokens(const VerifiedTokens&) = delete;
  VerifiedTokens& operator=(const VerifiedTokens&) = delete;

  struct Entry : boost::intrusive::list_base_hook<> {
    std::string token;
    const JwtProvider* provider = nullptr;
    std::shared_ptr<const jose::Claims> claims;
    std::shared_ptr<const jose::Key> key;  // that verified it
    uint64_t keys_version = 0;             // of the newest key set that is known to have that key
    jose::Validity validity;
    size_t bytes = 0;
  };

  // Null if it is not remembered. The entry holds until the next change.
  Entry* Find(std::string_view token);
  void Add(std::string_view token, const JwtProvider& provider, const jose::Verified& verified, uint64_t keys_version);
  void Remove(Entry& entry);

  // Whose token it is, before anything is verified; asked again for the same token it costs a comparison.
  const std::string& UnverifiedIssuerOf(std::string_view token);

  size_t size() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct TailHash {
    size_t operator()(std::string_view token) const;
  };

  const size_t max_entries_;
  const size_t max_bytes_;
  size_t bytes_ = 0;
  std::unordered_map<std::string_view, std::unique_ptr<Entry>, TailHash> entries_;  // by their own token
  boost::intrusive::list<Entry> used_;                                              // the most recent in front
  std::string looked_at_;
  std::string issuer_of_it_;
};

}  // namespace dragoman::auth
