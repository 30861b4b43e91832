#include "jose/signature.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>
#include <utility>

namespace dragoman::jose {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Looked up by name once: OpenSSL does it for each use of EVP_sha256().
const EVP_MD* Fetched(const char* name) { return EVP_MD_fetch(nullptr, name, nullptr); }

const EVP_MD* HashOf(Algorithm algorithm) {
  static const EVP_MD* const sha256 = Fetched("SHA256");
  static const EVP_MD* const sha384 = Fetched("SHA384");
  static const EVP_MD* const sha512 = Fetched("SHA512");
  switch (algorithm) {
    case Algorithm::kHs256:
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return sha256;
    case Algorithm::kHs384:
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return sha384;
    case Algorithm::kHs512:
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return sha512;
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

bool IsRsa(Algorithm algorithm) { return algorithm >= Algorithm::kRs256 && algorithm <= Algorithm::kPs512; }
bool IsPss(Algorithm algorithm) { return algorithm >= Algorithm::kPs256 && algorithm <= Algorithm::kPs512; }

}  // namespace

PublicKey::PublicKey(KeyHandle key, AlgorithmSet algorithms) : key_(std::move(key)) {
  for (size_t i = 0; i < kAlgorithms; ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    if (!algorithms.Has(algorithm)) continue;
    Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    if (algorithm != Algorithm::kEdDsa) {
      bool ready = context && EVP_PKEY_verify_init(context.get()) == 1;
      if (ready && IsRsa(algorithm)) {
        const int padding = IsPss(algorithm) ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
        ready = EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) == 1;
      }
      ready = ready && EVP_PKEY_CTX_set_signature_md(context.get(), HashOf(algorithm)) == 1;
      if (ready && IsPss(algorithm)) {
        ready = EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), HashOf(algorithm)) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
      }
      if (!ready) continue;
    }
    ready_[i] = std::move(context);
  }
}

bool PublicKey::Verify(Algorithm algorithm, std::string_view text, std::string_view signature) const {
  if (!ready_[static_cast<size_t>(algorithm)]) return false;
  const bool verified =
      algorithm == Algorithm::kEdDsa ? VerifyEdDsa(text, signature) : VerifyDigest(algorithm, text, signature);
  // Whatever went wrong must not be found by the next who looks for an error of their own.
  if (!verified) ERR_clear_error();
  return verified;
}

bool PublicKey::VerifyDigest(Algorithm algorithm, std::string_view text, std::string_view signature) const {
  std::optional<DerSignature> der;
  if (const size_t scalar = ScalarBytes(algorithm); scalar != 0) {
    if (signature.size() != 2 * scalar) return false;
    signature = der.emplace(signature).view();
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, HashOf(algorithm), nullptr) != 1) return false;
  const Context context(EVP_PKEY_CTX_dup(ready_[static_cast<size_t>(algorithm)].get()));
  return context && EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), digest.data(), size) == 1;
}

bool PublicKey::VerifyEdDsa(std::string_view text, std::string_view signature) const {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool verified = context != nullptr &&
                        EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key_.get()) == 1 &&
                        EVP_DigestVerify(context, Bytes(signature), signature.size(), Bytes(text), text.size()) == 1;
  EVP_MD_CTX_free(context);
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
