#include "rate_limit/bucket_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace dragoman::rate_limit {
namespace {

constexpr Ticks kNow = Ticks{1} << 50;
constexpr Ticks kLater = kNow + 1000;
const Hash128 kSecret{.high = 3, .low = 4};

Hash128 Key(uint64_t number) { return SipHash(kSecret, {reinterpret_cast<const char*>(&number), sizeof number}); }

// Gives the key's bucket a state, adding it first where it has none.
void Put(BucketTable& table, const Hash128& key, Ticks state, Ticks now = kNow) {
  for (;;) {
    const Bucket bucket = table.FindOrAdd(key, now);
    Ticks before = 0;
    if (bucket.Load(before) && bucket.Exchange(before, state)) return;
  }
}

// 0: there is none.
Ticks StateOf(const BucketTable& table, const Hash128& key) {
  const Bucket bucket = table.Find(key);
  Ticks state = 0;
  return !bucket.none() && bucket.Load(state) ? state : 0;
}

TEST(BucketTable, ForgetsNothingThatIsLive) {
  BucketTable table(16);
  EXPECT_TRUE(table.Find(Key(1)).none());
  Put(table, Key(1), kLater);
  Put(table, Key(2), kLater + 1);
  EXPECT_EQ(StateOf(table, Key(1)), kLater);
  EXPECT_EQ(StateOf(table, Key(2)), kLater + 1);
  EXPECT_TRUE(table.Find(Key(3)).none());
  EXPECT_EQ(table.added(), 2u);
}

TEST(BucketTable, ANewBucketBeginsLongAgoWithAStateOfItsOwn) {
  BucketTable table(16);
  Ticks one = 0;
  Ticks other = 0;
  EXPECT_TRUE(table.FindOrAdd(Key(1), kNow).Load(one));
  EXPECT_TRUE(table.FindOrAdd(Key(2), kNow).Load(other));
  EXPECT_LT(one, 100u);
  EXPECT_LT(other, 100u);
  EXPECT_NE(one, other);
}

TEST(BucketTable, PlacesOfBucketsThatAreAsNewAreUsedAgain) {
  BucketTable table(8);  // one set
  for (uint64_t i = 0; i < 100'000; ++i) Put(table, Key(i), kNow + i + 1, kNow + i);
  EXPECT_EQ(table.evicted(), 0u);
  EXPECT_EQ(table.added(), 100'000u);
}

TEST(BucketTable, ABucketWhosePlaceIsAnothersByNowCannotBeCharged) {
  BucketTable table(8);
  Put(table, Key(1), kNow);
  const Bucket old = table.Find(Key(1));
  Ticks seen = 0;
  ASSERT_TRUE(old.Load(seen));
  // As new by kLater: the keys to come use every place of the set.
  for (uint64_t i = 2; i < 200; ++i) Put(table, Key(i), kLater + i, kLater);
  EXPECT_FALSE(old.Exchange(seen, kLater + 5));
  EXPECT_FALSE(old.Load(seen));
  EXPECT_TRUE(table.Find(Key(1)).none());
}

TEST(BucketTable, InAFullSetTheBucketNearestToBeingAsNewMakesRoom) {
  BucketTable table(8);  // 32 places
  for (uint64_t i = 0; i < 32; ++i) Put(table, Key(i), kLater + i);
  EXPECT_EQ(table.evicted(), 0u);
  Put(table, Key(100), kLater + 100);
  EXPECT_EQ(table.evicted(), 1u);
  EXPECT_TRUE(table.Find(Key(0)).none());
  for (uint64_t i = 1; i < 32; ++i) EXPECT_EQ(StateOf(table, Key(i)), kLater + i);
  EXPECT_EQ(StateOf(table, Key(100)), kLater + 100);
}

TEST(BucketTable, HoldsTheBucketsThatItIsMadeForAtOnce) {
  constexpr uint64_t kBuckets = BucketTable::kDefaultBuckets;
  BucketTable table;
  for (uint64_t i = 0; i < kBuckets; ++i) Put(table, Key(i), kLater + i);
  EXPECT_EQ(table.evicted(), 0u);
  uint64_t lost = 0;
  for (uint64_t i = 0; i < kBuckets; ++i) lost += StateOf(table, Key(i)) != kLater + i;
  EXPECT_EQ(lost, 0u);
  EXPECT_LE(table.bytes() / kBuckets, 100u);
}

TEST(BucketTable, MillionsOfKeysTakeNoMoreMemoryAndCostWhoTookMuchNothing) {
  BucketTable table(1 << 10);
  const size_t bytes = table.bytes();
  for (uint64_t i = 0; i < 100; ++i) Put(table, Key(i), kLater + 1'000'000);
  for (uint64_t i = 1000; i < 2'000'000; ++i) Put(table, Key(i), kLater + i % 1000);
  EXPECT_EQ(table.bytes(), bytes);
  EXPECT_GT(table.evicted(), 1'900'000u);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(StateOf(table, Key(i)), kLater + 1'000'000);
}

// A counter in each bucket, raised by several threads while the sets are full of them.
TEST(BucketTable, ThreadsThatAddAndChargeTheSameBucketsLoseNothing) {
  constexpr uint64_t kKeys = 2000;
  constexpr int kThreads = 4;
  constexpr int kRounds = 20;
  BucketTable table(kKeys);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&table, thread] {
      for (int round = 0; round < kRounds; ++round) {
        for (uint64_t i = 0; i < kKeys; ++i) {
          const Hash128 key = Key((i * 7 + static_cast<uint64_t>(thread) * 11) % kKeys);
          for (;;) {
            const Bucket bucket = table.FindOrAdd(key, kNow);
            Ticks state = 0;
            if (bucket.Load(state) && bucket.Exchange(state, std::max(state, kNow) + 1)) break;
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t i = 0; i < kKeys; ++i) EXPECT_EQ(StateOf(table, Key(i)), kNow + kThreads * kRounds);
  // A bucket that has been added is as new until it is charged: another key may get its place between the two, and it is
  // added again.
  EXPECT_GE(table.added(), kKeys);
  EXPECT_EQ(table.evicted(), 0u);
}

// Places change hands all the time; whoever succeeds in charging must have charged the key that it meant. Each key's
// states are of a range of their own.
TEST(BucketTable, ThreadsNeverChargeAnotherKeysBucketWhilePlacesChangeHands) {
  constexpr uint64_t kKeys = 200;
  BucketTable table(8);  // 32 places: nearly every addition evicts
  std::vector<std::thread> threads;
  std::atomic<uint64_t> strangers{0};
  const auto base = [](uint64_t key) { return kNow + (key << 32); };
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (uint64_t i = 0; i < 50'000; ++i) {
        const uint64_t key = (i * 13 + static_cast<uint64_t>(thread)) % kKeys;
        const Bucket bucket = table.FindOrAdd(Key(key), kNow);
        Ticks state = 0;
        if (!bucket.Load(state)) continue;
        if (state > kNow && (state < base(key) || state >= base(key + 1))) ++strangers;
        (void)bucket.Exchange(state, std::max(state, base(key)) + 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(strangers, 0u);
  EXPECT_GT(table.evicted(), 0u);
}

}  // namespace
}  // namespace dragoman::rate_limit
