#include "guard/known_good.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

// Hashes as the guard's are: the high bits tell them apart, the low ones place them.
uint64_t Hash(uint64_t n, uint64_t place = 0) { return (n + 1) << 32 | place; }

class KnownGoodTest : public testing::Test {
 protected:
  void Note(uint64_t pair, uint64_t address, TimePoint now) {
    known_.Note(pair, now, [address] { return address; });
  }
  Counters counters_;
  KnownGood known_{16, counters_};
  const TimePoint now_{24h};
};

TEST_F(KnownGoodTest, KnowsAPairAndItsAddressForAWeek) {
  EXPECT_FALSE(known_.Knows(Hash(1), now_));
  Note(Hash(1), Hash(2, 1), now_);
  EXPECT_TRUE(known_.Knows(Hash(1), now_));
  EXPECT_TRUE(known_.Knows(Hash(2, 1), now_));
  EXPECT_FALSE(known_.Knows(Hash(3), now_));
  EXPECT_TRUE(known_.Knows(Hash(1), now_ + KnownGood::kGoodFor - KnownGood::kGrain));
  EXPECT_FALSE(known_.Knows(Hash(1), now_ + KnownGood::kGoodFor + 2 * KnownGood::kGrain));
  Note(Hash(1), Hash(2, 1), now_ + 100h);
  EXPECT_TRUE(known_.Knows(Hash(1), now_ + 200h));
}

TEST_F(KnownGoodTest, ClocksOfWorkersMayBeATurnApart) {
  Note(Hash(1), Hash(2), now_);
  EXPECT_TRUE(known_.Knows(Hash(1), now_ - KnownGood::kGrain));
}

TEST_F(KnownGoodTest, ForgetsWhoWasSeenLeastRecently) {
  for (uint64_t i = 0; i < 8; ++i) Note(Hash(i), Hash(100 + i, 1), now_ + i * KnownGood::kGrain);
  EXPECT_EQ(counters_.evicted_known_good, 0u);
  Note(Hash(0), Hash(100, 1), now_ + 9 * KnownGood::kGrain);
  Note(Hash(8), Hash(108, 2), now_ + 10 * KnownGood::kGrain);
  EXPECT_EQ(counters_.evicted_known_good, 1u);
  EXPECT_TRUE(known_.Knows(Hash(0), now_ + 10 * KnownGood::kGrain));
  EXPECT_FALSE(known_.Knows(Hash(1), now_ + 10 * KnownGood::kGrain));
  EXPECT_TRUE(known_.Knows(Hash(8), now_ + 10 * KnownGood::kGrain));
}

}  // namespace
}  // namespace dragoman::guard
