#pragma once

#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/yaml.h"
#include "transcoding/status.h"

namespace dragoman::config {

// What one pass over a file collects: everything that is wrong with it, and which keys there are.
class ReadContext {
 public:
  // `file` names it in problems and stands in the folder that relative paths are relative to.
  explicit ReadContext(std::string file);

  void Report(int line, int column, std::string what);
  void Report(const Node& node, std::string what) { Report(node.line, node.column, std::move(what)); }
  void Report(const Position& at, std::string what) { Report(at.line, at.column, std::move(what)); }
  Position At(const Node& node) const { return {file_, node.line, node.column}; }
  // `path` from the file's folder; absolute ones as they are.
  std::string Resolve(std::string_view path) const;
  // The same for a file whose text becomes part of the configuration: a certificate, a secret. It is remembered.
  std::string ResolveText(std::string_view path);
  std::vector<std::string> TakeTextFiles() { return std::move(text_files_); }

  // The key strict_secrets: no secret may stand in the file itself.
  bool strict_secrets = false;

  bool ok() const { return found_.empty(); }
  Problems TakeProblems();  // in the order of the file

  // The keys that the schema was asked for, such as "limits.max_body_bytes"; NAME stands for a key that the operator
  // invents, [] for the items of a list.
  const std::set<std::string>& known_keys() const { return known_keys_; }
  // Those of them that the file has.
  const std::set<std::string>& present_keys() const { return present_keys_; }

 private:
  friend class MappingReader;
  struct Found {
    int line;
    int column;
    std::string what;
  };

  std::string file_;
  std::filesystem::path folder_;
  std::vector<Found> found_;
  std::set<std::string> known_keys_;
  std::set<std::string> present_keys_;
  std::vector<std::string> text_files_;
};

enum class Presence { kOptional, kRequired };

// Reports `expected a mapping, got a list` at the node; `hint` ("; it needs a unit") follows.
void ReportExpected(ReadContext& context, const Node& node, std::string_view expected, std::string_view hint = {});

// Reads the keys of one mapping into the fields of a struct, which hold their defaults already. Naming a key makes it
// known; the destructor reports those that nobody named, with the nearest known one.
//
//   MappingReader limits(node, "limits", context);
//   limits.Size("max_body_bytes", out.max_body_bytes, 1, 1 * kGiB);       one line a key: name, field, range
//
// Where the value of a key is wrong, the problem is reported and the field keeps its default. A node that is no mapping
// is one problem, and every key of it is absent.
class MappingReader {
 public:
  MappingReader(const Node& node, std::string path, ReadContext& context);
  ~MappingReader();
  MappingReader(const MappingReader&) = delete;
  MappingReader& operator=(const MappingReader&) = delete;

  // The value of `key`; null where it is absent, which is a problem if it is required.
  const Node* Find(std::string_view key, Presence presence = Presence::kOptional);
  // The full name of a key of this mapping: "limits.max_body_bytes".
  std::string PathOf(std::string_view key) const;

  void Text(std::string_view key, std::string& out, Presence presence = Presence::kOptional);
  void Boolean(std::string_view key, bool& out);
  void Duration(std::string_view key, Milliseconds& out, Milliseconds least, Milliseconds most);
  void Size(std::string_view key, uint64_t& out, uint64_t least, uint64_t most);  // bytes
  template <std::integral Number>
  void Integer(std::string_view key, Number& out, Number least, Number most) {
    int64_t number = static_cast<int64_t>(out);
    ReadInteger(key, number, static_cast<int64_t>(least), static_cast<int64_t>(most));
    out = static_cast<Number>(number);
  }
  // One of several words: {{"reject", false}, {"ignore", true}}.
  template <typename Value>
  void Choice(std::string_view key, Value& out, std::initializer_list<std::pair<std::string_view, Value>> choices) {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) words.push_back(choice.first);
    const size_t chosen = ReadChoice(key, words);
    if (chosen < words.size()) out = (choices.begin() + chosen)->second;
  }
  // `read(MappingReader&, const Node&)` for a mapping below `key`, where there is one.
  template <typename Read>
  void Mapping(std::string_view key, Read read, Presence presence = Presence::kOptional) {
    const Node* node = Find(key, presence);
    if (node == nullptr) return;
    MappingReader reader(*node, PathOf(key), context_);
    read(reader, *node);
  }
  // `read(const Node&, std::string path)` for each item of the list below `key`: at most `most` of them, and at least
  // one if required.
  template <typename Read>
  void List(std::string_view key, size_t most, Read read, Presence presence = Presence::kOptional) {
    const Node* node = FindEntries(key, Node::Kind::kList, most, presence);
    if (node == nullptr) return;
    for (const Node& item : node->items) read(item, PathOf(key) + "[]");
  }
  // `read(const Node::Entry&, std::string path)` for each entry of the mapping below `key`, whose keys the operator
  // invents; bounds as of a List.
  template <typename Read>
  void Named(std::string_view key, size_t most, Read read, Presence presence = Presence::kOptional) {
    const Node* node = FindEntries(key, Node::Kind::kMapping, most, presence);
    if (node == nullptr) return;
    for (const Node::Entry& entry : node->entries) read(entry, PathOf(key) + ".NAME");
  }

  ReadContext& context() { return context_; }

 private:
  const Node* FindEntries(std::string_view key, Node::Kind kind, size_t most, Presence presence);  // kList or kMapping
  void ReadInteger(std::string_view key, int64_t& out, int64_t least, int64_t most);
  size_t ReadChoice(std::string_view key, const std::vector<std::string_view>& words);  // words.size(): none of them

  const Node& node_;
  std::string path_;
  ReadContext& context_;
  std::vector<std::string_view> known_;
};

// The text of a scalar; null and a problem for anything else.
const std::string* ReadText(const Node& node, ReadContext& context);

}  // namespace dragoman::config
