#include "auth/remembered.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <memory>

namespace dragoman::auth {
namespace {

Digest NewSecret() {
  Digest secret{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) std::abort();  // nothing is safe without
  return secret;
}

}  // namespace

Digest DigestOf(std::string_view credential) {
  static const Digest kSecret = NewSecret();
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Digest digest{};
  if (EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), kSecret.data(), kSecret.size()) != 1 ||
      EVP_DigestUpdate(context.get(), credential.data(), credential.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    std::abort();
  }
  return digest;
}

}  // namespace dragoman::auth
