#pragma once

#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.h"
#include "jose/key_set.h"
#include "jose/verifier.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// One issuer whose tokens are accepted, as far as that is known at load.
//
// Threads: immutable.
struct JwtProvider {
  std::string name;  // of the scheme: "jwt.main"
  jose::ClaimRules rules;
  jose::AlgorithmSet algorithms;  // by which its tokens may be signed; never empty
  std::string consumer_claim;     // empty: the token stands for itself
  size_t cache_entries = 0;       // verified tokens that a worker remembers
  config::Jwks jwks;
  // Those of the secret, or of a key set that was there at load. Null: they have to be fetched.
  std::shared_ptr<const jose::KeySet> keys;
};

// Errors, for the operator, all at once, each at the provider's place: no audience, algorithms that do not suit the
// keys, a secret that is too short, a key set with keys that are malformed or weak, a URL that is none.
tl::expected<std::shared_ptr<const JwtProvider>, Problems> BuildJwtProvider(const config::JwtProvider& provider);

// The same for all, in their order. Two of one issuer are an error: its tokens would be either's.
tl::expected<std::vector<std::shared_ptr<const JwtProvider>>, Problems> BuildJwtProviders(
    std::span<const config::JwtProvider> providers);

// A key set as `provider` uses it: the keys that serve its algorithms. Errors: what is wrong with the set as a whole;
// none of its keys can be used, and why.
tl::expected<std::shared_ptr<const jose::KeySet>, std::string> ReadKeySet(std::string_view text,
                                                                          jose::AlgorithmSet algorithms);

}  // namespace dragoman::auth
