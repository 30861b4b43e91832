#include "transcoding/path_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dragoman::transcoding {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Rule {
  std::string http_method;
  HttpTemplate path;
};

// "GET /v1/{id}", "* /x"; without a method GET.
Rule ParseRule(std::string_view text) {
  const size_t space = text.find(' ');
  const std::string_view path = space == std::string_view::npos ? text : text.substr(space + 1);
  auto parsed = HttpTemplate::Parse(path);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << parsed.error();
  return {space == std::string_view::npos ? "GET" : std::string(text.substr(0, space)), std::move(parsed).value()};
}

tl::expected<PathIndex, std::vector<PathIndexBuilder::Clash>> TryBuild(const std::vector<std::string>& rules) {
  PathIndexBuilder builder;
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule rule = ParseRule(rules[i]);
    builder.Add(rule.http_method, rule.path, static_cast<uint32_t>(i));
  }
  return std::move(builder).Build();
}

// A table that remembers its rules' texts.
class Table {
 public:
  explicit Table(std::vector<std::string> rules) : rules_(std::move(rules)), index_(TryBuild(rules_).value()) {}

  // "none", or the rule and its captures: `GET /v1/{id} [7]`.
  std::string Match(std::string_view http_method, std::string_view path) const {
    Captures captures;
    const auto target = index_.Match(http_method, path, captures);
    if (!target) return captures.empty() ? "none" : "none, but captures";
    std::string text = rules_[*target];
    for (const std::string_view capture : captures) text += " [" + std::string(capture) + "]";
    return text;
  }
  std::string Get(std::string_view path) const { return Match("GET", path); }
  std::string Nearest(std::string_view path, std::string_view http_method = "GET") const {
    const auto target = index_.Nearest(path, http_method);
    return target ? rules_[*target] : "none";
  }
  const PathIndex& index() const { return index_; }

 private:
  std::vector<std::string> rules_;
  PathIndex index_;
};

TEST(PathIndex, MatchesAsTheRulesSay) {
  struct Case {
    std::vector<std::string> rules;
    std::vector<std::pair<std::string_view, std::string_view>> requests;  // path → result
  };
  const Case cases[] = {
      {{"/a/**", "/b/*", "/c/*/d/**", "/c/*/d/e", "/c/f/d/e"},
       {{"/c/x/d/e", "/c/*/d/e"},
        {"/c/f/d/e", "/c/f/d/e"},
        {"/c/x/y/d/z", "none"},
        {"/c/x/d/f/g", "/c/*/d/**"},
        {"/c/f/d/f", "/c/*/d/**"},
        {"/a", "/a/**"},
        {"/a/b/c", "/a/**"},
        {"/b", "none"},
        {"/b/", "none"},
        {"/b/x", "/b/*"},
        {"/b/x/y", "none"}}},
      {{"/{x=a/*}/b/{y=*}/c"}, {{"/a/hello/b/world/c", "/{x=a/*}/b/{y=*}/c [a/hello] [world]"}}},
      {{"/alpha/{x=*}/beta/{y=**}/gamma"},
       {{"/alpha/dog/beta/eat/bones/gamma", "/alpha/{x=*}/beta/{y=**}/gamma [dog] [eat/bones]"},
        {"/alpha/dog/beta/gamma", "/alpha/{x=*}/beta/{y=**}/gamma [dog] []"},
        {"/alpha/dog/beta/gamma/gamma", "/alpha/{x=*}/beta/{y=**}/gamma [dog] [gamma]"},
        {"/alpha/dog/beta", "none"},
        {"/alpha/dog/gamma", "none"}}},
      {{"/a/{x}/c"}, {{"/a/p%20q%2Fr+/c", "/a/{x}/c [p%20q%2Fr+]"}}},
      {{"/person/{id=*}", "/{x=**}:verb"},
       {{"/person/jason:verb", "/{x=**}:verb [person/jason]"},
        {"/person/jason:other", "/person/{id=*} [jason:other]"},
        {"/person/jason%3Averb", "/person/{id=*} [jason%3Averb]"},
        {"/person/a:b:verb", "/{x=**}:verb [person/a:b]"},
        {"/person/a:verb:b", "/person/{id=*} [a:verb:b]"},
        {"/person/jason:%76erb/", "/{x=**}:verb [person/jason]"},
        {"/person/:verb", "/{x=**}:verb [person]"},
        {"/:verb", "/{x=**}:verb []"},
        {"/person/jason:", "/person/{id=*} [jason:]"}}},
      {{"/a/{x=b/**}", "/a/{x=b/**}/z"},
       {{"/a/b/world/c/z", "/a/{x=b/**}/z [b/world/c]"},
        {"/a/b/z", "/a/{x=b/**}/z [b]"},
        {"/a/b", "/a/{x=b/**} [b]"},
        {"/a/b/z/y", "/a/{x=b/**} [b/z/y]"}}},
      {{"/"}, {{"/", "/"}, {"//", "/"}, {"/a", "none"}, {"", "none"}, {"*", "none"}, {"a", "none"}}},
      {{"/:verb", "/"}, {{"/:verb", "/:verb"}, {"/:verb/", "/:verb"}, {"/", "/"}, {"/a:verb", "none"}}},
      // Trailing empty segments are dropped, inner ones kept; `*` is never empty, `**` may hold empty segments.
      {{"/a/{x}", "/b/{y=**}", "/c/{z=**}/d"},
       {{"/a/x/", "/a/{x} [x]"},
        {"/a/x///", "/a/{x} [x]"},
        {"/a//", "none"},
        {"/a//x", "none"},
        {"//a/x", "none"},
        {"/b//x//y//", "/b/{y=**} [/x//y]"},
        {"/b", "/b/{y=**} []"},
        {"/c//d", "/c/{z=**}/d []"},
        {"/c///d", "/c/{z=**}/d [/]"},
        {"/c/d", "/c/{z=**}/d []"}}},
      // A verb that fits nothing is part of the value.
      {{"/a/{x}", "/b/{y}:go"},
       {{"/a/1:go", "/a/{x} [1:go]"}, {"/b/1:go", "/b/{y}:go [1]"}, {"/b/:go", "none"}, {"/b/1", "none"}}},
      // Complete backtracking, over several levels.
      {{"/a/b/c/d", "/a/*/c/e", "/{x=**}/f", "/*/b/**"},
       {{"/a/b/c/d", "/a/b/c/d"},
        {"/a/b/c/e", "/a/*/c/e"},
        {"/a/b/c/g", "/*/b/**"},
        {"/a/b/c/f", "/*/b/**"},
        {"/a/x/c/f", "/{x=**}/f [a/x/c]"}}},
      // The longest suffix wins; literals of the prefix go before it.
      {{"/{x=**}", "/{x=**}/a", "/{x=**}/b/a", "/c/{x=**}"},
       {{"/q/b/a", "/{x=**}/b/a [q]"},
        {"/b/a", "/{x=**}/b/a []"},
        {"/q/a", "/{x=**}/a [q]"},
        {"/a", "/{x=**}/a []"},
        {"/q", "/{x=**} [q]"},
        {"/", "/{x=**} []"},
        {"/c/b/a", "/c/{x=**} [b/a]"}}},
      // Literals compare decoded, values stay raw, and an invalid escape is a value too.
      {{"/v1/items/{id}", "/a%2Fb/%7Bx%7D", "/v1/*/all"},
       {{"/v1/%69tem%73/7", "/v1/items/{id} [7]"},
        {"/v1/items/%zz", "/v1/items/{id} [%zz]"},
        {"/v1/%zz/all", "/v1/*/all"},
        {"/v1/item%zz/7", "none"},
        {"/a%2fb/%7bx}", "/a%2Fb/%7Bx%7D"},
        {"/a/b/{x}", "none"},
        {"/V1/items/7", "none"}}},
      {{"/a/b", "/a/{x}"}, {{"/a/..", "/a/{x} [..]"}, {"/a/./b", "none"}}},
  };
  for (const Case& c : cases) {
    const Table table(c.rules);
    for (const auto& [path, result] : c.requests) EXPECT_EQ(table.Get(path), result) << path;
  }
}

TEST(PathIndex, TheHttpMethodTakesPartInBacktracking) {
  const Table table({"POST /a/b", "GET /a/{x}", "* /a/**", "* /c/d", "PUT /c/d", "LOCK /c/{x}"});
  EXPECT_EQ(table.Match("GET", "/a/b"), "GET /a/{x} [b]");
  EXPECT_EQ(table.Match("POST", "/a/b"), "POST /a/b");
  EXPECT_EQ(table.Match("DELETE", "/a/b"), "* /a/**");
  EXPECT_EQ(table.Match("POST", "/a/c"), "* /a/**");
  EXPECT_EQ(table.Match("PUT", "/c/d"), "PUT /c/d");
  EXPECT_EQ(table.Match("LOCK", "/c/d"), "* /c/d");
  EXPECT_EQ(table.Match("LOCK", "/c/e"), "LOCK /c/{x} [e]");
  EXPECT_EQ(table.Match("lock", "/c/e"), "none");
  EXPECT_EQ(table.Match("PUT", "/c/e"), "none");
}

TEST(PathIndex, HeadIsAsGetButForHeadRulesOfTheSameShape) {
  const Table table({"GET /a/{x}", "HEAD /a/{y}", "GET /b/{x}", "* /b/{x}", "* /**", "GET /c/d", "HEAD /c/{x}"});
  EXPECT_EQ(table.Match("HEAD", "/a/1"), "HEAD /a/{y} [1]");
  EXPECT_EQ(table.Match("HEAD", "/b/1"), "GET /b/{x} [1]");
  EXPECT_EQ(table.Match("HEAD", "/c/d"), "GET /c/d");
  EXPECT_EQ(table.Match("HEAD", "/c/e"), "HEAD /c/{x} [e]");
  EXPECT_EQ(table.Match("HEAD", "/q"), "* /**");
}

TEST(PathIndex, NamesTheHttpMethodsOfEveryRuleThatFits) {
  const Table table({"POST /a/b", "GET /a/{x}", "GET /a/{x}/c", "DELETE /a/**", "PATCH /a/{x}:v", "* /z"});
  EXPECT_THAT(table.index().HttpMethods("/a/b"), UnorderedElementsAre("POST", "GET", "DELETE"));
  EXPECT_THAT(table.index().HttpMethods("/a/b:v"), UnorderedElementsAre("GET", "DELETE", "PATCH"));
  EXPECT_THAT(table.index().HttpMethods("/z"), ElementsAre("*"));
  EXPECT_THAT(table.index().HttpMethods("/b"), IsEmpty());
  EXPECT_THAT(table.index().HttpMethods(""), IsEmpty());
}

TEST(PathIndex, FindsTheNearestRule) {
  const Table table({"/v1/items/{id}", "/v1/items:search", "/v1/items/{id}/reviews", "/v1/orders", "/health"});
  EXPECT_EQ(table.Nearest("/v1/itms/7"), "/v1/items/{id}");
  EXPECT_EQ(table.Nearest("/v1/ITEMS/7"), "/v1/items/{id}");
  EXPECT_EQ(table.Nearest("/v2/items/7"), "/v1/items/{id}");
  EXPECT_EQ(table.Nearest("/v1/items/7/review"), "/v1/items/{id}/reviews");
  EXPECT_EQ(table.Nearest("/v1/order"), "/v1/orders");
  EXPECT_EQ(table.Nearest("/v1/item:search"), "/v1/items:search");
  EXPECT_EQ(table.Nearest("/v1/orders/9"), "/v1/orders");
  EXPECT_EQ(table.Nearest("/v1/items"), "/v1/items/{id}");
  EXPECT_EQ(table.Nearest("/favicon.ico"), "none");
  const Table methods({"DELETE /v1/items/{id}", "GET /v1/items/{id}", "* /v1/items/{id}"});
  EXPECT_EQ(methods.Nearest("/v1/itms/7", "GET"), "GET /v1/items/{id}");
  EXPECT_EQ(methods.Nearest("/v1/itms/7", "DELETE"), "DELETE /v1/items/{id}");
  EXPECT_EQ(methods.Nearest("/v1/itms/7", "PUT"), "DELETE /v1/items/{id}");
  EXPECT_EQ(table.Nearest("/v1/items/7/a/b"), "none");
  EXPECT_EQ(table.Nearest("/"), "none");
  EXPECT_EQ(table.Nearest(""), "none");
}

TEST(PathIndex, AnEmptyTableFitsNothing) {
  const Table table({});
  EXPECT_EQ(table.Get("/"), "none");
  EXPECT_EQ(table.Get("/a:b"), "none");
  EXPECT_EQ(table.Nearest("/a"), "none");
}

TEST(PathIndexBuilder, ReportsRulesOfTheSameHttpMethodAndShape) {
  struct Case {
    std::vector<std::string> rules;
    std::vector<std::pair<uint32_t, uint32_t>> clashes;
  };
  const Case cases[] = {
      {{"/{x=shelves/*}", "/shelves/{y}"}, {{0, 1}}},
      {{"/a/{x=**}/b:v", "/a/**/b:v"}, {{0, 1}}},
      {{"* /a", "GET /a", "* /%61"}, {{0, 2}}},
      {{"/a", "/a", "/b", "/a", "/b"}, {{0, 1}, {0, 3}, {2, 4}}},
      {{"/a", "POST /a", "* /a", "/a:v", "/*", "/**", "/**/a", "/a/**", "/a/*"}, {}},
  };
  for (const Case& c : cases) {
    const auto index = TryBuild(c.rules);
    std::vector<std::pair<uint32_t, uint32_t>> clashes;
    if (!index) {
      for (const auto& clash : index.error()) clashes.emplace_back(clash.first, clash.second);
    }
    EXPECT_EQ(clashes, c.clashes) << ::testing::PrintToString(c.rules);
  }
}

// --- Two answers that must agree
// -------------------------------------------------------------------------------------------------

std::vector<std::string_view> Split(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

// The naive matcher: does what is left of the template take what is left of the path?
bool Takes(const HttpTemplate& path, size_t i, const std::vector<std::string_view>& segments, size_t j) {
  if (i == path.segments.size()) return j == segments.size();
  if (path.segments[i].kind == HttpTemplate::SegmentKind::kDoubleStar) {
    return Takes(path, i + 1, segments, j) || (j < segments.size() && Takes(path, i, segments, j + 1));
  }
  if (j == segments.size() || segments[j].empty()) return false;
  if (path.segments[i].kind == HttpTemplate::SegmentKind::kLiteral && path.segments[i].literal != segments[j])
    return false;
  return Takes(path, i + 1, segments, j + 1);
}

bool Fits(const Rule& rule, std::string_view http_method, std::string_view path) {
  if (rule.http_method != http_method && rule.http_method != "*" &&
      !(rule.http_method == "GET" && http_method == "HEAD")) {
    return false;
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!rule.path.verb.empty()) {
    const std::string tail = ":" + rule.path.verb;
    if (!path.ends_with(tail)) return false;
    path.remove_suffix(tail.size());
  }
  return Takes(rule.path, 0, Split(path), 0);
}

template <typename T>
T Pick(std::mt19937& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

std::string RandomRule(std::mt19937& random) {
  std::string path;
  bool behind_double_star = false;
  for (size_t left = random() % 5; left > 0; --left) {
    const std::string segment =
        behind_double_star ? Pick<std::string>(random, {"a", "b"})
                           : Pick<std::string>(random, {"a", "a", "b", "*", "*", "{x}", "**", "{y=a/*}", "{z=b/**}"});
    behind_double_star = behind_double_star || segment.find("**") != std::string::npos;
    path += "/" + segment;
  }
  if (path.empty()) path = "/";
  if (random() % 4 == 0) path += Pick<std::string>(random, {":v", ":w"});
  return Pick<std::string>(random, {"GET", "GET", "POST", "HEAD", "*"}) + " " + path;
}

TEST(PathIndex, AgreesWithANaiveMatcherOnRandomTables) {
  const unsigned seed = 20261124;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int fits = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::string> texts;
    std::vector<Rule> rules;
    for (size_t left = 1 + random() % 12; left > 0; --left) {
      texts.push_back(RandomRule(random));
      if (!TryBuild(texts).has_value()) texts.pop_back();
    }
    const Table table(texts);
    std::ranges::sort(texts, [](const std::string& left, const std::string& right) {
      const Rule a = ParseRule(left), b = ParseRule(right);
      return TriedBefore(a.http_method, a.path, b.http_method, b.path);
    });
    for (const std::string& text : texts) rules.push_back(ParseRule(text));

    for (int request = 0; request < 20; ++request) {
      std::string path;
      for (size_t left = random() % 7; left > 0; --left) {
        path += "/" + Pick<std::string>(random, {"a", "a", "b", "b", "c", "", "a:v", "b:w", ":v"});
      }
      if (path.empty()) path = "/";
      const auto http_method = Pick<std::string>(random, {"GET", "POST", "HEAD", "PUT"});
      const auto first = std::ranges::find_if(rules, [&](const Rule& rule) { return Fits(rule, http_method, path); });
      const std::string expected = first == rules.end() ? "none" : texts[static_cast<size_t>(first - rules.begin())];
      const std::string got = table.Match(http_method, path);
      ASSERT_EQ(got.substr(0, expected.size()), expected)
          << http_method << " " << path << " among " << ::testing::PrintToString(texts);
      fits += expected == "none" ? 0 : 1;
    }
  }
  EXPECT_GT(fits, 4000);
}

// --- Size
// ------------------------------------------------------------------------------------------------------------------------

TEST(PathIndex, ServesManyRules) {
  std::vector<std::string> rules;
  for (int i = 0; i < 10'000; ++i) rules.push_back("/v1/things" + std::to_string(i) + "/{id}");
  const Table table(rules);
  EXPECT_EQ(table.Get("/v1/things0/7"), "/v1/things0/{id} [7]");
  EXPECT_EQ(table.Get("/v1/things9999/7"), "/v1/things9999/{id} [7]");
  EXPECT_EQ(table.Get("/v1/things10000/7"), "none");
  EXPECT_THAT(table.index().HttpMethods("/v1/things5000/7"), ElementsAre("GET"));
}

// Each of these would take minutes, or the stack, if cost or recursion went with the path.
TEST(PathIndex, HostilePathsAreCheap) {
  const std::string slashes(64'000, '/');
  const std::string colons = "/" + std::string(64'000, ':');
  std::string segments, escapes;
  for (int i = 0; i < 32'000; ++i) segments += "/a";
  for (int i = 0; i < 21'000; ++i) escapes += "%61";
  std::vector<std::string> rules = {
      "/", "/{x=**}:v", "/a/{x=**}/b", "/*/{x=**}/a/a/a/b", "/{x}/*/**/a/b", "/a/a/a/*/**/c"};
  // Every node has a literal, a `*` and a `**` with a long suffix.
  std::string prefix, suffix;
  for (int i = 0; i < 8; ++i) suffix += "/a";
  for (int i = 0; i < 10; ++i) {
    rules.push_back(prefix + "/a/**" + suffix + "/z");
    rules.push_back(prefix + "/*/**" + suffix + "/y");
    prefix += i % 2 ? "/a" : "/*";
  }
  const Table table(rules);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(table.Get(slashes), "/");
    EXPECT_EQ(table.Get(slashes + "a"), "none");
    EXPECT_EQ(table.Get(colons), "none");
    EXPECT_EQ(table.Get(segments), "none");
    EXPECT_EQ(table.Get("/" + escapes), "none");
    EXPECT_EQ(table.Get(segments + "/b").substr(0, 16), "/a/{x=**}/b [a/a");
    EXPECT_EQ(table.Get(segments + ":v").substr(0, 14), "/{x=**}:v [a/a");
    EXPECT_THAT(table.index().HttpMethods(segments), IsEmpty());
    EXPECT_EQ(table.Nearest(slashes + "a"), "none");
  }
}

TEST(PathIndex, BacktrackingVisitsEachNodeOnce) {
  // All 2^10 mixtures of `a` and `*`: a path of ten times `a` fits every node and no rule.
  std::vector<std::string> rules;
  for (int mixture = 0; mixture < 1024; ++mixture) {
    std::string path;
    for (int bit = 0; bit < 10; ++bit) path += (mixture >> bit) & 1 ? "/a" : "/*";
    rules.push_back(path + "/end");
  }
  const Table table(rules);
  EXPECT_EQ(table.Get("/a/a/a/a/a/a/a/a/a/a/begin"), "none");
  EXPECT_EQ(table.Get("/a/a/a/a/a/a/a/a/a/a/end"), rules[1023]);
  EXPECT_EQ(table.Get("/b/a/a/a/a/a/a/a/a/a/end"), rules[1022]);
}

TEST(PathIndex, TheLongestTemplateMatches) {
  std::string path;
  while (path.size() + 2 <= HttpTemplate::kMaxBytes) path += "/a";
  const Table table({path, "/a/**" + path.substr(0, 4000)});
  EXPECT_EQ(table.Get(path), path);
  EXPECT_EQ(table.Get(path + "/a"), "/a/**" + path.substr(0, 4000));
  EXPECT_EQ(table.Get(path + "/b"), "none");
}

TEST(TriedBefore, OrdersATable) {
  std::vector<std::string> rules = {"* /a",     "GET /**",   "GET /a/**/c", "GET /*/b", "GET /a",
                                    "POST /a",  "GET /a/**", "HEAD /a",     "GET /a/b", "GET /a/**/b/c",
                                    "GET /*:v", "GET /a:v",  "GET /",       "GET /a/*"};
  std::ranges::sort(rules, [](const std::string& left, const std::string& right) {
    const Rule a = ParseRule(left), b = ParseRule(right);
    return TriedBefore(a.http_method, a.path, b.http_method, b.path);
  });
  EXPECT_THAT(rules, ElementsAre("GET /a:v", "GET /*:v", "GET /", "HEAD /a", "GET /a", "POST /a", "* /a", "GET /a/b",
                                 "GET /a/*", "GET /a/**/b/c", "GET /a/**/c", "GET /a/**", "GET /*/b", "GET /**"));
}

}  // namespace
}  // namespace dragoman::transcoding
