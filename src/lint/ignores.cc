#include "lint/ignores.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "config/yaml_layout.h"
#include "lint/codes.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

using transcoding::Quote;

constexpr std::array<std::string_view, 1> kMarks = {"lint"};
constexpr std::array<std::string_view, 1> kVerbs = {"ignore"};

// A comment that speaks to the linter: "# lint: ignore unused-backend, plaintext-secret".
struct Directive {
  std::string_view mark;                // "lint"
  bool colon = false;                   // behind it
  std::vector<std::string_view> words;  // "ignore", "unused-backend", "plaintext-secret"

  bool sound() const { return mark == kMarks[0] && colon && words.size() > 1 && words[0] == kVerbs[0]; }
};

// One code of a comment.
struct Ignore {
  config::Position at;
  int subject = 0;  // the line that it is said of
  std::string code;
  bool used = false;
};

// `; did you mean "# lint: ignore unused-backend"?`; empty where some word is near nothing.
std::string MeantBy(const Directive& directive) {
  if (directive.words.size() < 2 || NearestName(directive.words[0], kVerbs).empty()) return {};
  std::string meant = "# lint: ignore";
  for (size_t i = 1; i < directive.words.size(); ++i) {
    const std::string_view code = NearestCode(directive.words[i]);
    if (code.empty()) return {};
    meant.append(i == 1 ? " " : ", ").append(code);
  }
  return "; did you mean " + Quote(meant) + "?";
}

// Nothing for a comment that is for people alone.
std::optional<Directive> DirectiveIn(std::string_view comment) {
  constexpr std::string_view kBetween = " \t\r,";
  comment.remove_prefix(std::min(comment.find_first_not_of("# \t"), comment.size()));
  Directive directive{.mark = comment.substr(0, comment.find_first_of(" \t:"))};
  if (EditDistance(directive.mark, kMarks[0], 0) > 0) return std::nullopt;  // in whatever case
  comment.remove_prefix(directive.mark.size());
  comment.remove_prefix(std::min(comment.find_first_not_of(" \t"), comment.size()));
  directive.colon = comment.starts_with(':');
  if (directive.colon) comment.remove_prefix(1);
  while (true) {
    comment.remove_prefix(std::min(comment.find_first_not_of(kBetween), comment.size()));
    if (comment.empty()) break;
    directive.words.push_back(comment.substr(0, comment.find_first_of(kBetween)));
    comment.remove_prefix(directive.words.back().size());
  }
  return directive.colon || !MeantBy(directive).empty() ? std::optional(std::move(directive)) : std::nullopt;
}

}  // namespace

std::vector<Finding> Silence(std::vector<Finding> findings, const std::set<std::string, std::less<>>& codes, const std::string& file, std::string_view text,
                             Sought sought) {
  std::vector<Ignore> ignores;
  std::vector<Finding> of_comments;
  const auto add = [&](const Code& code, config::Position at, std::string message) {
    if (!codes.contains(code.name)) of_comments.push_back({&code, std::move(at), std::move(message)});
  };
  const config::YamlLayout layout(text);
  for (const config::YamlComment& comment : layout.comments()) {
    const std::optional<Directive> directive = DirectiveIn(comment.text);
    if (!directive) continue;
    const config::Position at{file, comment.line, comment.column};
    if (!directive->sound()) {
      add(kMalformedComment, at, "expected \"# lint: ignore CODE\", got " + Quote(comment.text) + MeantBy(*directive));
      continue;
    }
    for (size_t i = 1; i < directive->words.size(); ++i) ignores.push_back({at, comment.subject, std::string(directive->words[i])});
  }
  std::erase_if(findings, [&](const Finding& finding) {
    bool silenced = codes.contains(finding.code->name);
    for (Ignore& ignore : ignores) {
      if (finding.at.file != file || finding.at.line != ignore.subject || finding.code->name != ignore.code) continue;
      silenced = ignore.used = true;
    }
    return silenced;
  });
  for (const Ignore& ignore : ignores) {
    if (FindCode(ignore.code) == nullptr) {
      add(kUnknownCode, ignore.at, UnknownCode(ignore.code));
    } else if (!ignore.used && sought == Sought::kAll) {
      add(kUnusedIgnore, ignore.at, Quote(ignore.code) + " is ignored here, but not found on this line or the next one; remove the comment");
    }
  }
  std::ranges::move(of_comments, std::back_inserter(findings));
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return StandsBefore(a.at, b.at); });
  return findings;
}

}  // namespace dragoman::lint
