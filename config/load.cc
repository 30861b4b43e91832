#include "config/load.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "config/reader.h"
#include "config/schema.h"
#include "config/yaml.h"

namespace dragoman::config {

namespace {

Problems ProblemsOf(Draft draft) { return std::move(draft.problems); }

std::vector<Draft::Section> SectionsOf(const Node& root) {
  std::vector<Draft::Section> sections;
  for (const Node::Entry& entry : root.entries) sections.push_back({entry.key, entry.line, entry.column});
  return sections;
}

}  // namespace

tl::expected<std::string, Problem> ReadFileText(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  std::string text;
  if (file) {
    text.resize(kMaxFileBytes + 1);  // one more than allowed shows that there is more
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  }
  if (!file || std::ferror(file.get()) != 0) return tl::unexpected(Problem{path, std::string("cannot be read: ") + std::strerror(errno)});
  return text;
}

tl::expected<Config, Problems> LoadFile(const std::string& path) { return ReadFile(path).map_error(&ProblemsOf); }

tl::expected<Config, Problems> LoadText(const std::string& name, std::string_view text) {
  return ReadText(name, text).map_error(&ProblemsOf);
}

tl::expected<Config, Draft> ReadFile(const std::string& path) {
  const tl::expected<std::string, Problem> text = ReadFileText(path);
  if (!text) return tl::unexpected(Draft(text.error()));
  return ReadText(path, *text);
}

tl::expected<Config, Draft> ReadText(const std::string& name, std::string_view text) {
  const tl::expected<Node, YamlProblem> root = ParseYaml(text);
  if (!root) {
    return tl::unexpected(Draft({Position{name, root.error().line, root.error().column}.ToString(), root.error().what}));
  }
  ReadContext context(name);
  if (root->kind == Node::Kind::kNull) {
    return tl::unexpected(Draft({context.At(*root).ToString(), "the file is empty; expected at least descriptors, backends and services"}));
  }
  Config config = ReadConfig(*root, context);
  if (context.ok()) return config;
  return tl::unexpected(Draft(std::move(config), context.TakeProblems(), name, SectionsOf(*root), context.known_keys()));
}

}  // namespace dragoman::config
