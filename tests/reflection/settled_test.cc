#include "reflection/settled.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman::reflection {
namespace {

using What = Settled::Verdict::What;

// A round in short: each letter is an address and the schema that it describes, "-" one that does not answer.
Round Said(std::string_view letters, bool everybody = true) {
  Round round{.voices = {}, .everybody = everybody};
  for (size_t i = 0; i < letters.size(); ++i) {
    Round::Voice& voice = round.voices.emplace_back();
    voice.address = "10.0.0." + std::to_string(i + 1) + ":1";
    if (letters[i] == '-') {
      voice.why = "backend \"shop\": cannot connect to " + voice.address + ": Connection refused";
    } else {
      voice.descriptors = std::make_shared<const Descriptors>(Descriptors{.fingerprint = std::string(32, letters[i])});
    }
  }
  return round;
}

char Latest(const Settled& settled) { return settled.latest() ? settled.latest()->fingerprint[0] : '-'; }

TEST(Settled, Decides) {
  struct Step {
    const char* said;
    What what;
    char latest;
  };
  struct Case {
    const char* name;
    std::vector<Step> steps;
  };
  const Case cases[] = {
      {"one address", {{"-", What::kNobody, '-'}, {"a", What::kTaken, 'a'}, {"a", What::kSame, 'a'}, {"-", What::kNobody, 'a'}, {"b", What::kTaken, 'b'}}},
      {"a rolling update, and back",
       {{"aaa", What::kTaken, 'a'}, {"baa", What::kDiffers, 'a'}, {"bba", What::kDiffers, 'a'}, {"bbb", What::kTaken, 'b'},
        {"bab", What::kDiffers, 'b'}, {"aaa", What::kTaken, 'a'}}},
      {"an update in which addresses are away",
       {{"aa", What::kTaken, 'a'}, {"-a", What::kSame, 'a'}, {"ba", What::kDiffers, 'a'}, {"b-", What::kAwaited, 'a'}, {"bb", What::kTaken, 'b'}}},
      {"two builds of which now one and now the other is away",
       {{"ab", What::kTaken, 'a'}, {"-b", What::kAwaited, 'a'}, {"a-", What::kSame, 'a'}, {"-b", What::kAwaited, 'a'}, {"-b", What::kAwaited, 'a'},
        {"ab", What::kDiffers, 'a'}, {"-b", What::kAwaited, 'a'}, {"--", What::kNobody, 'a'}, {"-b", What::kAwaited, 'a'}, {"-b", What::kTaken, 'b'},
        {"ab", What::kDiffers, 'b'}}},
      {"another new one in between starts to count anew",
       {{"aa", What::kTaken, 'a'}, {"b-", What::kAwaited, 'a'}, {"b-", What::kAwaited, 'a'}, {"c-", What::kAwaited, 'a'}, {"b-", What::kAwaited, 'a'},
        {"b-", What::kAwaited, 'a'}, {"b-", What::kTaken, 'b'}}},
      {"at first most count, of equals the smallest", {{"abb", What::kTaken, 'b'}, {"abb", What::kDiffers, 'b'}}},
      {"at first, equals", {{"cb", What::kTaken, 'b'}}},
      {"nobody gives any more what counted", {{"a", What::kTaken, 'a'}, {"bcc", What::kTaken, 'c'}, {"bbc", What::kDiffers, 'c'}}},
      {"no address", {{"", What::kNobody, '-'}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Settled settled;
    for (size_t i = 0; i < c.steps.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_EQ(settled.Judge(Said(c.steps[i].said)).what, c.steps[i].what);
      EXPECT_EQ(Latest(settled), c.steps[i].latest);
    }
  }
}

TEST(Settled, AwaitsAgreementWhereNotEverybodyWasAsked) {
  Settled settled;
  EXPECT_EQ(settled.Judge(Said("aa", false)).what, What::kTaken);
  EXPECT_EQ(settled.Judge(Said("bb", false)).what, What::kAwaited);
  EXPECT_EQ(settled.Judge(Said("bb", false)).what, What::kAwaited);
  EXPECT_EQ(settled.Judge(Said("bb", false)).what, What::kTaken);
}

TEST(Settled, TellsEachStateOnce) {
  Settled settled;
  EXPECT_TRUE(settled.Judge(Said("--")).news);
  EXPECT_FALSE(settled.Judge(Said("--")).news);
  EXPECT_TRUE(settled.Judge(Said("aa")).news);
  EXPECT_TRUE(settled.Judge(Said("aa")).news) << "that nothing changes any more";
  EXPECT_FALSE(settled.Judge(Said("aa")).news);
  EXPECT_TRUE(settled.Judge(Said("ab")).news);
  EXPECT_FALSE(settled.Judge(Said("ba")).news);
  EXPECT_TRUE(settled.Judge(Said("bb")).news);
}

TEST(Settled, NamesTheAddresses) {
  Settled settled;
  EXPECT_EQ(settled.Judge(Said("--")).why, "backend \"shop\": cannot connect to 10.0.0.1:1: Connection refused");
  EXPECT_EQ(settled.Judge(Said("")).why, "it has no address");
  EXPECT_EQ(settled.Judge(Said("ab")).why,
            "its addresses describe 2 different schemas: 10.0.0.1:1 one (aaaaaaaa); 10.0.0.2:1 another (bbbbbbbb); that of most counts");
  EXPECT_EQ(settled.Judge(Said("bbbaaaaa")).why,
            "its addresses describe 2 different schemas: 10.0.0.4:1, 10.0.0.5:1, 10.0.0.6:1 and 2 more one (aaaaaaaa); "
            "10.0.0.1:1, 10.0.0.2:1, 10.0.0.3:1 another (bbbbbbbb); what was known stays until they agree");
  EXPECT_EQ(settled.Judge(Said("b-")).why,
            "10.0.0.1:1 has changed, while others did not answer; it counts when 3 rounds in a row have said so");
}

}  // namespace
}  // namespace dragoman::reflection
