#include "config/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_text.h"

namespace dragoman::config {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Draft DraftOf(const std::string& text) {
  auto read = ReadText("d.yaml", text);
  if (read) ADD_FAILURE() << "there is nothing wrong with " << text;
  return read ? Draft({"", ""}) : std::move(read.error());
}

TEST(Draft, HasWhatCouldBeRead) {
  const Draft draft = DraftOf(With("workers: many\nlimits: {max_body_bytes: 1KiB, max_json_depth: deep}\n"));
  EXPECT_THAT(draft.problems, SizeIs(2));
  EXPECT_EQ(draft.config.limits.max_body_bytes, 1024u);
  EXPECT_EQ(draft.config.limits.max_json_depth, Limits().max_json_depth);
  EXPECT_THAT(draft.config.backends, SizeIs(1));
}

TEST(Draft, OfNoConfigurationAtAllHasNothing) {
  for (const char* text : {"", "{", "a: *b"}) {
    const Draft draft = DraftOf(text);
    EXPECT_THAT(draft.problems, SizeIs(1)) << text;
    EXPECT_THAT(draft.config.descriptors, IsEmpty()) << text;
    EXPECT_THAT(draft.config.backends, IsEmpty()) << text;
  }
}

TEST(Draft, TellsWhatIsWrong) {
  const Draft draft = DraftOf(With("listeners: [{address: nowhere}]\nlog: {level: warn}"));
  EXPECT_TRUE(draft.IsWrong("listeners"));
  EXPECT_FALSE(draft.IsWrong("log"));
  EXPECT_FALSE(draft.IsWrong("backends"));  // after it
  EXPECT_FALSE(draft.IsWrong("services"));  // before it
  EXPECT_FALSE(draft.IsWrong("policies"));  // not there
}

TEST(Draft, LeavesOutWhatIsWrong) {
  Draft draft = DraftOf(With("rate_limits: {fast: {limits: [{rate: 1/s}], shared: maybe}}\npolicies: [{methods: [\"*\"], rate_limits: [fast]}]\n"
                             "guard: {brute_force: {failures: 3}}\nlisteners: [{address: nowhere}]\n"));
  draft.LeaveOutWhatIsWrong();
  EXPECT_THAT(draft.config.rate_limits, IsEmpty());
  EXPECT_THAT(draft.config.policies, IsEmpty()) << "they would speak of what is gone";
  EXPECT_TRUE(draft.config.guard);
  EXPECT_THAT(draft.config.listeners, SizeIs(1));
}

TEST(Draft, MissesWhatIsRequired) {
  const Draft draft = DraftOf("descriptors: [{file: a.pb}]\nhttp_rules: [{selector: a.B.C, get: /c}]\n");
  EXPECT_FALSE(draft.IsWrong("descriptors"));
  EXPECT_FALSE(draft.IsCertain({"d.yaml:2:14", "there is no method a.B.C"}));
  EXPECT_TRUE(draft.IsCertain({"d.yaml:1:15", "a.pb cannot be read"}));
}

TEST(Draft, IsCertainOfWhatIsSound) {
  const std::string text = With("authentication: {jwt: [{name: one}]}\n"
                                "policies: [{methods: [\"*\"], authenticate: public}]\n"
                                "rate_limits: {fast: {limits: [{rate: 1/s}]}}\n");
  const Draft draft = DraftOf(text);
  EXPECT_FALSE(draft.IsCertain({"d.yaml:3:18", "a key cannot be read"})) << "it stands where something is wrong";
  EXPECT_FALSE(draft.IsCertain({"d.yaml:4:12", "there is no such scheme"})) << "it may speak of what could not be read";
  EXPECT_TRUE(draft.IsCertain({"d.yaml:5:14", "too fast"}));
  EXPECT_TRUE(draft.IsCertain({"d.yaml:2:12", "there is no such service"}));
  EXPECT_TRUE(draft.IsCertain({"a.proto:7:3", "no field \"id\""}));
  EXPECT_TRUE(draft.IsCertain({"a.pb", "cannot be read"}));
}

TEST(Draft, IsNotCertainOfWhatARuleMayReplace) {
  const Draft draft = DraftOf(With("http_rules: [{selector: a.B.C}]\n"));
  EXPECT_FALSE(draft.IsCertain({"a.proto:7:3", "no field \"id\""}));
}

TEST(Draft, TakesAnUnknownKeyForAnyThatIsMissing) {
  const Draft draft = DraftOf(With("compositon: []\npolicies: [{methods: [\"compositions/home\"], timeout: 1s}]\n"));
  EXPECT_FALSE(draft.IsCertain({"d.yaml:4:12", "nothing of that name is served"}));
  EXPECT_TRUE(draft.IsCertain({"d.yaml:2:12", "there is no such service"}));
}

}  // namespace
}  // namespace dragoman::config
