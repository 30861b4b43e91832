#include "composition/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace dragoman::composition {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

CallSet Sets(std::initializer_list<size_t> calls) {
  CallSet set = 0;
  for (const size_t call : calls) set |= SetOf(call);
  return set;
}

TEST(FindCycle, TellsTheWayRound) {
  EXPECT_THAT(FindCycle({}), IsEmpty());
  EXPECT_THAT(FindCycle(std::vector<GraphNode>{{Sets({0}), {}}}), ElementsAre(0, 0));
  EXPECT_THAT(FindCycle(std::vector<GraphNode>{{Sets({1}), {}}, {Sets({2}), {}}, {Sets({0}), {}}}), ElementsAre(0, 1, 2, 0));
  // 0 leads into it, but is not in it.
  EXPECT_THAT(FindCycle(std::vector<GraphNode>{{Sets({1}), {}}, {Sets({2}), {}}, {Sets({1}), {}}}), ElementsAre(1, 2, 1));
  // Two ways to one place are none.
  EXPECT_THAT(FindCycle(std::vector<GraphNode>{{Sets({1, 2}), {}}, {Sets({3}), {}}, {Sets({3}), {}}, {}}), IsEmpty());
}

TEST(FindCycle, FindsOneInRandomGraphsWhereThereIsOne) {
  std::mt19937 random(6);
  for (int round = 0; round < 2000; ++round) {
    std::vector<GraphNode> calls(1 + random() % 8);
    for (GraphNode& call : calls) {
      for (size_t other = 0; other < calls.size(); ++other) {
        if (random() % 5 == 0) call.inputs |= SetOf(other);
      }
    }
    // There is none where the calls can be taken away one by one.
    CallSet done = 0;
    for (size_t i = 0; i < calls.size(); ++i) {
      for (size_t call = 0; call < calls.size(); ++call) {
        if ((calls[call].inputs & ~done) == 0) done |= SetOf(call);
      }
    }
    const std::vector<size_t> cycle = FindCycle(calls);
    ASSERT_EQ(cycle.empty(), done == (CallSet{1} << calls.size()) - 1) << round;
    for (size_t i = 0; i + 1 < cycle.size(); ++i) ASSERT_NE(calls[cycle[i]].inputs & SetOf(cycle[i + 1]), 0u);
    ASSERT_TRUE(cycle.empty() || cycle.front() == cycle.back());
  }
}

TEST(FindCriticalPath, IsTheOneWithTheMostTime) {
  const std::vector<GraphNode> calls = {
      {0, milliseconds(100)}, {Sets({0}), milliseconds(50)}, {Sets({0}), milliseconds(70)}, {Sets({1, 2}), {}}, {0, milliseconds(160)}};
  CriticalPath path = FindCriticalPath(calls);
  EXPECT_THAT(path.calls, ElementsAre(0, 2, 3));
  EXPECT_EQ(path.timeouts, milliseconds(170));
  EXPECT_FALSE(path.bounded);
}

TEST(FindCriticalPath, IsTheLongestWhereNoneHasATimeOut) {
  // The order in which they are written says nothing.
  const CriticalPath path = FindCriticalPath(std::vector<GraphNode>{{Sets({2}), {}}, {}, {Sets({1}), {}}});
  EXPECT_THAT(path.calls, ElementsAre(1, 2, 0));
  EXPECT_EQ(path.timeouts, Duration::zero());
  EXPECT_FALSE(path.bounded);
  EXPECT_TRUE(FindCriticalPath(std::vector<GraphNode>{{0, milliseconds(5)}}).bounded);
}

}  // namespace
}  // namespace dragoman::composition
