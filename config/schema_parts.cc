#include "config/schema_parts.h"

#include <algorithm>
#include <array>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

constexpr size_t kMaxName = 64;  // bytes

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

bool IsMadeOf(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [punctuation](char c) {
    return IsAlphanumeric(c) || punctuation.find(c) != std::string_view::npos;
  });
}

bool IsProtoName(std::string_view name) {
  return !name.empty() && IsMadeOf(name, "_.") && !name.starts_with('.') && !name.ends_with('.') &&
         name.find("..") == std::string_view::npos;
}

bool IsName(std::string_view name) { return !name.empty() && name.size() <= kMaxName && IsMadeOf(name, "-_."); }

std::optional<std::string> ReadHeaderName(const Node& node, ReadContext& context) {
  const std::string* text = ReadText(node, context);
  if (text == nullptr) return std::nullopt;
  if (!IsMadeOf(*text, "-_.")) {
    ReportExpected(context, node, "a header's name of letters, digits, \"-\", \"_\" and \".\"");
    return std::nullopt;
  }
  std::string name = *text;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

std::optional<TextSource> ReadSource(const Node& node, Secrecy secrecy, ReadContext& context) {
  constexpr std::string_view kShape = "a text, {file: PATH} or {env: NAME}";
  if (node.kind == Node::Kind::kScalar && !node.text.empty()) {
    if (secrecy == Secrecy::kSecret && context.strict_secrets) {
      context.Report(node,
                     "a secret stands in the file, which strict_secrets forbids; expected {file: PATH} or {env: NAME}");
    }
    return TextSource{TextSource::Kind::kText, node.text, context.At(node)};
  }
  if (node.kind != Node::Kind::kMapping || node.entries.size() != 1) {
    ReportExpected(context, node, kShape);
    return std::nullopt;
  }
  const Node::Entry& entry = node.entries.front();
  if (entry.key != "file" && entry.key != "env") {
    context.Report(
        entry.line, entry.column,
        "unknown key " + Quote(entry.key) + DidYouMean(entry.key, std::array<std::string_view, 2>{"file", "env"}));
    return std::nullopt;
  }
  const std::string* text = ReadText(entry.value, context);
  if (text == nullptr) return std::nullopt;
  if (entry.key == "env") return TextSource{TextSource::Kind::kEnvironment, *text, context.At(node)};
  return TextSource{TextSource::Kind::kFile, context.ResolveText(*text), context.At(node)};
}

void ReadSource(MappingReader& map, std::string_view key, Secrecy secrecy, std::optional<TextSource>& out) {
  if (const Node* node = map.Find(key)) out = ReadSource(*node, secrecy, map.context());
}

void ReadRequiredSource(MappingReader& map, std::string_view key, Secrecy secrecy, TextSource& out) {
  const Node* node = map.Find(key, Presence::kRequired);
  if (node == nullptr) return;
  if (std::optional<TextSource> source = ReadSource(*node, secrecy, map.context())) out = *std::move(source);
}

void ReadTexts(MappingReader& map, std::string_view key, std::vector<std::string>& out, Presence presence) {
  map.List(
      key, kMaxTexts,
      [&](const Node& item, const std::string&) {
        const std::string* text = ReadText(item, map.context());
        if (text == nullptr) return;
        if (std::find(out.begin(), out.end(), *text) != out.end()) {
          map.context().Report(item, Quote(*text) + " stands twice");
        } else {
          out.push_back(*text);
        }
      },
      presence);
}

}  // namespace dragoman::config
