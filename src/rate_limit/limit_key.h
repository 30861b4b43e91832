#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "rate_limit/caller.h"
#include "rate_limit/keyed_hash.h"

namespace dragoman::rate_limit {

// Whose bucket a request takes from: what a limit counts by, for one RPC and one tier. What does not depend on the
// request is hashed at load. No value of a client's is kept anywhere, only its hash.
//
//   consumer  the consumer's name, else the token's `sub`, else the address; never equal to each other
//   address   IPv6 by /64; of a unix socket none
//   claim     a text, a whole number, true or false at that path; any other value counts as none
//   header    the first of that name; an empty one counts as none
// Whoever has none of it shares the bucket of none.
//
// Threads: immutable.
class LimitKey {
 public:
  // For buckets that several gateways share: the same on all of them, whatever their process's secret.
  class SharedText {
   public:
    std::string_view view() const { return {text_.data(), text_.size()}; }

   private:
    friend class LimitKey;
    std::array<char, 32> text_;  // half a SHA-256, in hexadecimal digits
  };

  LimitKey(const config::RateLimit& limit, std::string_view tier, std::string_view rpc, const Hash128& secret);

  Hash128 Hash(const Caller& caller) const;
  SharedText Digest(const Caller& caller) const;
  // For people, whose bucket that is: `consumer "mobile"`, `address 192.0.2.7 and no header x-app`; empty: everybody's.
  // `show`: whether the value of a header may be seen.
  std::string Describe(const Caller& caller, bool (*show)(std::string_view header)) const;

 private:
  using Digest256 = std::array<unsigned char, 32>;

  std::vector<const config::LimitKey*> parts_;  // that depend on the request
  Hash128 seed_;
  Digest256 shared_seed_;
};

}  // namespace dragoman::rate_limit
