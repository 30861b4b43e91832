#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "config/yaml_layout.h"
#include "transcoding/quote.h"

namespace dragoman::config {
namespace {

using transcoding::Quote;

[[noreturn]] void Stop(const YAML::Mark& mark, const std::string& what) { throw YAML::ParserException(mark, what); }

// What a node holds, itself included.
struct Extent {
  size_t nodes = 1;
  size_t bytes = 0;  // of text
  int height = 0;    // levels of lists and mappings

  void Include(const Extent& child) {
    nodes += child.nodes;
    bytes += child.bytes;
    height = std::max(height, child.height + 1);
  }
};

// Makes nodes of yaml-cpp's events. What the bounds forbid ends the parse with a ParserException, which ParseYaml
// catches.
class NodeMaker : public YAML::EventHandler {
 public:
  Node Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Spend(mark, Extent());
    Finish(mark, MakeNode(Node::Kind::kNull, mark), Extent(), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseTag(mark, tag);
    const Extent extent{1, value.size(), 0};
    Spend(mark, extent);
    Node node = MakeNode(Node::Kind::kScalar, mark);
    node.text = value;
    node.plain = tag == "?";
    Finish(mark, std::move(node), extent, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) Stop(mark, "an alias stands within what it names");
    const Anchor& original = named->second;
    Spend(mark, original.extent);
    if (open_.size() + static_cast<size_t>(original.extent.height) > kMaxNesting) Stop(mark, TooDeep());
    Finish(mark, original.node, original.extent, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Node::Kind::kMapping, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A list or mapping whose end has not come yet.
  struct Frame {
    Node node;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    Extent extent{1, 0, 1};
    bool has_key = false;  // of a mapping: its last entry waits for a value
  };
  struct Anchor {
    Node node;
    Extent extent;
  };

  static std::string TooDeep() { return "nested more than " + std::to_string(kMaxNesting) + " levels deep"; }

  static Node MakeNode(Node::Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") Stop(mark, "tags are not understood, such as " + Quote(tag));
  }

  // Takes what a new node or copy costs off the bounds.
  void Spend(const YAML::Mark& mark, const Extent& extent) {
    spent_.nodes += extent.nodes;
    spent_.bytes += extent.bytes;
    if (spent_.nodes > kMaxNodes) Stop(mark, "more than " + std::to_string(kMaxNodes) + " values");
    if (spent_.bytes > kMaxTextBytes) Stop(mark, "more than " + std::to_string(kMaxTextBytes >> 20) + "MiB of text");
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    RefuseTag(mark, tag);
    Spend(mark, Extent());
    if (open_.size() >= kMaxNesting) Stop(mark, TooDeep());
    open_.push_back({MakeNode(kind, mark), mark, anchor});
  }

  void Close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    Finish(frame.mark, std::move(frame.node), frame.extent, frame.anchor);
  }

  // Puts a complete node where it belongs: the key or value of the mapping, the item of the list, the root.
  void Finish(const YAML::Mark& mark, Node node, const Extent& extent, YAML::anchor_t anchor) {
    if (anchor != 0) {
      Spend(mark, extent);
      anchors_[anchor] = {node, extent};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = open_.back();
    parent.extent.Include(extent);
    if (parent.node.kind == Node::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.entries.back().value = std::move(node);
      parent.has_key = false;
    } else {
      if (node.kind != Node::Kind::kScalar) Stop(mark, "expected a name as key");
      parent.node.entries.push_back({std::move(node.text), mark.line + 1, mark.column + 1, Node()});
      parent.has_key = true;
    }
  }

  Node root_;
  std::vector<Frame> open_;
  std::unordered_map<YAML::anchor_t, Anchor> anchors_;
  Extent spent_;
};

// YAML 1.2, 5.1: of the C0 controls only tab, line feed and carriage return are text. (yaml-cpp takes 0x04 for the
// end.)
bool FindControl(std::string_view text, YamlProblem& problem) {
  int line = 1;
  size_t line_begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      ++line;
      line_begin = i + 1;
    } else if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
      problem = {line, static_cast<int>(i - line_begin) + 1,
                 "control character " + std::to_string(c) + "; expected UTF-8 text"};
      return true;
    }
  }
  return false;
}

}  // namespace

tl::expected<Node, YamlProblem> ParseYaml(std::string_view text) {
  YamlProblem problem;
  if (text.size() > kMaxFileBytes) {
    problem.what = "the file has more than " + std::to_string(kMaxFileBytes >> 20) + "MiB";
    return tl::unexpected(std::move(problem));
  }
  if (FindControl(text, problem)) return tl::unexpected(std::move(problem));
  // yaml-cpp notices a quote that is never closed only where no line ends behind it.
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    NodeMaker maker;
    if (!parser.HandleNextDocument(maker)) return Node();
    Node root = maker.Take();
    NodeMaker rest;
    if (parser.HandleNextDocument(rest)) {
      const Node second = rest.Take();
      return tl::unexpected(YamlProblem{second.line, second.column, "a second document; expected one"});
    }
    return root;
  } catch (const YAML::Exception& error) {
    if (!error.mark.is_null()) {
      problem.line = error.mark.line + 1;
      problem.column = error.mark.column + 1;
    }
    // Which the parser takes for what the line is then not: "illegal map value".
    const YamlLayout layout(text);
    if (layout.problem() && layout.problem()->what == kTabIndents && layout.problem()->line <= problem.line) return tl::unexpected(*layout.problem());
    problem.what = "bad YAML: " + error.msg;
    return tl::unexpected(std::move(problem));
  }
}

}  // namespace dragoman::config
