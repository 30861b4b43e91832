#include "auth/password_hash.h"

#include <gtest/gtest.h>

namespace dragoman::auth {
namespace {

const std::string kBcrypt = "$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi";
const std::string kHtpasswd = "$2y$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi";
const std::string kYescrypt = "$y$j75$abcdefghijkl$UEQcnNGSbs21yIe2zW5q.aaHxowrYhiieWJAR8YTPR2";
const std::string kSha512 =
    "$6$rounds=1000$saltsalt$"
    "TPu4UqmyL5OVZGYM2Kk9GTRVrXLPxIJOBXlPlWA3JDTo9p7SPTrJE2SDVNbogN/WdkPbIQriAQFeTSYtjphWJ/";
const std::string kSha512Usual =
    "$6$saltsalt$/dpv42BvGInVKxDULxBMfXE6CN.oHtXdmTeHWMcv5rsd81TjdKcroane5LphAqgVenp/4K1qV/7eYEdl4XS9O/";

TEST(PasswordMatches, KnowsWhatAHashWasMadeOf) {
  for (const std::string& hash : {kBcrypt, kHtpasswd, kYescrypt, kSha512, kSha512Usual}) {
    SCOPED_TRACE(hash);
    EXPECT_EQ(WhyNoHash(hash), "");
    EXPECT_TRUE(PasswordMatches("opensesame", hash));
    EXPECT_FALSE(PasswordMatches("Opensesame", hash));
    EXPECT_FALSE(PasswordMatches("", hash));
    EXPECT_FALSE(PasswordMatches(std::string(512, 'x'), hash));
  }
}

TEST(PasswordMatches, TakesNoHashThatIsNone) {
  for (const char* hash : {"", "*0", "*1", "opensesame", "$6$saltsalt$", "ab01FAX.bQRSU"}) {
    EXPECT_FALSE(PasswordMatches("opensesame", hash));
  }
}

TEST(WhyNoHash, SaysWhatIsWrong) {
  const std::string kExpected = "expected a hash of crypt(3): $2b$… (bcrypt), $y$… (yescrypt) or $6$… (SHA-512)";
  const std::string kNotWhole = "the hash is not whole";
  const std::string kUnusual = "yescrypt's parameters are unusual, expected a cost of 1 to 7";
  std::string costly = kBcrypt;
  costly.replace(4, 2, "15");
  std::string odd = kBcrypt;
  odd.replace(4, 2, "+4");
  std::string broken = kBcrypt;
  broken.back() = '$';
  std::string rounds = kSha512;
  rounds.replace(10, 4, "1000001");
  std::string odd_rounds = kSha512;
  odd_rounds.replace(10, 4, "");
  std::string heavy = kYescrypt;
  heavy.replace(3, 3, "jFT");
  const std::pair<std::string, std::string> kCases[] = {
      {"", kExpected},
      {"opensesame", kExpected},
      {"$1$salt$hash", kExpected},
      {"$5$salt$hash", kExpected},
      {"$2a$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi", kExpected},
      {"{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=", kExpected},
      {"$2b$", kNotWhole},
      {kBcrypt.substr(0, 29), kNotWhole},
      {kBcrypt + "x", kNotWhole},
      {odd, kNotWhole},
      {broken, kNotWhole},
      {costly, "bcrypt's cost is 15, expected at most 14"},
      {"$6$saltsalt$", kNotWhole},
      {"$6$saltsalt", kNotWhole},
      {kSha512 + "x", kNotWhole},
      {odd_rounds, kNotWhole},
      {rounds, "SHA-512's rounds are more than 1000000"},
      {"$y$j9T$abcdefghijkl$", kNotWhole},
      {"$y$j9T$", kNotWhole},
      {heavy, kUnusual},
  };
  for (const auto& [hash, why] : kCases) EXPECT_EQ(WhyNoHash(hash), why) << hash;
}

}  // namespace
}  // namespace dragoman::auth
