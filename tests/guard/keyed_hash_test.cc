#include "guard/keyed_hash.h"

#include <set>

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

TEST(KeyedHashTest, TellsSubjectsApart) {
  const KeyedHash hash;
  std::set<uint64_t> seen;
  size_t count = 0;
  const auto add = [&](const config::IpAddress& network, std::string_view scheme, std::string_view name) {
    ++count;
    seen.insert(hash.Of(network, {scheme, name}));
    EXPECT_EQ(hash.Of(network, {scheme, name}), hash.Of(network, {scheme, name}));
  };
  add({}, "", "");
  for (uint32_t i = 0; i < 1000; ++i) add(NthIp(i), "", "");
  add(Ip("::"), "", "");
  for (size_t size = 1; size <= IdentityName::kMaxName; ++size) {
    for (const char c : {'a', 'b', '\0'}) add({}, "basic", std::string(size, c));
    std::string last(size, 'a');
    last.back() = 'z';
    add({}, "basic", last);
  }
  add({}, "basica", "lice");
  add({}, "basic", "alice");
  add(Ip("192.0.2.7"), "basic", "alice");
  EXPECT_EQ(seen.size(), count);
  EXPECT_EQ(seen.count(0), 0u);
}

TEST(KeyedHashTest, NamesBeginAlikeAndAreLong) {
  const KeyedHash hash;
  const std::string longest(IdentityName::kMaxName, 'x');
  EXPECT_EQ(hash.Of({}, {"basic", longest}), hash.Of({}, {"basic", longest + "y"}));
}

TEST(KeyedHashTest, HasKeysOfItsOwn) {
  EXPECT_NE(KeyedHash().Of({}, {"basic", "alice"}), KeyedHash().Of({}, {"basic", "alice"}));
}

TEST(KeyedHashTest, SpreadsOverTheLowBits) {
  const KeyedHash hash;
  std::vector<int> buckets(256);
  for (uint32_t i = 0; i < 256'000; ++i) ++buckets[hash.Of(NthIp(i), {}) & 255];
  for (const int bucket : buckets) EXPECT_NEAR(bucket, 1000, 300);
}

}  // namespace
}  // namespace dragoman::guard
