#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace dragoman::jose {

// The signature algorithms that are understood. `none` is none of them.
//
// Spec: RFC 7518, section 3.1; RFC 8037, section 3.1; RFC 9864, section 2.2 ("Ed25519" is another name of kEdDsa).
enum class Algorithm : uint8_t {
  kHs256,
  kHs384,
  kHs512,
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
  kEs256,
  kEs384,
  kEs512,
  kEdDsa,
};
inline constexpr size_t kAlgorithms = 13;

// "RS256"; case counts. Nothing for an unknown one.
std::optional<Algorithm> ParseAlgorithm(std::string_view name);
std::string_view NameOf(Algorithm algorithm);

// A set of them.
class AlgorithmSet {
 public:
  constexpr AlgorithmSet() = default;
  constexpr AlgorithmSet(std::initializer_list<Algorithm> algorithms) {
    for (const Algorithm algorithm : algorithms) Add(algorithm);
  }

  constexpr void Add(Algorithm algorithm) { bits_ |= BitOf(algorithm); }
  constexpr bool Has(Algorithm algorithm) const { return (bits_ & BitOf(algorithm)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint16_t bits() const { return bits_; }
  friend constexpr AlgorithmSet operator&(AlgorithmSet left, AlgorithmSet right) {
    left.bits_ &= right.bits_;
    return left;
  }
  friend constexpr bool operator==(AlgorithmSet, AlgorithmSet) = default;

  // "RS256, ES256 or EdDSA".
  std::string ToString() const;

 private:
  static constexpr uint16_t BitOf(Algorithm algorithm) {
    return static_cast<uint16_t>(1u << static_cast<int>(algorithm));
  }

  uint16_t bits_ = 0;
};

// Those whose secret both sides know, and those with a public key.
inline constexpr AlgorithmSet kSymmetric = {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512};
inline constexpr AlgorithmSet kAsymmetric = {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
                                             Algorithm::kPs384, Algorithm::kPs512, Algorithm::kEs256, Algorithm::kEs384,
                                             Algorithm::kEs512, Algorithm::kEdDsa};

}  // namespace dragoman::jose
