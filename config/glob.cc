#include "config/glob.h"

#include <algorithm>
#include <utility>

#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

constexpr std::string_view kAnyFolders = "**";

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> segments;
  size_t begin = 0;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', begin)) {
    segments.push_back(path.substr(begin, slash - begin));
    begin = slash + 1;
  }
  segments.push_back(path.substr(begin));
  return segments;
}

// Matches `pattern` against `text`, one piece against one piece. A piece that `is_star` names takes any number of
// pieces. It is enough to remember the last star: what an earlier one could take, the last one can take too.
template <typename Sequence, typename IsStar, typename Fits>
bool MatchSequence(const Sequence& pattern, const Sequence& text, IsStar is_star, Fits fits) {
  size_t p = 0;
  size_t t = 0;
  size_t star = pattern.size();  // none yet
  size_t taken = 0;              // up to where the last star took
  while (t < text.size()) {
    if (p < pattern.size() && is_star(pattern[p])) {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && fits(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star < pattern.size() && fits(pattern[star], text[taken])) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_star(pattern[p])) ++p;
  return p == pattern.size();
}

bool IsHidden(std::string_view segment) { return segment.starts_with('.'); }

bool SegmentMatches(std::string_view pattern, std::string_view text) {
  if (IsHidden(text) && !IsHidden(pattern)) return false;
  if (pattern == kAnyFolders) return true;
  return MatchSequence(
      pattern, text, [](char c) { return c == '*'; }, [](char p, char t) { return p == '*' || p == t; });
}

}  // namespace

Glob::Glob(std::string text) : text_(std::move(text)) {
  const std::vector<std::string_view> all = segments();
  while (literal_segments_ + 1 < all.size() && all[literal_segments_].find('*') == std::string_view::npos) {
    ++literal_segments_;
  }
}

tl::expected<Glob, std::string> Glob::Parse(std::string_view text) {
  const auto expected = [text](std::string_view what) {
    return tl::unexpected("expected " + std::string(what) + ", got " + Quote(text));
  };
  if (text.size() > kMaxBytes) {
    return tl::unexpected("expected at most " + std::to_string(kMaxBytes) + " bytes, got " +
                          std::to_string(text.size()));
  }
  if (text.find_first_of("?[]{}\\") != std::string_view::npos) {
    return expected("a pattern whose only wildcards are * and **");
  }
  for (const std::string_view segment : Split(text)) {
    if (segment.empty() || segment == "." || segment == "..") {
      return expected("a path below a root such as shop/v1/*.proto, without \".\", \"..\" and empty parts");
    }
    if (segment != kAnyFolders && segment.find(kAnyFolders) != std::string_view::npos) {
      return expected("** to be a whole part, as in shop/**/*.proto");
    }
  }
  if (!text.ends_with(".proto")) return expected("a pattern that ends in .proto");
  if (text.find('\0') != std::string_view::npos) return expected("a path without NUL");
  return Glob(std::string(text));
}

bool Glob::Matches(std::string_view name) const {
  return MatchSequence(
      segments(), Split(name), [](std::string_view segment) { return segment == kAnyFolders; }, &SegmentMatches);
}

std::vector<std::string_view> Glob::segments() const { return Split(text_); }

std::string_view Glob::folder() const {
  if (literal_segments_ == 0) return {};
  const std::string_view last = segments()[literal_segments_ - 1];
  return std::string_view(text_).substr(0, static_cast<size_t>(last.data() + last.size() - text_.data()));
}

size_t Glob::depth() const {
  const std::vector<std::string_view> all = segments();
  if (std::find(all.begin(), all.end(), kAnyFolders) != all.end()) return kMaxFolders;
  return all.size() - 1 - literal_segments_;
}

bool Glob::names_hidden() const {
  const std::vector<std::string_view> all = segments();
  return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(literal_segments_), all.end(), &IsHidden);
}

}  // namespace dragoman::config
