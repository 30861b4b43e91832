#include "config/reader.h"

#include <algorithm>

#include "config/scalar.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

bool IsNumber(const Node& node) { return node.kind == Node::Kind::kScalar && ParseInteger(node.text).has_value(); }
bool IsBoolean(const Node& node) {
  return node.kind == Node::Kind::kScalar && (node.text == "true" || node.text == "false");
}

// What came instead: `a list`, `"fast"`, `5`.
std::string Describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
    case Node::Kind::kScalar:
      break;
  }
  return node.plain && (IsNumber(node) || IsBoolean(node)) ? node.text : Quote(node.text);
}

void ReportRange(ReadContext& context, const Node& node, const std::string& least, const std::string& most) {
  context.Report(node, "expected between " + least + " and " + most + ", got " + node.text);
}

// `reject, ignore or warn`
std::string Enumerate(const std::vector<std::string_view>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text.append(i + 1 == words.size() ? " or " : ", ");
    text.append(words[i]);
  }
  return text;
}

}  // namespace

ReadContext::ReadContext(std::string file)
    : file_(std::move(file)), folder_(std::filesystem::path(file_).parent_path()) {}

void ReadContext::Report(int line, int column, std::string what) { found_.push_back({line, column, std::move(what)}); }

std::string ReadContext::Resolve(std::string_view path) const { return (folder_ / path).lexically_normal().string(); }

std::string ReadContext::ResolveText(std::string_view path) { return text_files_.emplace_back(Resolve(path)); }

Problems ReadContext::TakeProblems() {
  std::stable_sort(found_.begin(), found_.end(), [](const Found& left, const Found& right) {
    return std::pair(left.line, left.column) < std::pair(right.line, right.column);
  });
  Problems problems;
  for (Found& found : found_) {
    problems.push_back({Position{file_, found.line, found.column}.ToString(), std::move(found.what)});
  }
  found_.clear();
  return problems;
}

void ReportExpected(ReadContext& context, const Node& node, std::string_view expected, std::string_view hint) {
  std::string what = "expected ";
  what.append(expected).append(", got ").append(Describe(node)).append(hint);
  context.Report(node, std::move(what));
}

const std::string* ReadText(const Node& node, ReadContext& context) {
  if (node.kind == Node::Kind::kScalar && !node.text.empty()) return &node.text;
  ReportExpected(context, node, "text");
  return nullptr;
}

MappingReader::MappingReader(const Node& node, std::string path, ReadContext& context)
    : node_(node), path_(std::move(path)), context_(context) {
  if (node.kind != Node::Kind::kMapping) ReportExpected(context, node, "a mapping");
}

MappingReader::~MappingReader() {
  for (const Node::Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    context_.Report(entry.line, entry.column, "unknown key " + Quote(entry.key) + DidYouMean(entry.key, known_));
  }
}

std::string MappingReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const Node* MappingReader::Find(std::string_view key, Presence presence) {
  known_.push_back(key);
  context_.known_keys_.insert(PathOf(key));
  const Node::Entry* first = nullptr;
  for (const Node::Entry& entry : node_.entries) {
    if (entry.key != key) continue;
    if (first == nullptr) {
      first = &entry;
    } else {
      context_.Report(entry.line, entry.column,
                      "key " + Quote(key) + " stands twice; first in line " + std::to_string(first->line));
    }
  }
  if (first != nullptr) {
    context_.present_keys_.insert(PathOf(key));
    return &first->value;
  }
  if (presence == Presence::kRequired && node_.kind == Node::Kind::kMapping) {
    context_.Report(node_, "missing key " + Quote(key));
  }
  return nullptr;
}

void MappingReader::Text(std::string_view key, std::string& out, Presence presence) {
  const Node* node = Find(key, presence);
  if (node == nullptr) return;
  if (const std::string* text = ReadText(*node, context_)) out = *text;
}

void MappingReader::Boolean(std::string_view key, bool& out) {
  const Node* node = Find(key);
  if (node == nullptr) return;
  if (node->plain && IsBoolean(*node)) {
    out = node->text == "true";
    return;
  }
  ReportExpected(context_, *node, "true or false");
}

void MappingReader::Duration(std::string_view key, Milliseconds& out, Milliseconds least, Milliseconds most) {
  const Node* node = Find(key);
  if (node == nullptr) return;
  const std::optional<Milliseconds> duration = ParseDuration(node->text);
  if (!duration) {
    ReportExpected(context_, *node, "a duration such as 250ms, 5s, 1m or 1h",
                   IsNumber(*node) ? "; it needs a unit" : "");
  } else if (*duration < least || *duration > most) {
    ReportRange(context_, *node, RenderDuration(least), RenderDuration(most));
  } else {
    out = *duration;
  }
}

void MappingReader::Size(std::string_view key, uint64_t& out, uint64_t least, uint64_t most) {
  const Node* node = Find(key);
  if (node == nullptr) return;
  const std::optional<uint64_t> bytes = ParseSize(node->text);
  if (!bytes) {
    ReportExpected(context_, *node, "a size such as 512B, 64KiB or 4MiB");
  } else if (*bytes < least || *bytes > most) {
    ReportRange(context_, *node, RenderSize(least), RenderSize(most));
  } else {
    out = *bytes;
  }
}

void MappingReader::ReadInteger(std::string_view key, int64_t& out, int64_t least, int64_t most) {
  const Node* node = Find(key);
  if (node == nullptr) return;
  const std::optional<int64_t> number = node->plain ? ParseInteger(node->text) : std::nullopt;
  if (!number) {
    ReportExpected(context_, *node, "a whole number");
  } else if (*number < least || *number > most) {
    ReportRange(context_, *node, std::to_string(least), std::to_string(most));
  } else {
    out = *number;
  }
}

size_t MappingReader::ReadChoice(std::string_view key, const std::vector<std::string_view>& words) {
  const Node* node = Find(key);
  if (node == nullptr) return words.size();
  const auto chosen = std::find(words.begin(), words.end(), node->text);
  if (chosen != words.end()) return static_cast<size_t>(chosen - words.begin());
  ReportExpected(context_, *node, Enumerate(words));
  return words.size();
}

const Node* MappingReader::FindEntries(std::string_view key, Node::Kind kind, size_t most, Presence presence) {
  const Node* node = Find(key, presence);
  if (node == nullptr) return nullptr;
  if (node->kind != kind) {
    ReportExpected(context_, *node, kind == Node::Kind::kList ? "a list" : "a mapping");
    return nullptr;
  }
  const size_t count = node->items.size() + node->entries.size();
  if (count > most) {
    context_.Report(*node, "expected at most " + std::to_string(most) + " entries, got " + std::to_string(count));
    return nullptr;
  }
  if (presence == Presence::kRequired && count == 0) context_.Report(*node, "expected at least one entry");
  return node;
}

}  // namespace dragoman::config
