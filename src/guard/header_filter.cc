#include "guard/header_filter.h"

#include <algorithm>
#include <utility>

namespace dragoman::guard {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool SameIgnoringCase(char text, char lower) { return Lower(text) == lower; }

bool StartsWith(std::string_view text, std::string_view piece) {
  return text.size() >= piece.size() && std::equal(piece.begin(), piece.end(), text.begin(),
                                                   [](char lower, char c) { return SameIgnoringCase(c, lower); });
}

}  // namespace

TextPattern::TextPattern(std::string_view pattern) {
  pieces_.emplace_back();
  for (const char c : pattern) {
    if (c == '*') {
      pieces_.emplace_back();
    } else {
      pieces_.back() += Lower(c);
    }
  }
}

// The first piece begins the text, the last one ends it, and those between follow each other: each as early as it can.
bool TextPattern::Matches(std::string_view text) const {
  const std::string& first = pieces_.front();
  if (!StartsWith(text, first)) return false;
  if (pieces_.size() == 1) return text.size() == first.size();
  text.remove_prefix(first.size());
  const std::string& last = pieces_.back();
  if (text.size() < last.size() || !StartsWith(text.substr(text.size() - last.size()), last)) return false;
  text.remove_suffix(last.size());
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const std::string& piece = pieces_[i];
    const auto found = std::search(text.begin(), text.end(), piece.begin(), piece.end(), SameIgnoringCase);
    if (found == text.end() && !piece.empty()) return false;
    text.remove_prefix(static_cast<size_t>(found - text.begin()) + piece.size());
  }
  return true;
}

HeaderFilter::HeaderFilter(std::span<const config::Guard::HeaderRule> rules) {
  for (const config::Guard::HeaderRule& rule : rules) {
    rules_.push_back({rule.header, {rule.deny.begin(), rule.deny.end()}, rule.required});
  }
}

Status HeaderFilter::Check(const RequestHead& head) const {
  for (const Rule& rule : rules_) {
    bool present = false;
    for (const Header& header : head.headers) {
      if (header.name != rule.header || header.value.empty()) continue;
      present = true;
      for (const TextPattern& pattern : rule.deny) {
        if (!pattern.Matches(header.value)) continue;
        return Status(Reason::kForbidden, "requests with this header \"" + rule.header + "\" are not served here")
            .WithRule(rule.name());
      }
    }
    if (rule.required && !present) {
      return Status(Reason::kForbidden, "header \"" + rule.header + "\" is missing; requests need one")
          .WithRule(rule.name());
    }
  }
  return {};
}

std::string HeaderFilter::Rule::name() const { return header == "user-agent" ? "user_agents" : "headers." + header; }

}  // namespace dragoman::guard
