#include "config/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace dragoman::config {
namespace {

struct MatchCase {
  const char* pattern;
  const char* name;
  bool matches;
};

TEST(Glob, Matches) {
  const MatchCase cases[] = {
      {"shop.proto", "shop.proto", true},
      {"shop.proto", "shop/shop.proto", false},
      {"shop/v1/catalog.proto", "shop/v1/catalog.proto", true},
      {"shop/v1/*.proto", "shop/v1/catalog.proto", true},
      {"shop/v1/*.proto", "shop/v1/.proto", false},
      {"shop/v1/*.proto", "shop/v1/beta/catalog.proto", false},
      {"shop/v1/*.proto", "shop/v1", false},
      {"shop/v1/*.proto", "shop/v1/catalog.proto/x", false},
      {"*/a.proto", "x/a.proto", true},
      {"*/a.proto", "a.proto", false},
      {"*.proto", "a.proto.proto", true},
      {"*a*a.proto", "banana.proto", true},
      {"*a*a*a*a.proto", "banana.proto", false},
      {"**/*.proto", "a.proto", true},
      {"**/*.proto", "x/y/z/a.proto", true},
      {"**/*.proto", "x/y/z/a.txt", false},
      {"**/**/a.proto", "a.proto", true},
      {"x/**/a.proto", "x/a.proto", true},
      {"x/**/a.proto", "x/y/z/a.proto", true},
      {"x/**/a.proto", "y/x/a.proto", false},
      {"**/v1/**/a.proto", "shop/v1/v1/beta/a.proto", true},
      {"**/v1/**/a.proto", "shop/v2/a.proto", false},
      {"**/v1/*/a.proto", "v1/x/v1/y/a.proto", true},
      // What is hidden is only named by a dot.
      {"*.proto", ".draft.proto", false},
      {".*.proto", ".draft.proto", true},
      {".draft.proto", ".draft.proto", true},
      {"*/a.proto", ".git/a.proto", false},
      {"**/a.proto", ".git/a.proto", false},
      {"**/a.proto", "x/.git/y/a.proto", false},
      {"**/.gen/*.proto", "x/.gen/a.proto", true},
  };
  for (const MatchCase& c : cases) {
    SCOPED_TRACE(std::string(c.pattern) + " on " + c.name);
    const auto glob = Glob::Parse(c.pattern);
    ASSERT_TRUE(glob) << glob.error();
    EXPECT_EQ(glob->Matches(c.name), c.matches);
  }
}

struct ReachCase {
  const char* pattern;
  const char* folder;
  size_t depth;
  bool names_hidden;
};

TEST(Glob, TellsWhereAMatchCanLie) {
  const ReachCase cases[] = {
      {"a.proto", "", 0, false},
      {"*.proto", "", 0, false},
      {"shop/v1/a.proto", "shop/v1", 0, false},
      {"shop/v1/*.proto", "shop/v1", 0, false},
      {"shop/*/a.proto", "shop", 1, false},
      {"*/v1/*.proto", "", 2, false},
      {"shop/**/*.proto", "shop", Glob::kMaxFolders, false},
      {".gen/a.proto", ".gen", 0, false},
      {"*/.gen/a.proto", "", 2, true},
      {"shop/.a.proto", "shop", 0, true},
  };
  for (const ReachCase& c : cases) {
    SCOPED_TRACE(c.pattern);
    const auto glob = Glob::Parse(c.pattern);
    ASSERT_TRUE(glob) << glob.error();
    EXPECT_EQ(glob->folder(), c.folder);
    EXPECT_EQ(glob->depth(), c.depth);
    EXPECT_EQ(glob->names_hidden(), c.names_hidden);
  }
}

struct ErrorCase {
  std::string pattern;
  const char* error;
};

TEST(Glob, RefusesWhatCouldNotBeMeant) {
  const ErrorCase cases[] = {
      {"", "expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts, got \"\""},
      {"/etc/a.proto",
       "expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts, got "
       "\"/etc/a.proto\""},
      {"../a.proto",
       "expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts, got "
       "\"../a.proto\""},
      {"./a.proto",
       "expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts, got "
       "\"./a.proto\""},
      {"a//b.proto",
       "expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts, got "
       "\"a//b.proto\""},
      {"shop/",
       "expected a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts, got \"shop/\""},
      {"shop", "expected a pattern that ends in .proto, got \"shop\""},
      {"shop/**", "expected a pattern that ends in .proto, got \"shop/**\""},
      {"shop/**.proto", "expected ** to be a whole part, as in shop/**/*.proto, got \"shop/**.proto\""},
      {"a?.proto", "expected a pattern whose only wildcards are * and **, got \"a?.proto\""},
      {"{a,b}.proto", "expected a pattern whose only wildcards are * and **, got \"{a,b}.proto\""},
      {"[ab].proto", "expected a pattern whose only wildcards are * and **, got \"[ab].proto\""},
      {"a\\b.proto", "expected a pattern whose only wildcards are * and **, got \"a\\\\b.proto\""},
      {std::string(1025, 'a'), "expected at most 1024 bytes, got 1025"},
      {std::string("a\0.proto", 8), "expected a path without NUL, got \"a\\u0000.proto\""},
  };
  for (const ErrorCase& c : cases) {
    const auto glob = Glob::Parse(c.pattern);
    ASSERT_FALSE(glob) << c.pattern;
    EXPECT_EQ(glob.error(), c.error);
  }
}

}  // namespace
}  // namespace dragoman::config
