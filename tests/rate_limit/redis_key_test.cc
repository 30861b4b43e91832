#include "rate_limit/redis_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace dragoman::rate_limit {
namespace {

using namespace std::string_literals;
using config::LimitWindow;

LimitWindow WindowOf(LimitWindow::Kind kind, const std::string& name, config::Milliseconds per) {
  LimitWindow window;
  window.kind = kind;
  window.name = name;
  window.per = per;
  return window;
}

std::string KeyOf(const LimitWindow& window, std::string_view key, std::string_view prefix = "dragoman:") {
  KeyText out;
  AppendKey(out, prefix, {&window, key, 1});
  return {out.data(), out.size()};
}

TEST(RedisKeyTest, CanBeReadByPeople) {
  const LimitWindow rate = WindowOf(LimitWindow::Kind::kRate, "per-client", config::Milliseconds(1000));
  const LimitWindow quota = WindowOf(LimitWindow::Kind::kQuota, "q", config::Milliseconds(36'000'000'000));
  EXPECT_EQ(KeyOf(rate, "orders|alice"), "dragoman:r1000:10:per-client:korders|alice");
  EXPECT_EQ(KeyOf(quota, "a\0\r\n\xff"s, ""), "q36000000000:1:q:ka\0\r\n\xff"s);
  EXPECT_EQ(KeyOf(rate, ""), "dragoman:r1000:10:per-client:k");
}

TEST(RedisKeyTest, IsHashedWhereItWouldBeLong) {
  const LimitWindow rate = WindowOf(LimitWindow::Kind::kRate, "per-client", config::Milliseconds(1000));
  EXPECT_EQ(KeyOf(rate, std::string(118, 'x')), "dragoman:r1000:10:per-client:k" + std::string(118, 'x'));
  // printf '10:per-client:k%s' "$(printf 'x%.0s' {1..119})" | sha256sum
  EXPECT_EQ(KeyOf(rate, std::string(119, 'x')),
            "dragoman:r1000:h928ddbb782b14f0f84b0e746bf1af0975360219e41a43221ac0706c80462291c");
  EXPECT_LE(KeyOf(WindowOf(LimitWindow::Kind::kQuota, std::string(300, 'n'), config::Milliseconds::max()),
                  std::string(10'000, 'x'), "")
                .size(),
            kMaxKey);
}

TEST(RedisKeyTest, TellsAllBucketsApart) {
  const std::string longest(200, 'x');
  std::set<std::string> keys;
  size_t count = 0;
  for (const auto kind : {LimitWindow::Kind::kRate, LimitWindow::Kind::kQuota}) {
    for (const config::Milliseconds per :
         {config::Milliseconds(1), config::Milliseconds(10), config::Milliseconds(1000)}) {
      for (const std::string& name : {""s, "a"s, "a:kb"s, "1:a"s, longest}) {
        for (const std::string& key : {""s, "b"s, "kb"s, "b:kb"s, ":kb"s, "\0"s, "a\0"s, longest, longest + "x"}) {
          keys.insert(KeyOf(WindowOf(kind, name, per), key));
          ++count;
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), count);
}

}  // namespace
}  // namespace dragoman::rate_limit
