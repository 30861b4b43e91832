#include "transcoding/request_text.h"

#include <algorithm>
#include <utility>

#include "transcoding/percent.h"
#include "transcoding/quote.h"

namespace dragoman::transcoding {
namespace {

// `text` against a pattern in which each * stands for any characters: "utm_*".
bool MatchesPattern(std::string_view text, std::string_view pattern) {
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// True for white space, or {} with white space in and around it.
bool IsBlank(std::string_view body) {
  std::string rest;
  for (const char c : body) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (rest.size() == 2) return false;
    rest += c;
  }
  return rest.empty() || rest == "{}";
}

}  // namespace

Status InvalidRequest(std::string_view field, std::string description) {
  std::string message = description;
  return Status(Reason::kInvalidRequest, std::move(message)).With({std::string(field), std::move(description)});
}

bool QueryReader::Next() {
  while (!rest_.empty()) {
    const size_t end = rest_.find('&');
    const std::string_view pair = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view raw_key = pair.substr(0, equals);
    const std::string_view raw_value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    const auto key = PercentDecode(raw_key, PercentDecoding::kForm, key_scratch_);
    if (!key) {
      status_ = InvalidRequest({}, std::string(noun_) + Quote(raw_key) + ": " + key.error());
      return false;
    }
    if (std::ranges::any_of(ignored_, [&](const std::string& pattern) { return MatchesPattern(*key, pattern); })) continue;
    const auto value = PercentDecode(raw_value, PercentDecoding::kForm, value_scratch_);
    if (!value) {
      status_ = InvalidRequest(Excerpt(*key), std::string(noun_) + Quote(*key) + ": " + value.error());
      return false;
    }
    key_ = *key;
    value_ = *value;
    return true;
  }
  return false;
}

Status ExpectNoBody(std::string_view body) {
  if (IsBlank(body)) return {};
  return Status(Reason::kInvalidRequest, "this route takes no body; send its fields in the path and query");
}

}  // namespace dragoman::transcoding
