// The tables of differences hold nothing that does not occur.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "json_differences.h"
#include "wire_differences.h"

namespace dragoman::fuzz {
namespace {

template <typename Use>
void ForEachSeed(const std::string& target, const Use& use) {
  const std::filesystem::path folder = std::filesystem::path(DRAGOMAN_SOURCE_DIR) / "tests/fuzz/corpus" / target;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    use(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }
}

TEST(JsonDifferencesTest, EveryNamedDifferenceStandsInASeed) {
  CodecKinds& kinds = CodecKinds::Get();
  std::set<const Difference*> seen;
  ForEachSeed("json_to_wire_differential", [&](const std::string& bytes) {
    const StrictText text(bytes);
    for (const auto& kind : kinds.kinds) {
      for (const bool ignore_unknown : {false, true}) {
        const Reading reading = ReadByBoth(kind, bytes, ignore_unknown);
        if (Agree(reading)) continue;
        seen.insert(Explain(reading, FindConstructs(kinds.plans, *kind.plan, text)));
      }
    }
  });
  for (const Difference& difference : Differences()) EXPECT_TRUE(seen.contains(&difference)) << difference.name;
}

TEST(WireDifferencesTest, EveryNamedDifferenceIsInASeed) {
  std::set<const WriteDifference*> seen;
  ForEachSeed("wire_to_json_differential", [&](const std::string& bytes) {
    for (const auto& kind : CodecKinds::Get().kinds) {
      for (const bool emit_defaults : {false, true}) {
        const std::optional<Writing> writing = WriteByBoth(kind, bytes, emit_defaults);
        if (!writing || Agree(*writing)) continue;
        seen.insert(Explain(*writing, FindContents(*Parse(*kind.prototype, writing->wire))));
      }
    }
  });
  for (const WriteDifference& difference : WriteDifferences()) {
    EXPECT_TRUE(seen.contains(&difference)) << difference.name;
  }
}

}  // namespace
}  // namespace dragoman::fuzz
