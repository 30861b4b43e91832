#include "token_signer.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "transcoding/base64.h"

namespace dragoman {
namespace {

// What goes wrong here is the test's own fault.
void Require(bool holds) {
  if (!holds) std::abort();
}

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) {
  Require(key != nullptr);
  return {key, EVP_PKEY_free};
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

const EVP_MD* HashOf(std::string_view algorithm) {
  if (algorithm == "EdDSA") return nullptr;
  return algorithm.ends_with("256") ? EVP_sha256() : algorithm.ends_with("384") ? EVP_sha384() : EVP_sha512();
}

std::string NumberOf(const EVP_PKEY* key, const char* name, int bytes = 0) {
  BIGNUM* number = nullptr;
  Require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string text(static_cast<size_t>(bytes > 0 ? bytes : BN_num_bytes(number)), '\0');
  Require(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(text.size())) >= 0);
  BN_free(number);
  return text;
}

// r and s side by side.
std::string FromDer(std::string_view der, int scalar) {
  const unsigned char* from = Bytes(der);
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(der.size()));
  Require(signature != nullptr);
  std::string raw(static_cast<size_t>(2 * scalar), '\0');
  auto* to = reinterpret_cast<unsigned char*>(raw.data());
  Require(BN_bn2binpad(ECDSA_SIG_get0_r(signature), to, scalar) >= 0);
  Require(BN_bn2binpad(ECDSA_SIG_get0_s(signature), to + scalar, scalar) >= 0);
  ECDSA_SIG_free(signature);
  return raw;
}

int ScalarBytes(const EVP_PKEY* key) { return (EVP_PKEY_get_bits(key) + 7) / 8; }

}  // namespace

std::string Base64Url(std::string_view bytes) {
  Buffer buffer;
  transcoding::AppendBase64(bytes, buffer);
  std::string text(buffer.view());
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (text.ends_with('=')) text.pop_back();
  return text;
}

TokenSigner TokenSigner::Rsa(int bits, unsigned long exponent) {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  BIGNUM* e = BN_new();
  Require(context != nullptr && BN_set_word(e, exponent) == 1 && EVP_PKEY_keygen_init(context) == 1 &&
          EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1 &&
          EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1 && EVP_PKEY_generate(context, &key) == 1);
  BN_free(e);
  EVP_PKEY_CTX_free(context);
  TokenSigner signer;
  signer.key_ = Own(key);
  return signer;
}

TokenSigner TokenSigner::Ec(std::string_view curve) {
  TokenSigner signer;
  signer.key_ = Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", std::string(curve).c_str()));
  return signer;
}

TokenSigner TokenSigner::Ed25519() {
  TokenSigner signer;
  signer.key_ = Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return signer;
}

TokenSigner TokenSigner::Secret(std::string secret) {
  TokenSigner signer;
  signer.secret_ = std::move(secret);
  return signer;
}

std::string TokenSigner::Jwk(std::string_view more) const {
  std::string jwk;
  if (!key_) {
    jwk = R"({"kty":"oct","k":")" + Base64Url(secret_) + "\"";
  } else if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
    jwk = R"({"kty":"RSA","n":")" + Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_N)) + R"(","e":")" +
          Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_E)) + "\"";
  } else if (EVP_PKEY_is_a(key_.get(), "EC") == 1) {
    const int bits = EVP_PKEY_get_bits(key_.get());
    const int bytes = ScalarBytes(key_.get());
    jwk = R"({"kty":"EC","crv":"P-)" + std::to_string(bits) + R"(","x":")" +
          Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, bytes)) + R"(","y":")" +
          Base64Url(NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, bytes)) + "\"";
  } else {
    std::string x(32, '\0');
    size_t size = x.size();
    Require(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size) == 1);
    jwk = R"({"kty":"OKP","crv":"Ed25519","x":")" + Base64Url(x) + "\"";
  }
  if (!more.empty()) jwk.append(",").append(more);
  return jwk + "}";
}

std::string TokenSigner::Pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  Require(memory != nullptr && PEM_write_bio_PUBKEY(memory, key_.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string TokenSigner::SignBytes(std::string_view algorithm, std::string_view text) const {
  std::string signature(1024, '\0');
  auto* to = reinterpret_cast<unsigned char*>(signature.data());
  if (!key_) {
    unsigned size = 0;
    Require(HMAC(HashOf(algorithm), secret_.data(), static_cast<int>(secret_.size()), Bytes(text), text.size(), to,
                 &size) != nullptr);
    signature.resize(size);
    return signature;
  }
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* parameters = nullptr;
  Require(EVP_DigestSignInit(context, &parameters, HashOf(algorithm), nullptr, key_.get()) == 1);
  if (algorithm.starts_with("PS")) {
    Require(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  size_t size = signature.size();
  Require(EVP_DigestSign(context, to, &size, Bytes(text), text.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return algorithm.starts_with("ES") ? FromDer(signature, ScalarBytes(key_.get())) : signature;
}

std::string TokenSigner::Sign(std::string_view algorithm, std::string_view header, std::string_view claims) const {
  const std::string text = Base64Url(header) + "." + Base64Url(claims);
  return text + "." + Base64Url(SignBytes(algorithm, text));
}

}  // namespace dragoman
