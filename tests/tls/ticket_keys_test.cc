#include "tls/ticket_keys.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

namespace dragoman::tls {
namespace {

class TicketKeysTest : public testing::Test {
 protected:
  using Name = std::array<unsigned char, 16>;

  int Prepare(TimePoint now, Name& name, bool seal) {
    std::array<unsigned char, 16> iv{};
    const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> mac(EVP_MAC_CTX_new(hmac), EVP_MAC_CTX_free);
    EVP_MAC_free(hmac);
    return keys_.Prepare(now, name.data(), iv.data(), cipher.get(), mac.get(), seal);
  }

  const TimePoint start_{};
  TicketKeys keys_{start_};
};

TEST_F(TicketKeysTest, OpenWhatTheySealedForTwoPeriods) {
  const auto period = TicketKeys::kSealing;
  Name name{};
  ASSERT_EQ(Prepare(start_, name, true), 1);
  EXPECT_EQ(Prepare(start_ + period - std::chrono::seconds(1), name, false), 1);
  EXPECT_EQ(Prepare(start_ + period, name, false), 2);  // good, but sealed anew
  EXPECT_EQ(Prepare(start_ + 2 * period - std::chrono::seconds(1), name, false), 2);
  EXPECT_EQ(Prepare(start_ + 2 * period, name, false), 0);
}

TEST_F(TicketKeysTest, ForgetAllAfterALongSilence) {
  Name name{};
  ASSERT_EQ(Prepare(start_, name, true), 1);
  EXPECT_EQ(Prepare(start_ + 2 * TicketKeys::kSealing, name, false), 0);
}

TEST_F(TicketKeysTest, DoNotOpenTheTicketsOfOthers) {
  Name name{};
  EXPECT_EQ(Prepare(start_, name, false), 0);
}

}  // namespace
}  // namespace dragoman::tls
