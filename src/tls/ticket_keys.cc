#include "tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>

namespace dragoman::tls {

TicketKeys::TicketKeys(TimePoint now) : since_(now), current_(Random()), previous_(Random()) {}

TicketKeys::~TicketKeys() {
  OPENSSL_cleanse(&current_, sizeof current_);
  OPENSSL_cleanse(&previous_, sizeof previous_);
}

TicketKeys::Key TicketKeys::Random() {
  Key key{};
  key.usable = RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) == 1 &&
               RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) == 1 &&
               RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) == 1;
  return key;
}

int TicketKeys::Prepare(TimePoint now, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                        bool seal) {
  const std::lock_guard lock(mutex_);
  Rotate(now);
  if (seal) {
    if (RAND_bytes(iv, 16) != 1) return -1;
    std::copy(current_.name.begin(), current_.name.end(), name);
    return Use(current_, iv, cipher, mac, true) ? 1 : -1;
  }
  const bool is_current = std::equal(current_.name.begin(), current_.name.end(), name);
  if (!is_current && !std::equal(previous_.name.begin(), previous_.name.end(), name)) return 0;
  if (!Use(is_current ? current_ : previous_, iv, cipher, mac, false)) return -1;
  return is_current ? 1 : 2;
}

void TicketKeys::Rotate(TimePoint now) {
  if (now - since_ < kSealing) return;
  previous_ =
      now - since_ < 2 * kSealing ? current_ : Random();  // after a long silence the present key is too old to open
  current_ = Random();
  since_ = now;
}

bool TicketKeys::Use(const Key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seal) {
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac.data()), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return key.usable && EVP_MAC_CTX_set_params(mac, params) == 1 &&
         EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, seal ? 1 : 0) == 1;
}

}  // namespace dragoman::tls
