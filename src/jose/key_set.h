#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "jose/key.h"

namespace dragoman::jose {

// The keys of an issuer: a JWK Set, once read.
//
//   {"keys": [{"kty": "EC", "crv": "P-256", "x": "…", "y": "…", "kid": "2026-11"}, …]}
//
// A key that is for something else is left out, as is one that is malformed; neither hurts the others.
//
// Threads: immutable.   Spec: RFC 7517, section 5.
class KeySet {
 public:
  static constexpr size_t kMaxBytes = 1 << 20;
  static constexpr size_t kMaxKeys = 256;
  static constexpr size_t kMaxDepth = 16;  // levels

  KeySet() = default;
  explicit KeySet(std::vector<std::shared_ptr<const Key>> keys) : keys_(std::move(keys)) {}

  // Errors, for the operator, of the set as a whole: "the key set is no JSON object", "… has more than 256 keys".
  static tl::expected<KeySet, std::string> Parse(std::string_view json);

  std::span<const std::shared_ptr<const Key>> keys() const { return keys_; }
  size_t foreign() const { return foreign_; }  // how many keys are for something else
  // What is wrong with the malformed ones: `key 2 ("2026-11"): its point is not on the curve`.
  std::span<const std::string> problems() const { return problems_; }

  // The same keys as far as they serve one of `algorithms`.
  KeySet Serving(AlgorithmSet algorithms) const;
  // True if a key that is the same in everything is among them.
  bool Has(const Key& key) const;

 private:
  std::vector<std::shared_ptr<const Key>> keys_;
  std::vector<std::string> problems_;
  size_t foreign_ = 0;
};

}  // namespace dragoman::jose
