#include "observe/histogram.h"

#include <gtest/gtest.h>

namespace dragoman::observe {
namespace {

// The definition, at its plainest.
size_t NaiveBucketOf(uint64_t nanoseconds) {
  size_t bucket = 0;
  while (bucket < kBucketBounds.size() && nanoseconds > kBucketBounds[bucket]) ++bucket;
  return bucket;
}

TEST(Histogram, BoundsBelongToTheBucketBelow) {
  for (const uint64_t bound : kBucketBounds) {
    for (const uint64_t near : {bound - 1, bound, bound + 1}) EXPECT_EQ(BucketOf(near), NaiveBucketOf(near)) << near;
  }
}

TEST(Histogram, EveryMagnitudeHasABucket) {
  EXPECT_EQ(BucketOf(0), 0u);
  EXPECT_EQ(BucketOf(UINT64_MAX), kBuckets - 1);
  for (int bits = 0; bits < 64; ++bits) {
    const uint64_t power = uint64_t{1} << bits;
    for (const uint64_t near : {power - 1, power, power + 1}) EXPECT_EQ(BucketOf(near), NaiveBucketOf(near)) << near;
  }
}

TEST(Histogram, AddsUpWhatSeveralThreadsHaveSeen) {
  Histogram first;
  Histogram second;
  first.Observe(std::chrono::microseconds(10));
  first.Observe(std::chrono::milliseconds(3));
  second.Observe(std::chrono::milliseconds(4));
  second.Observe(std::chrono::hours(1));
  HistogramSum sum;
  sum += first;
  sum += second;
  EXPECT_EQ(sum.count(), 4u);
  EXPECT_EQ(sum.buckets[0], 1u);
  EXPECT_EQ(sum.buckets[BucketOf(3'000'000)], 2u);
  EXPECT_EQ(sum.buckets[kBuckets - 1], 1u);
  EXPECT_EQ(sum.nanoseconds, 10'000u + 3'000'000u + 4'000'000u + 3'600'000'000'000u);
}

TEST(Histogram, ANegativeDurationIsZero) {
  Histogram histogram;
  histogram.Observe(std::chrono::seconds(-1));
  histogram.Observe(Duration::min());
  HistogramSum sum;
  sum += histogram;
  EXPECT_EQ(sum.buckets[0], 2u);
  EXPECT_EQ(sum.nanoseconds, 0u);
}

}  // namespace
}  // namespace dragoman::observe
