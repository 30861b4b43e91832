#include "jose/algorithm.h"

#include <array>

namespace dragoman::jose {
namespace {

constexpr std::array<std::string_view, kAlgorithms> kNames = {"HS256", "HS384", "HS512", "RS256", "RS384",
                                                              "RS512", "PS256", "PS384", "PS512", "ES256",
                                                              "ES384", "ES512", "EdDSA"};

}  // namespace

std::optional<Algorithm> ParseAlgorithm(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Algorithm>(i);
  }
  if (name == "Ed25519") return Algorithm::kEdDsa;
  return std::nullopt;
}

std::string_view NameOf(Algorithm algorithm) { return kNames[static_cast<size_t>(algorithm)]; }

std::string AlgorithmSet::ToString() const {
  std::string text;
  uint16_t left = bits_;
  for (size_t i = 0; i < kNames.size(); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (!Has(algorithm)) continue;
    left &= static_cast<uint16_t>(~BitOf(algorithm));
    if (!text.empty()) text += left == 0 ? " or " : ", ";
    text += kNames[i];
  }
  return text;
}

}  // namespace dragoman::jose
