#include "base/block_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace dragoman {
namespace {

TEST(BlockPool, GivesStorageOfAnySize) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{64}, size_t{65}, BlockPool::kLargest, BlockPool::kLargest + 1, size_t{1} << 20}) {
    void* block = BlockPool::Take(size);
    ASSERT_NE(block, nullptr);
    std::memset(block, 0x5a, size);
    BlockPool::GiveBack(block, size);
  }
}

#ifndef __SANITIZE_ADDRESS__
TEST(BlockPool, ServesTheNextOneOfTheSizeWithWhatWasGivenBack) {
  void* block = BlockPool::Take(200);
  BlockPool::GiveBack(block, 200);
  EXPECT_EQ(BlockPool::Take(193), block);  // the same multiple of kStep
  void* other = BlockPool::Take(193);
  EXPECT_NE(other, block);
  BlockPool::GiveBack(block, 193);
  BlockPool::GiveBack(other, 193);
}

TEST(BlockPool, KeepsABoundedNumberOfBytes) {
  // On a thread of its own, whose pool is empty.
  std::thread([] {
    constexpr size_t kMost = BlockPool::kKeptBytes / 1024;
    std::vector<void*> blocks;
    for (size_t i = 0; i < 2 * kMost; ++i) blocks.push_back(BlockPool::Take(1000));
    for (void* block : blocks) BlockPool::GiveBack(block, 1000);
    const std::set<void*> kept(blocks.begin(), blocks.begin() + kMost);
    std::vector<void*> again;
    for (size_t i = 0; i < kMost; ++i) {
      again.push_back(BlockPool::Take(1000));
      EXPECT_TRUE(kept.contains(again.back()));
    }
    for (void* block : again) BlockPool::GiveBack(block, 1000);
  }).join();
}
TEST(BlockPool, TakesBackWhatAnotherThreadTook) {
  void* block = BlockPool::Take(300);
  void* again = nullptr;
  std::thread other([&] {
    BlockPool::GiveBack(block, 300);
    again = BlockPool::Take(300);
    BlockPool::GiveBack(again, 300);
  });
  other.join();
  EXPECT_EQ(again, block);
}
#endif

}  // namespace
}  // namespace dragoman
