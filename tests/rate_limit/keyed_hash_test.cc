#include "rate_limit/keyed_hash.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>
#include <string>

namespace dragoman::rate_limit {
namespace {

// OpenSSL's SipHash with 1 and 3 rounds and 128 bits.
Hash128 Reference(const Hash128& key, std::string_view text) {
  unsigned rounds = 1;
  unsigned last_rounds = 3;
  size_t size = 16;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &rounds),
                                   OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &last_rounds),
                                   OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  const uint64_t words[] = {key.low, key.high};
  const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context(EVP_MAC_CTX_new(mac.get()), EVP_MAC_CTX_free);
  uint64_t out[2] = {};
  size_t written = 0;
  EXPECT_EQ(EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(words), sizeof words, parameters), 1);
  EXPECT_EQ(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()), 1);
  EXPECT_EQ(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out), &written, sizeof out), 1);
  EXPECT_EQ(written, sizeof out);
  return {.high = out[1], .low = out[0]};
}

TEST(SipHash, AgreesWithOpenSslForTextsOfEveryLength) {
  const Hash128 key{.high = 0x0f0e0d0c0b0a0908, .low = 0x0706050403020100};
  std::string text;
  for (int length = 0; length <= 600; ++length) {
    EXPECT_EQ(SipHash(key, text), Reference(key, text)) << length;
    text += static_cast<char>(length * 37 + 200);
  }
}

TEST(SipHash, DependsOnBothHalvesOfTheKey) {
  const Hash128 key{.high = 1, .low = 2};
  EXPECT_NE(SipHash(key, "a"), SipHash({.high = 1, .low = 3}, "a"));
  EXPECT_NE(SipHash(key, "a"), SipHash({.high = 0, .low = 2}, "a"));
}

TEST(RandomKey, IsAnotherEachTime) { EXPECT_NE(RandomKey(), RandomKey()); }

}  // namespace
}  // namespace dragoman::rate_limit
