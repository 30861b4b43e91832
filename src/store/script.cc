#include "store/script.h"

#include <openssl/evp.h>

#include <cstdint>
#include <stdexcept>

namespace dragoman::store {

Script::Script(std::string_view text) : text_(text) {
  std::array<uint8_t, 20> sha1{};
  if (EVP_Digest(text.data(), text.size(), sha1.data(), nullptr, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-1");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < sha1.size(); ++i) {
    digest_[2 * i] = kDigits[sha1[i] >> 4];
    digest_[2 * i + 1] = kDigits[sha1[i] & 15];
  }
}

}  // namespace dragoman::store
