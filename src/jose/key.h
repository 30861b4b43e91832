#pragma once

#include <rapidjson/document.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "jose/algorithm.h"
#include "jose/signature.h"

namespace dragoman::jose {

// Why a key cannot be used.
struct KeyFault {
  bool foreign = false;  // it is for something else (encryption, an unknown curve), which is nobody's mistake
  std::string what;      // "its modulus has 1024 bits, at least 2048 are demanded"
};

// A key that verifies signatures. Its type and curve, and its `alg` where it has one, decide which algorithms it
// serves: what a token says never makes an RSA key verify an HMAC.
//
// Threads: immutable, safe to use concurrently.   Spec: RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2.
class Key {
 public:
  static constexpr int kMinRsaBits = 2048;
  static constexpr int kMaxRsaBits = 16384;
  static constexpr size_t kMaxSecretBytes = 4096;

  // Of a JWK; only its public members are read.
  static tl::expected<std::shared_ptr<const Key>, KeyFault> FromJwk(const rapidjson::Value& jwk);
  // Of a shared secret: its bytes as they are. It serves the algorithms whose hash is no longer than it.
  // Spec: RFC 7518, section 3.2.
  static tl::expected<std::shared_ptr<const Key>, KeyFault> FromSecret(std::string_view secret);

  ~Key();
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  const std::optional<std::string>& kid() const { return kid_; }
  AlgorithmSet algorithms() const { return algorithms_; }
  // Equal of two keys only if they are the same in everything: SHA-256 of kid, algorithms and material.
  const std::array<unsigned char, 32>& fingerprint() const { return fingerprint_; }

  // True if `signature` is this key's over `text` by `algorithm`. False where the key does not serve it, for ECDSA
  // signatures that are not r and s side by side in full length, and for those of another length than the algorithm's.
  bool Verify(Algorithm algorithm, std::string_view text, std::string_view signature) const;

 private:
  Key(std::unique_ptr<const PublicKey> key, std::string secret, AlgorithmSet algorithms) noexcept;
  void Seal(std::string_view material);  // computes the fingerprint

  static std::shared_ptr<Key> Public(KeyHandle key, AlgorithmSet algorithms);
  static tl::expected<std::shared_ptr<Key>, KeyFault> Make(const rapidjson::Value& jwk, std::string_view type);
  static tl::expected<std::shared_ptr<Key>, KeyFault> MakeRsa(const rapidjson::Value& jwk);
  static tl::expected<std::shared_ptr<Key>, KeyFault> MakeEc(const rapidjson::Value& jwk);
  static tl::expected<std::shared_ptr<Key>, KeyFault> MakeOkp(const rapidjson::Value& jwk);
  static tl::expected<std::shared_ptr<Key>, KeyFault> MakeSecret(std::string secret);

  std::unique_ptr<const PublicKey> key_;  // null: a secret
  std::string secret_;
  AlgorithmSet algorithms_;
  std::optional<std::string> kid_;
  std::array<unsigned char, 32> fingerprint_{};
};

}  // namespace dragoman::jose
