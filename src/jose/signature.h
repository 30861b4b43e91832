#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>

#include "jose/algorithm.h"

namespace dragoman::jose {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

// A public key, made ready once for each algorithm that it is to serve: setting one up takes OpenSSL a tenth of what
// verifying takes.
//
// Threads: immutable, safe to use concurrently.   Spec: RFC 7518, sections 3.3 to 3.5; RFC 8037, section 3.1.
class PublicKey {
 public:
  PublicKey(KeyHandle key, AlgorithmSet algorithms);

  // Whether `signature` is this key's over `text`. False for an algorithm that it was not made ready for, for ECDSA
  // signatures that are not r and s side by side in full length, and for those of another length than the algorithm's.
  bool Verify(Algorithm algorithm, std::string_view text, std::string_view signature) const;

 private:
  struct FreeContext {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;

  bool VerifyDigest(Algorithm algorithm, std::string_view text, std::string_view signature) const;
  bool VerifyEdDsa(std::string_view text, std::string_view signature) const;

  KeyHandle key_;
  std::array<Context, kAlgorithms> ready_;  // copied for each use; null where the algorithm is not served
};

// Whether `signature` is the HMAC of `text`, compared in constant time.   Spec: RFC 7518, section 3.2.
bool VerifyHmac(std::string_view secret, Algorithm algorithm, std::string_view text, std::string_view signature);

}  // namespace dragoman::jose
