#include "upstream/request_metadata.h"

#include <gtest/gtest.h>

namespace dragoman::upstream {
namespace {

TEST(IndexingOf, KeepsSecretsAndWhatIsAnotherForEachCallOut) {
  EXPECT_EQ(IndexingOf("user-agent"), Indexing::kAlways);
  EXPECT_EQ(IndexingOf("x-forwarded-for"), Indexing::kAlways);
  EXPECT_EQ(IndexingOf("grpc-timeout"), Indexing::kRepeats);
  EXPECT_EQ(IndexingOf("x-request-id"), Indexing::kRepeats);
  EXPECT_EQ(IndexingOf("authorization"), Indexing::kNever);
  EXPECT_EQ(IndexingOf("idempotency-key"), Indexing::kNever);
}

TEST(SentValues, BelongIntoTheTableForTheirNameAndOnceTheyAreSentOften) {
  SentValues sent;
  EXPECT_TRUE(sent.Repeats("x-request-id", "a")) << "the name is not there yet";
  for (int i = 1; i < SentValues::kOften; ++i) EXPECT_FALSE(sent.Repeats("x-request-id", "a")) << i;
  EXPECT_TRUE(sent.Repeats("x-request-id", "a"));
  EXPECT_TRUE(sent.Repeats("x-request-id", "a"));
  EXPECT_FALSE(sent.Repeats("x-request-id", "b")) << "another begins anew";
  EXPECT_FALSE(sent.Repeats("x-request-id", "a"));
  EXPECT_TRUE(sent.Repeats("grpc-timeout", "15000m")) << "names do not mix";
}

}  // namespace
}  // namespace dragoman::upstream
