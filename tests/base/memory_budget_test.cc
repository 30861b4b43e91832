#include "base/memory_budget.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

namespace dragoman {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// One that tries again what it wants whenever it is told to.
class Eater {
 public:
  Eater(MemoryBudget& budget, std::string name, std::vector<std::string>& log)
      : share_(budget), name_(std::move(name)), log_(log) {
    Watch();
  }
  bool Want(size_t more) {
    wanted_ = more;
    return Try();
  }
  void StopWaiting() {
    share_.WatchRoom(nullptr, nullptr);
    waits_ = false;
    Watch();
  }
  MemoryShare& share() { return share_; }

 private:
  void Watch() {
    share_.WatchRoom([](void* self) { static_cast<Eater*>(self)->Try(); }, this);
  }
  bool Try() {
    const bool waited = share_.waiting() || waits_;
    waits_ = !share_.TryGrow(wanted_);
    if (!waits_ && waited) log_.push_back(name_);
    return !waits_;
  }

  MemoryShare share_;
  std::string name_;
  std::vector<std::string>& log_;
  size_t wanted_ = 0;
  bool waits_ = false;
};

class MemoryBudgetTest : public testing::Test {
 protected:
  MemoryBudget budget_{100};
  std::vector<std::string> log_;  // who went on, in this order
};

TEST_F(MemoryBudgetTest, SharesWhatThereIs) {
  Eater a(budget_, "a", log_);
  {
    Eater b(budget_, "b", log_);
    EXPECT_TRUE(a.Want(40));
    EXPECT_TRUE(b.Want(60));
    EXPECT_EQ(budget_.used(), 100u);
  }
  EXPECT_EQ(budget_.used(), 40u);
  a.share().Hold(10);
  EXPECT_EQ(budget_.used(), 10u);
  EXPECT_EQ(a.share().bytes(), 10u);
  EXPECT_EQ(budget_.TakeWaits(), 0u);
}

TEST_F(MemoryBudgetTest, ExceptsTheOldestWhereAllHoldAPart) {
  Eater a(budget_, "a", log_);
  Eater b(budget_, "b", log_);
  Eater c(budget_, "c", log_);
  for (Eater* each : {&a, &b, &c}) EXPECT_TRUE(each->Want(33));
  EXPECT_TRUE(b.Want(50));   // nobody older waits
  EXPECT_FALSE(c.Want(50));  // one is enough
  EXPECT_FALSE(a.Want(50));
  EXPECT_TRUE(b.Want(50));  // to its end
  EXPECT_EQ(budget_.used(), 199u);
  EXPECT_EQ(budget_.TakeWaits(), 2u);
  EXPECT_EQ(budget_.TakeWaits(), 0u);
  b.share().Hold(0);
  EXPECT_THAT(log_, ElementsAre("a"));  // 66 are held: it is the next that is excepted
  EXPECT_EQ(budget_.used(), 116u);
  a.share().Hold(0);
  EXPECT_THAT(log_, ElementsAre("a", "c"));
  EXPECT_EQ(budget_.used(), 83u);
}

TEST_F(MemoryBudgetTest, ServesTheOldestFirstAndLetsNobodyOvertake) {
  Eater big(budget_, "big", log_);
  Eater first(budget_, "first", log_);
  Eater second(budget_, "second", log_);
  Eater third(budget_, "third", log_);
  EXPECT_TRUE(big.Want(120));  // excepted
  EXPECT_FALSE(third.Want(10));
  EXPECT_FALSE(first.Want(60));
  EXPECT_FALSE(second.Want(30));
  big.share().Hold(101);
  EXPECT_THAT(log_, IsEmpty());
  big.share().Hold(50);  // 50 are left: too few for the first, who is excepted
  EXPECT_THAT(log_, ElementsAre("first"));
  EXPECT_FALSE(third.share().TryGrowAtOnce(1));
  big.share().Hold(0);
  EXPECT_THAT(log_, ElementsAre("first", "second", "third"));
  EXPECT_TRUE(big.share().TryGrowAtOnce(0));
  EXPECT_FALSE(big.share().TryGrowAtOnce(1));  // all is taken
}

TEST_F(MemoryBudgetTest, WhoeverLeavesMakesRoom) {
  auto excepted = std::make_unique<Eater>(budget_, "excepted", log_);
  auto waiting = std::make_unique<Eater>(budget_, "waiting", log_);
  Eater last(budget_, "last", log_);
  EXPECT_TRUE(excepted->Want(200));
  EXPECT_FALSE(waiting->Want(500));
  EXPECT_FALSE(last.Want(10));
  waiting.reset();
  EXPECT_THAT(log_, IsEmpty());
  excepted.reset();
  EXPECT_THAT(log_, ElementsAre("last"));
  EXPECT_EQ(budget_.used(), 10u);
}

TEST_F(MemoryBudgetTest, WhoWaitsNoLongerStandsInNobodysWay) {
  Eater a(budget_, "a", log_);
  Eater b(budget_, "b", log_);
  Eater c(budget_, "c", log_);
  EXPECT_TRUE(c.Want(101));
  EXPECT_FALSE(a.Want(1000));
  EXPECT_FALSE(b.Want(10));
  c.share().Hold(95);  // who is told wants still more than there is, and is excepted
  EXPECT_THAT(log_, ElementsAre("a"));
  a.share().Hold(0);
  EXPECT_THAT(log_, ElementsAre("a", "b"));
  EXPECT_EQ(budget_.used(), 105u);
  EXPECT_FALSE(a.Want(1));
  a.StopWaiting();
  EXPECT_FALSE(a.share().waiting());
}

// What is there already counts, so that others wait for it; but it asks nobody.
TEST_F(MemoryBudgetTest, HoldsMoreThanThereIs) {
  Eater a(budget_, "a", log_);
  Eater b(budget_, "b", log_);
  Eater c(budget_, "c", log_);
  a.share().Hold(300);
  EXPECT_EQ(budget_.used(), 300u);
  EXPECT_TRUE(b.Want(10));  // excepted
  EXPECT_FALSE(c.Want(10));
  b.share().Hold(0);  // the exception is free again
  EXPECT_THAT(log_, ElementsAre("c"));
  a.share().Hold(0);
  EXPECT_EQ(budget_.used(), 10u);
}

// What is held is bounded whatever is done: by the budget and what one of them holds.
TEST_F(MemoryBudgetTest, IsNeverExceededByMoreThanOneShare) {
  constexpr size_t kMost = 70;
  uint32_t random = 12345;
  std::vector<std::unique_ptr<Eater>> eaters;
  for (int i = 0; i < 20; ++i) eaters.push_back(std::make_unique<Eater>(budget_, "", log_));
  size_t grown = 0;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 1664525 + 1013904223;
    Eater& eater = *eaters[(random >> 8) % eaters.size()];
    if (random >> 30 == 0) {
      eater.StopWaiting();
      eater.share().Hold(0);
    } else if (!eater.share().waiting() && eater.share().bytes() < kMost) {
      grown += eater.Want(std::min<size_t>((random >> 16) % 40, kMost - eater.share().bytes()));
    }
    ASSERT_LE(budget_.used(), budget_.bytes() + kMost) << i;
  }
  EXPECT_GT(grown, 100u);
  EXPECT_GT(budget_.TakeWaits(), 100u);
}

}  // namespace
}  // namespace dragoman
