#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>

#include "jose/key.h"

namespace dragoman::jose {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

const EVP_MD* HashOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kHs256:
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return EVP_sha256();
    case Algorithm::kHs384:
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return EVP_sha384();
    case Algorithm::kHs512:
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return EVP_sha512();
    case Algorithm::kEdDsa:
      break;
  }
  return nullptr;  // of Ed25519 the hash is a part
}

// Bytes of r, and of s; 0 for what is not ECDSA.
size_t ScalarBytes(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return 32;
    case Algorithm::kEs384:
      return 48;
    case Algorithm::kEs512:
      return 66;
    default:
      return 0;
  }
}

// OpenSSL reads DER only. That r and s lie within 1 … n-1 it checks itself.
class DerSignature {
 public:
  explicit DerSignature(std::string_view raw) {
    const int half = static_cast<int>(raw.size() / 2);
    ECDSA_SIG* const pair = ECDSA_SIG_new();
    BIGNUM* const r = BN_bin2bn(Bytes(raw), half, nullptr);
    BIGNUM* const s = BN_bin2bn(Bytes(raw) + half, half, nullptr);
    if (pair != nullptr && r != nullptr && s != nullptr && ECDSA_SIG_set0(pair, r, s) == 1) {
      unsigned char* to = bytes_.data();
      size_ = i2d_ECDSA_SIG(pair, nullptr) <= static_cast<int>(bytes_.size()) ? i2d_ECDSA_SIG(pair, &to) : 0;
    } else {
      BN_free(r);
      BN_free(s);
    }
    ECDSA_SIG_free(pair);
  }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), static_cast<size_t>(size_ > 0 ? size_ : 0)};
  }

 private:
  std::array<unsigned char, 160> bytes_;  // two integers of up to 67 bytes and three heads
  int size_ = 0;
};

bool IsPss(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kPs384 || algorithm == Algorithm::kPs512;
}

}  // namespace

bool VerifySignature(EVP_PKEY* key, Algorithm algorithm, std::string_view text, std::string_view signature) {
  std::optional<DerSignature> der;
  if (const size_t scalar = ScalarBytes(algorithm); scalar != 0) {
    if (signature.size() != 2 * scalar) return false;
    signature = der.emplace(signature).view();
  }
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;  // the context's own
  bool verified =
      context != nullptr && EVP_DigestVerifyInit(context, &parameters, HashOf(algorithm), nullptr, key) == 1;
  if (verified && IsPss(algorithm)) {
    verified = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  verified = verified && EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
  // Whatever went wrong must not be found by the next who looks for an error of their own.
  if (!verified) ERR_clear_error();
  return verified;
}

bool VerifyHmac(std::string_view secret, Algorithm algorithm, std::string_view text, std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected;
  unsigned size = 0;
  if (HMAC(HashOf(algorithm), secret.data(), static_cast<int>(secret.size()), Bytes(text), text.size(), expected.data(),
           &size) == nullptr) {
    ERR_clear_error();
    return false;
  }
  return size == signature.size() && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

}  // namespace dragoman::jose
