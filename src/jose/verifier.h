#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "jose/claims.h"
#include "jose/key_set.h"
#include "jose/token.h"

namespace dragoman::jose {

// What a token must say to be accepted.
struct ClaimRules {
  std::string issuer;                  // `iss`, exactly
  std::vector<std::string> audiences;  // `aud` has one of them …
  bool all_audiences = false;          // … or all
  bool any_audience = false;           // whatever `aud` says
  int64_t leeway = 30;                 // seconds, for exp, nbf and iat
  std::vector<std::string> required;   // paths of claims that must be there and not null
};

struct Verified {
  std::shared_ptr<const Claims> claims;
  std::shared_ptr<const Key> key;
};

struct TokenFault {
  enum class Kind : uint8_t {
    kRefused,     // and always will be
    kUnknownKey,  // no key of the set verifies it, and none of that name is there: another set might have one
  };
  Kind kind = Kind::kRefused;
  std::string what;  // for the client; quotes nothing of the token
};

// Keys that are tried for one token.
inline constexpr size_t kMaxKeysTried = 8;

// The claims of `token`, if one of `keys` has signed it by one of `algorithms`. Its claims are read after that only,
// and not judged.
tl::expected<Verified, TokenFault> VerifyToken(const Token& token, const KeySet& keys, AlgorithmSet algorithms);

// Nothing if the claims satisfy `rules` at `now` (seconds since 1970); else why not, for the client: "the token expired
// 42 s ago", `the token is for another audience; expected "shop-api"`. `exp` is demanded always.
//
// Spec: RFC 7519, section 4.1.
std::optional<std::string> WhyNot(const Claims& claims, const ClaimRules& rules, int64_t now);

// From when until when (not included) the times in the claims allow it, the leeway included; seconds since 1970.
struct Validity {
  int64_t from = 0;
  int64_t until = 0;
};
Validity ValidityOf(const Claims& claims, int64_t leeway);

}  // namespace dragoman::jose
