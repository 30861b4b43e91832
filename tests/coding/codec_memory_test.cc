#include "coding/codec_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

namespace dragoman::coding {
namespace {

using Account = CodecMemory::Account;
using Lifetime = CodecMemory::Lifetime;

constexpr size_t kMiB = 1 << 20;

TEST(CodecMemory, CountsWhatIsTaken) {
  Account account(Lifetime::kLonger);
  EXPECT_TRUE(account.granted());
  EXPECT_EQ(CodecMemory::InUse(), 0u);
  void* const small = CodecMemory::Take(&account, 10);
  void* const large = CodecMemory::Take(&account, 300'000);
  std::memset(small, 1, 10);
  std::memset(large, 1, 300'000);
  EXPECT_GE(CodecMemory::InUse(), 300'010u);
  EXPECT_LE(CodecMemory::InUse(), 360'000u);
  EXPECT_EQ(account.taken(), CodecMemory::InUse());
  CodecMemory::GiveBack(&account, small);
  CodecMemory::GiveBack(&account, large);
  CodecMemory::GiveBack(&account, nullptr);
  EXPECT_EQ(account.taken(), 0u);
}

TEST(CodecMemory, IsGivenBackWithTheAccount) {
  {
    Account account(Lifetime::kLonger, kMiB);
    EXPECT_EQ(CodecMemory::InUse(), kMiB);
    void* const block = CodecMemory::Take(&account, 1000);
    EXPECT_EQ(CodecMemory::InUse(), kMiB) << "it was promised";
    CodecMemory::GiveBack(&account, block);
  }
  EXPECT_EQ(CodecMemory::InUse(), 0u);
}

#ifndef __SANITIZE_ADDRESS__  // which keeps nothing
TEST(CodecMemory, ServesTheNextWithWhatTheLastLeft) {
  Account account(Lifetime::kTurn);
  void* const block = CodecMemory::Take(&account, 100'000);
  CodecMemory::GiveBack(&account, block);
  void* const again = CodecMemory::Take(&account, 99'000);
  EXPECT_EQ(again, block);
  CodecMemory::GiveBack(&account, again);
}
#endif

TEST(CodecMemory, IsRefusedToTheOneAfterTheLast) {
  std::vector<std::unique_ptr<Account>> accounts;
  while (accounts.size() < CodecMemory::kMostBytes / kMiB) {
    accounts.push_back(std::make_unique<Account>(Lifetime::kLonger, kMiB));
    ASSERT_TRUE(accounts.back()->granted());
  }
  EXPECT_FALSE(Account(Lifetime::kLonger, 1).granted());
  Account poor(Lifetime::kLonger);
  EXPECT_TRUE(poor.granted());
  EXPECT_EQ(CodecMemory::Take(&poor, 1), nullptr);
  EXPECT_EQ(CodecMemory::Take(&poor, SIZE_MAX), nullptr);
  EXPECT_TRUE(Account(Lifetime::kTurn, CodecMemory::kForTurnBytes).granted())
      << "what ends within the turn has room of its own";
  EXPECT_FALSE(Account(Lifetime::kTurn, CodecMemory::kForTurnBytes + 1).granted());
  accounts.pop_back();
  void* const block = CodecMemory::Take(&poor, 1000);
  EXPECT_NE(block, nullptr);
  CodecMemory::GiveBack(&poor, block);
}

TEST(CodecMemory, KeepsHalfOfItFromTheLarge) {
  std::vector<std::unique_ptr<Account>> large;
  for (int i = 0; i < 2; ++i) large.push_back(std::make_unique<Account>(Lifetime::kLonger, 16 * kMiB));
  EXPECT_TRUE(large.back()->granted());
  EXPECT_FALSE(Account(Lifetime::kLonger, 3 * kMiB).granted());
  EXPECT_TRUE(Account(Lifetime::kLonger, kMiB).granted());
}

}  // namespace
}  // namespace dragoman::coding
