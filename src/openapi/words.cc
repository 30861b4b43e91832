#include "openapi/words.h"

#include <algorithm>
#include <cctype>

#include "transcoding/utf8.h"

namespace dragoman::openapi {
namespace {

constexpr size_t kMaxSentence = 200;  // bytes

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Without what stands between `(--` and `--)`.
std::string WithoutInternal(std::string_view text) {
  std::string kept;
  while (true) {
    const size_t begin = std::min(text.find("(--"), text.size());
    kept += text.substr(0, begin);
    const size_t end = text.find("--)", begin);
    if (end == std::string_view::npos) return kept.append(text.substr(begin));
    text.remove_prefix(end + 3);
  }
}

}  // namespace

std::string Readable(std::string_view comment) {
  const std::string visible = WithoutInternal(comment);
  std::string text;
  std::string_view rest = visible;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with(' ')) line.remove_prefix(1);
    while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
    if (line.starts_with("buf:lint:") || line.starts_with("protolint:")) continue;
    std::ranges::copy_if(line, std::back_inserter(text), [](char c) { return c == '\t' || !(c >= 0 && c < ' ') ; });
    text += '\n';
  }
  std::erase(text, '\x7f');
  return std::string(Trimmed(text));
}

std::string FirstSentence(std::string_view readable) {
  std::string sentence;
  const std::string_view paragraph = readable.substr(0, readable.find("\n\n"));
  for (size_t i = 0; i < paragraph.size(); ++i) {
    const char c = IsBlank(paragraph[i]) ? ' ' : paragraph[i];
    if (c == ' ' && (sentence.empty() || sentence.back() == ' ')) continue;
    sentence += c;
    const bool last = i + 1 == paragraph.size() || IsBlank(paragraph[i + 1]);
    const bool abbreviated = sentence.ends_with("e.g.") || sentence.ends_with("i.e.") || sentence.ends_with("etc.");
    if ((c == '.' || c == '!' || c == '?') && last && !abbreviated) break;
  }
  sentence = Trimmed(sentence);
  if (sentence.size() <= kMaxSentence) return sentence;
  size_t end = 0;
  for (std::string_view left = sentence; end < kMaxSentence;) {
    const size_t size = std::max<size_t>(transcoding::Utf8CharacterSize(left), 1);
    if (end + size > kMaxSentence) break;
    end += size;
    left.remove_prefix(size);
  }
  return sentence.substr(0, end) + "…";
}

void AddParagraph(std::string& text, std::string_view more) {
  if (more.empty()) return;
  if (!text.empty()) text += "\n\n";
  text += more;
}

std::string WordsOf(std::string_view camel_case) {
  std::string words;
  for (const char c : camel_case) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !words.empty()) words += ' ';
    if (upper && !words.empty()) {
      words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      words += c == '_' ? ' ' : c;
    }
  }
  return words;
}

}  // namespace dragoman::openapi
