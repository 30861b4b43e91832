#include "credentials.h"

#include <openssl/sha.h>

namespace dragoman::integration {

std::string KeyDigest(std::string_view key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string ConsumerLine(std::string_view name, std::string_view key, std::string_view more) {
  return "  " + std::string(name) + ": {" + std::string(more) + (more.empty() ? "" : ", ") + "keys: [{sha256: " + KeyDigest(key) + "}]}\n";
}

}  // namespace dragoman::integration
