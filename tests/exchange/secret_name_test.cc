#include "exchange/secret_name.h"

#include <gtest/gtest.h>

namespace dragoman {
namespace {

TEST(SoundsSecret, OfNamesThatSaySo) {
  for (const char* name : {"authorization", "proxy-authorization", "set-cookie", "x-auth-token", "x-client-secret", "password", "x-api-key", "apikey", "x-credentials"}) {
    EXPECT_TRUE(SoundsSecret(name)) << name;
  }
  for (const char* name : {"", "x-request-id", "idempotency-key", "accept", "x-tenant"}) EXPECT_FALSE(SoundsSecret(name)) << name;
}

}  // namespace
}  // namespace dragoman
