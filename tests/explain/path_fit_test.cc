#include "explain/path_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "transcoding/path_index.h"

namespace dragoman::explain {
namespace {

using transcoding::HttpTemplate;

HttpTemplate Parse(std::string_view text) {
  auto path = HttpTemplate::Parse(text);
  EXPECT_TRUE(path.has_value()) << text << ": " << path.error();
  return std::move(path).value();
}

TEST(PathFit, SaysWhyATemplateDoesNotFit) {
  struct Case {
    std::string_view path;
    std::string_view target;
    std::string_view why;  // empty: it fits
  };
  const Case cases[] = {
      {"/v1/items/{id}", "/v1/items/7?full=true", ""},
      {"/v1/items/{id}", "/v1/items/7/", ""},
      {"/v1/items/{id}", "/v1/%69tems/a%2Fb", ""},
      {"/v1/items/{id}", "/v1/itmes/7", R"(segment 2 is "itmes", the rule has "items")"},
      {"/v1/items/{id}", "/v1/item%zz/7", R"(segment 2 is "item%zz", the rule has "items", which nothing with an invalid escape is)"},
      {"/v1/items/{id}", "/v1/items", "the path ends before {id}"},
      {"/v1/items/{id}", "/v1/items/7/price", "the path goes on behind segment 3"},
      {"/v1/items/{id}", "/v1/items//7", "segment 3 is empty, which {id} never is"},
      {"/v1/items/*", "/v1/items//7", "segment 3 is empty, which * never is"},
      {"/v1/items", "/", R"(the path ends before "v1")"},
      {"/v1/{name=shelves/*/items/*}", "/v1/shelf/3/items/7", R"(segment 2 is "shelf", the rule has "shelves" in {name=shelves/*/items/*})"},
      {"/v1/{name=shelves/*/items/*}", "/v1/shelves/3/items/7", ""},
      {"/v1/items/{id}:watch", "/v1/items/7:watch", ""},
      {"/v1/items/{id}:watch", "/v1/items/7", R"(the path has no verb, the rule has ":watch")"},
      {"/v1/items/{id}:watch", "/v1/items/7:stop", R"(the path's verb is ":stop", the rule has ":watch")"},
      {"/v1/items/{id}:watch", "/v1/items/7%3Awatch", R"(the path has no verb, the rule has ":watch")"},
      {"/v1/items/{id}:watch", "/v1/orders/7:watch", R"(segment 2 is "orders", the rule has "items")"},
      {"/v1/items/{id}", "/v1/items/7:watch", ""},
      {"/a/{x=**}/z", "/a/z", ""},
      {"/a/{x=**}/z", "/a/b/c/z", ""},
      {"/a/{x=**}/z", "/a/b/c/y", R"(segment 4 is "y", the rule has "z")"},
      {"/a/{x=**}/z", "/a", R"(the path ends before "z")"},
      {"/a", "/a#b", "the path does not begin with '/', or holds a '#'"},
      {"/a", "*", "the path does not begin with '/', or holds a '#'"},
  };
  const std::vector<std::string> verbs = {"watch", "stop"};
  for (const Case& c : cases) {
    const PathFit fit = CutPath(c.target, verbs).Fit(Parse(c.path));
    EXPECT_EQ(fit.why, c.why) << c.path << " " << c.target;
    EXPECT_EQ(fit.outcome == PathFit::Outcome::kFits, c.why.empty());
  }
}

// The index that serves and the walk that explains agree on random tables and paths.
class RandomPaths {
 public:
  explicit RandomPaths(uint32_t seed) : random_(seed) {}

  std::string Template() {
    std::string text;
    bool star_star = false;
    for (size_t i = 0, count = Below(5); i < count; ++i) {
      switch (star_star ? 0 : Below(7)) {
        default:
          text += "/" + Literal();
          break;
        case 3:
          text += "/*";
          break;
        case 4:
          text += "/{v" + std::to_string(i) + "}";
          break;
        case 5:
          text += "/{v" + std::to_string(i) + "=" + Literal() + "/*}";
          break;
        case 6:
          text += Below(2) == 0 ? "/**" : "/{v" + std::to_string(i) + "=**}";
          star_star = true;
      }
    }
    if (text.empty()) text = "/";
    if (Below(4) == 0) text += Below(2) == 0 ? ":go" : ":stop";
    return text;
  }
  std::string Path() {
    constexpr const char* kSegments[] = {"a", "b", "c", "d", "%61", "%zz", "", "a:b"};
    std::string text;
    for (size_t i = 0, count = Below(7); i < count; ++i) text += std::string("/") + kSegments[Below(std::size(kSegments))];
    if (text.empty()) text = "/";
    constexpr const char* kEnds[] = {"", "", "", ":go", ":stop", ":%67o", ":other", ":", "/", ":go/"};
    return text + kEnds[Below(std::size(kEnds))];
  }
  std::string HttpMethod() {
    constexpr const char* kMethods[] = {"GET", "POST", "HEAD", "*"};
    return kMethods[Below(std::size(kMethods))];
  }
  size_t Below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }

 private:
  std::string Literal() { return std::string(1, static_cast<char>('a' + Below(3))); }

  std::mt19937 random_;
};

struct Rule {
  std::string http_method;
  HttpTemplate path;
};

// A table without clashes, in matching order.
std::vector<Rule> RandomTable(RandomPaths& random) {
  std::vector<Rule> rules;
  for (size_t count = 1 + random.Below(12); count > 0; --count) {
    rules.push_back({random.HttpMethod(), Parse(random.Template())});
    transcoding::PathIndexBuilder builder;
    for (size_t i = 0; i < rules.size(); ++i) builder.Add(rules[i].http_method, rules[i].path, static_cast<uint32_t>(i));
    if (!std::move(builder).Build()) rules.pop_back();
  }
  std::stable_sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) {
    return transcoding::TriedBefore(a.http_method, a.path, b.http_method, b.path);
  });
  return rules;
}

TEST(PathFit, AgreesWithTheIndexThatServes) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomPaths random(seed);
  for (int round = 0; round < 400; ++round) {
    const std::vector<Rule> rules = RandomTable(random);
    transcoding::PathIndexBuilder builder;
    std::vector<HttpTemplate> paths;
    for (size_t i = 0; i < rules.size(); ++i) {
      builder.Add(rules[i].http_method, rules[i].path, static_cast<uint32_t>(i));
      paths.push_back(rules[i].path);
    }
    const auto index = std::move(builder).Build();
    ASSERT_TRUE(index.has_value());
    const std::vector<std::string> verbs = VerbsOf(paths);
    for (int i = 0; i < 60; ++i) {
      const std::string path = random.Path();
      const std::string http_method = random.Below(4) == 0 ? "PUT" : random.Below(2) == 0 ? "HEAD" : "GET";
      const CutPath cut(path, verbs);
      std::optional<uint32_t> naive;
      for (uint32_t rule = 0; rule < rules.size() && !naive; ++rule) {
        const bool fits = cut.Fit(rules[rule].path).outcome == PathFit::Outcome::kFits;
        if (fits && ServesHttpMethod(rules[rule].http_method, http_method)) naive = rule;
      }
      transcoding::Captures captures;
      const std::optional<uint32_t> served = index->Match(http_method, path, captures);
      std::string table;
      for (const Rule& rule : rules) table += "\n  " + rule.http_method + " " + rule.path.text;
      ASSERT_EQ(naive, served) << http_method << " " << path << table;
    }
  }
}

}  // namespace
}  // namespace dragoman::explain
