#include "lint/ignores.h"

#include <algorithm>
#include <utility>

#include "config/yaml_layout.h"
#include "lint/codes.h"
#include "transcoding/quote.h"

namespace dragoman::lint {
namespace {

constexpr std::string_view kBegin = "lint: ignore";
constexpr std::string_view kBetween = " \t,";

// One code of a comment.
struct Ignore {
  config::Position at;
  int subject = 0;  // the line that it is said of
  std::string code;
  bool used = false;
};

std::vector<Ignore> IgnoresOf(const std::string& file, std::string_view text) {
  std::vector<Ignore> ignores;
  const config::YamlLayout layout(text);
  for (const config::YamlComment& comment : layout.comments()) {
    std::string_view words = comment.text;
    words.remove_prefix(std::min(words.find_first_not_of("# \t"), words.size()));
    if (!words.starts_with(kBegin)) continue;
    words.remove_prefix(kBegin.size());
    while (true) {
      words.remove_prefix(std::min(words.find_first_not_of(kBetween), words.size()));
      if (words.empty()) break;
      const std::string_view code = words.substr(0, words.find_first_of(kBetween));
      ignores.push_back({{file, comment.line, comment.column}, comment.subject, std::string(code)});
      words.remove_prefix(code.size());
    }
  }
  return ignores;
}

}  // namespace

std::vector<Finding> Silence(std::vector<Finding> findings, const std::set<std::string, std::less<>>& codes, const std::string& file, std::string_view text) {
  std::vector<Ignore> ignores = IgnoresOf(file, text);
  std::erase_if(findings, [&](const Finding& finding) {
    bool silenced = codes.contains(finding.code->name);
    for (Ignore& ignore : ignores) {
      if (finding.at.file != file || finding.at.line != ignore.subject || finding.code->name != ignore.code) continue;
      silenced = ignore.used = true;
    }
    return silenced;
  });
  const auto add = [&](const Code& code, const Ignore& ignore, std::string message) {
    if (!codes.contains(code.name)) findings.push_back({&code, ignore.at, std::move(message)});
  };
  for (const Ignore& ignore : ignores) {
    if (FindCode(ignore.code) == nullptr) {
      add(kUnknownCode, ignore, UnknownCode(ignore.code));
    } else if (!ignore.used) {
      add(kUnusedIgnore, ignore, transcoding::Quote(ignore.code) + " is ignored here, but not found on this line or the next one; remove the comment");
    }
  }
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
    return std::pair(a.at.file != file, a.at.file == file ? a.at.line : 0) < std::pair(b.at.file != file, b.at.file == file ? b.at.line : 0);
  });
  return findings;
}

}  // namespace dragoman::lint
