#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "observe/tally.h"

namespace dragoman::observe {

// The upper bounds (inclusive) of the buckets of every duration, in nanoseconds: 10 µs … 10 s in steps of 2.5, 2 and 2.
// Above the last there is one bucket more.
inline constexpr std::array<uint64_t, 19> kBucketBounds = {
    10'000,      25'000,        50'000,        100'000,       250'000,       500'000,     1'000'000,
    2'500'000,   5'000'000,     10'000'000,    25'000'000,    50'000'000,    100'000'000, 250'000'000,
    500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};
inline constexpr size_t kBuckets = kBucketBounds.size() + 1;

namespace internal {

// By the number of significant bits of a duration: the first bucket that one of that many bits may belong to. Bounds
// are at least a factor of two apart, so that it is this one or the next.
inline constexpr std::array<uint8_t, 65> kFirstBucket = [] {
  std::array<uint8_t, 65> first{};
  for (size_t bits = 1; bits <= 64; ++bits) {
    const uint64_t least = uint64_t{1} << (bits - 1);
    while (first[bits] < kBucketBounds.size() && kBucketBounds[first[bits]] < least) ++first[bits];
  }
  return first;
}();

inline constexpr std::array<uint64_t, kBuckets> kBoundOfBucket = [] {
  std::array<uint64_t, kBuckets> bounds{};
  for (size_t i = 0; i < kBucketBounds.size(); ++i) bounds[i] = kBucketBounds[i];
  bounds[kBuckets - 1] = UINT64_MAX;
  return bounds;
}();

static_assert([] {
  for (size_t i = 1; i < kBucketBounds.size(); ++i) {
    if (kBucketBounds[i] < 2 * kBucketBounds[i - 1]) return false;
  }
  return true;
}());

}  // namespace internal

// Which bucket a duration of so many nanoseconds belongs to.
constexpr size_t BucketOf(uint64_t nanoseconds) {
  const size_t first = internal::kFirstBucket[static_cast<size_t>(std::bit_width(nanoseconds))];
  return first + (nanoseconds > internal::kBoundOfBucket[first] ? 1 : 0);
}

// How long things took, as one thread counts them and any may read.
class Histogram {
 public:
  // A negative duration counts as zero.
  void Observe(Duration duration) {
    const auto nanoseconds = static_cast<uint64_t>(
        std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count()));
    buckets_[BucketOf(nanoseconds)].Add(1);
    nanoseconds_.Add(nanoseconds);
  }
  const std::array<Tally, kBuckets>& buckets() const { return buckets_; }
  // Of all durations together; begins anew after 584 years.
  uint64_t nanoseconds() const { return nanoseconds_.Get(); }

 private:
  std::array<Tally, kBuckets> buckets_;
  Tally nanoseconds_;
};

// The histograms of several threads, added up.
struct HistogramSum {
  std::array<uint64_t, kBuckets> buckets{};  // each alone, not those below it too
  uint64_t nanoseconds = 0;

  HistogramSum& operator+=(const Histogram& one) {
    for (size_t i = 0; i < kBuckets; ++i) buckets[i] += one.buckets()[i].Get();
    nanoseconds += one.nanoseconds();
    return *this;
  }
  HistogramSum& operator+=(const HistogramSum& other) {
    for (size_t i = 0; i < kBuckets; ++i) buckets[i] += other.buckets[i];
    nanoseconds += other.nanoseconds;
    return *this;
  }
  uint64_t count() const {
    uint64_t all = 0;
    for (const uint64_t bucket : buckets) all += bucket;
    return all;
  }
};

}  // namespace dragoman::observe
