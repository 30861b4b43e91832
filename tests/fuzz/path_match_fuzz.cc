// Lines "METHOD /template" make a table; the lines behind an empty one are requests, "METHOD /path". What matches does
// not depend on the order of adding, and its captures are pieces of the path, in their order.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz.h"
#include "transcoding/http_template.h"
#include "transcoding/path_index.h"

using dragoman::fuzz::Require;

namespace {

using dragoman::transcoding::Captures;
using dragoman::transcoding::HttpTemplate;
using dragoman::transcoding::PathIndex;
using dragoman::transcoding::PathIndexBuilder;

struct Rule {
  std::string http_method;
  HttpTemplate path;
};

// Takes one line off `text`.
std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::pair<std::string_view, std::string_view> SplitLine(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return {"GET", line};
  return {line.substr(0, space), line.substr(space + 1)};
}

std::optional<PathIndex> Build(const std::vector<Rule>& rules, bool backwards) {
  PathIndexBuilder builder;
  for (size_t i = 0; i < rules.size(); ++i) {
    const size_t at = backwards ? rules.size() - 1 - i : i;
    builder.Add(rules[at].http_method, rules[at].path, static_cast<uint32_t>(at));
  }
  auto index = std::move(builder).Build();
  if (!index) return std::nullopt;
  return *std::move(index);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Rule> rules;
  for (std::string_view line = TakeLine(text); !line.empty() && rules.size() < 64; line = TakeLine(text)) {
    const auto [http_method, path] = SplitLine(line);
    if (auto parsed = HttpTemplate::Parse(path)) rules.push_back({std::string(http_method), *std::move(parsed)});
  }
  const std::optional<PathIndex> index = Build(rules, false);
  const std::optional<PathIndex> backwards = Build(rules, true);
  Require(index.has_value() == backwards.has_value());
  if (!index) return 0;

  for (int requests = 0; !text.empty() && requests < 64; ++requests) {
    const auto [http_method, path] = SplitLine(TakeLine(text));
    Captures captures, other;
    const auto target = index->Match(http_method, path, captures);
    Require(target == backwards->Match(http_method, path, other));
    Require(captures == other);
    const auto http_methods = index->HttpMethods(path);
    if (const auto nearest = index->Nearest(path, http_method)) Require(*nearest < rules.size());
    if (!target) {
      Require(captures.empty());
      Require(std::ranges::find(http_methods, http_method) == http_methods.end());
      continue;
    }
    Require(std::ranges::find(http_methods, rules[*target].http_method) != http_methods.end());
    Require(captures.size() == rules[*target].path.variables.size());
    const char* at = path.data();
    for (size_t i = 0; i < captures.size(); ++i) {
      if (captures[i].empty()) {
        Require(rules[*target].path.variables[i].multi_segment);
        continue;
      }
      Require(captures[i].data() > at && captures[i].data() + captures[i].size() <= path.data() + path.size());
      at = captures[i].data() + captures[i].size();
    }
  }
  return 0;
}
