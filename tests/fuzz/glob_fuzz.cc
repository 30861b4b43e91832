#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/glob.h"

namespace {

using dragoman::config::Glob;

std::string_view Head(std::string_view path) { return path.substr(0, path.find('/')); }

// What is behind the first segment; `more` is false where that was the last.
std::string_view Tail(std::string_view path, bool& more) {
  const size_t slash = path.find('/');
  more = slash != std::string_view::npos;
  return more ? path.substr(slash + 1) : std::string_view();
}

bool SegmentMatches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return SegmentMatches(pattern.substr(1), text) || (!text.empty() && SegmentMatches(pattern, text.substr(1)));
  }
  return !text.empty() && text[0] == pattern[0] && SegmentMatches(pattern.substr(1), text.substr(1));
}

// By the definition: every possibility is tried. Exponential, so for short inputs only.
bool Matches(std::string_view pattern, bool more_pattern, std::string_view text, bool more_text) {
  if (!more_pattern) return !more_text;
  const std::string_view head = Head(pattern);
  bool behind = false;
  const std::string_view tail = Tail(pattern, behind);
  if (head == "**" && Matches(tail, behind, text, more_text)) return true;
  if (!more_text) return false;
  const std::string_view segment = Head(text);
  bool text_behind = false;
  const std::string_view text_tail = Tail(text, text_behind);
  if (segment.starts_with('.') && !head.starts_with('.')) return false;
  if (head == "**") return Matches(pattern, more_pattern, text_tail, text_behind);
  return SegmentMatches(head, segment) && Matches(tail, behind, text_tail, text_behind);
}

}  // namespace

// A pattern, a line's end, a name. The matcher agrees with the definition, and whatever matches lies where the pattern
// says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\n');
  const auto glob = Glob::Parse(input.substr(0, end));
  if (!glob) {
    if (glob.error().empty()) std::abort();
    return 0;
  }
  const std::string_view name = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  const bool matches = glob->Matches(name);
  if (size <= 48 && matches != Matches(glob->text(), true, name, true)) std::abort();
  if (matches && !name.starts_with(glob->folder())) std::abort();
  if (!glob->has_wildcard() && !glob->Matches(glob->text())) std::abort();
  return 0;
}
