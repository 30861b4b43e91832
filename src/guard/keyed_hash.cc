#include "guard/keyed_hash.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace dragoman::guard {

KeyedHash::KeyedHash() {
  auto* bytes = reinterpret_cast<unsigned char*>(keys_.data());
  if (RAND_bytes(bytes, static_cast<int>(sizeof keys_)) != 1) std::abort();  // nothing is safe without
}

}  // namespace dragoman::guard
