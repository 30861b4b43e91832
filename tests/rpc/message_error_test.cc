#include "rpc/message_error.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace dragoman::rpc {
namespace {

TEST(MessageErrorTest, NamesTheMessage) {
  EXPECT_EQ(MessageError("element", 3, Status(Reason::kInvalidField, "line 3, column 8: no")).message(),
            "element 3: line 3, column 8: no");
}

TEST(MessageErrorTest, KeepsAllElse) {
  const Status no = Status(Reason::kQuotaExceeded, "too much")
                        .WithHttpStatus(430)
                        .WithRule("budget")
                        .WithHeader("retry-after", "7")
                        .WithFact("part", "charge")
                        .With({"cost", "is 30"});
  const Status worded = MessageError("message", 12, no);
  EXPECT_EQ(worded.message(), "message 12: too much");
  EXPECT_EQ(worded.reason(), Reason::kQuotaExceeded);
  EXPECT_EQ(worded.code(), no.code());
  EXPECT_EQ(worded.http_status(), 430);
  EXPECT_EQ(worded.rule(), "budget");
  EXPECT_EQ(worded.headers(), no.headers());
  EXPECT_EQ(worded.facts(), no.facts());
  ASSERT_EQ(worded.violations().size(), 1u);
  EXPECT_EQ(worded.violations()[0].field, "cost");
}

TEST(MessageErrorTest, OfACodeWithoutAReasonHasNone) {
  const Status worded = MessageError("element", 1, Status(Code::kInternal, "broken"));
  EXPECT_EQ(worded.reason(), Reason::kNone);
  EXPECT_EQ(worded.code(), Code::kInternal);
  EXPECT_EQ(worded.http_status(), 500);
  EXPECT_EQ(worded.message(), "element 1: broken");
}

}  // namespace
}  // namespace dragoman::rpc
