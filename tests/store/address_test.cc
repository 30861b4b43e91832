#include "store/address.h"

#include <gtest/gtest.h>

namespace dragoman::store {
namespace {

TEST(AddressTest, ReadsWhereAndAsWhom) {
  const struct {
    const char* url;
    const char* told;  // where|user|password|database
  } kCases[] = {
      {"redis://redis.internal", "redis.internal:6379|||0"},  {"redis://redis.internal/", "redis.internal:6379|||0"},
      {"redis://127.0.0.1:6380/2", "127.0.0.1:6380|||2"},     {"redis://[::1]", "[::1]:6379|||0"},
      {"redis://[::1]:7000/1000000", "[::1]:7000|||1000000"}, {"redis://:secret@h", "h:6379||secret|0"},
      {"redis://app:s%40cre%25t@h:1", "h:1|app|s@cre%t|0"},   {"redis://app:a/b@c:d@h/3", "h:6379|app|a/b@c:d|3"},
      {"unix:/run/redis.sock", "unix:/run/redis.sock|||0"},
  };
  for (const auto& test : kCases) {
    const auto address = ParseUrl(test.url);
    ASSERT_TRUE(address) << test.url << ": " << address.error();
    EXPECT_EQ(address->at.ToString() + "|" + address->user + "|" + address->password + "|" +
                  std::to_string(address->database),
              test.told);
  }
}

TEST(AddressTest, RefusesWithoutTellingAnySecret) {
  const std::string expected = "expected redis://[user:password@]host[:port][/database] or unix:/path; ";
  const struct {
    std::string url;
    const char* why;
  } kCases[] = {
      {"", "the scheme is another one"},
      {"http://h", "the scheme is another one"},
      {"rediss://:secret@h", "TLS to Redis is not spoken"},
      {"redis://", "host or port are not what they should be"},
      {"redis://:secret@", "host or port are not what they should be"},
      {"redis://h:0", "host or port are not what they should be"},
      {"redis://h:65536", "host or port are not what they should be"},
      {"redis://h:x", "host or port are not what they should be"},
      {"redis://::1", "host or port are not what they should be"},
      {"redis://unix:/x", "the database is a number"},
      {"redis://secret@h", "the password is missing in front of the @"},
      {"redis://app:@h", "the password is empty"},
      {"redis://app:se%zzcret@h", "a % in user or password is written %25"},
      {"redis://app:secret%@h", "a % in user or password is written %25"},
      {"redis://h/x", "the database is a number"},
      {"redis://h/-1", "the database is a number"},
      {"redis://h/1000001", "the database is a number"},
      {"redis://h/1?secret=x", "the database is a number"},
      {"unix:", "the path of the socket is missing or too long"},
      {"unix:/" + std::string(200, 'x'), "the path of the socket is missing or too long"},
      {"redis://" + std::string(5000, 'x'), "it is too long"},
  };
  for (const auto& test : kCases) {
    const auto address = ParseUrl(test.url);
    ASSERT_FALSE(address) << test.url;
    EXPECT_EQ(address.error(), expected + test.why) << test.url;
  }
}

}  // namespace
}  // namespace dragoman::store
