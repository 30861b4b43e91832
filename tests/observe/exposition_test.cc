#include "tests/observe/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dragoman::observe {
namespace {

using testing::IsEmpty;

// The reader is what the other tests trust in: it has to see what is wrong.
TEST(Exposition, SeesWhatIsWrong) {
  struct Case {
    const char* name;
    std::string page;
    const char* fault;
  };
  const std::string gauge = "# HELP g Help.\n# TYPE g gauge\n";
  const std::string histogram = "# HELP h Help.\n# TYPE h histogram\n";
  const Case cases[] = {
      {"no end of line", gauge + "g 1", ": the last line has no end"},
      {"no family", "g 1\n", "g 1: not of the family in front of it"},
      {"torn apart", gauge + "g 1\n# HELP f Help.\n# TYPE f gauge\nf 1\ng{a=\"b\"} 1\n",
       "g{a=\"b\"} 1: not of the family in front of it"},
      {"a second help", gauge + "g 1\n# HELP g Help.\n# TYPE g gauge\n", "# HELP g Help.: a second HELP"},
      {"a series twice", gauge + "g{a=\"1\",b=\"2\"} 1\ng{b=\"2\",a=\"1\"} 1\n",
       "g{b=\"2\",a=\"1\"} 1: a series twice"},
      {"quote", gauge + "g{a=\"b\"c\"} 1\n", "g{a=\"b\"c\"} 1: expected , or }"},
      {"escape", gauge + "g{a=\"\\t\"} 1\n", "g{a=\"\\t\"} 1: an unknown escape"},
      {"number", gauge + "g 0x1\n", "g 0x1: no number"},
      {"type", "# HELP g Help.\n# TYPE g graph\ng 1\n", "# TYPE g graph: an unknown type"},
      {"counter's name", "# HELP g Help.\n# TYPE g counter\ng 1\n", "g: counters, and nothing else, end in _total"},
      {"counter's value", "# HELP g_total Help.\n# TYPE g_total counter\ng_total -1\n",
       "g_total: a counter below zero"},
      {"bytes", gauge + "g{a=\"\xff\"} 1\n", ": the page is no UTF-8"},
      {"bounds",
       histogram + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
       "h: bounds that do not grow"},
      {"shrinks", histogram + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
       "h: a bucket that is smaller than the one before"},
      {"no +Inf", histogram + "h_bucket{le=\"1\"} 2\nh_sum 1\n", "h: no bucket for +Inf"},
      {"count", histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n", "h: the count is not the bucket of +Inf"},
      {"no sum", histogram + "h_bucket{le=\"+Inf\"} 1\nh_count 1\n", "h: no sum"},
      {"no count", histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\n", "h: no count"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    EXPECT_THAT(ReadExposition(each.page).faults, testing::Contains(each.fault));
  }
  EXPECT_THAT(
      ReadExposition(histogram + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 0.5\nh_count 1\n").faults,
      IsEmpty());
}

}  // namespace
}  // namespace dragoman::observe
