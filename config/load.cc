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

tl::expected<Config, Problems> LoadFile(const std::string& path) {
  const tl::expected<std::string, Problem> text = ReadFileText(path);
  if (!text) return tl::unexpected(Problems{text.error()});
  return LoadText(path, *text);
}

tl::expected<Config, Problems> LoadText(const std::string& name, std::string_view text) {
  ReadContext context(name);
  const tl::expected<Node, YamlProblem> root = ParseYaml(text);
  Config config;
  if (!root) {
    context.Report(root.error().line, root.error().column, root.error().what);
  } else if (root->kind == Node::Kind::kNull) {
    context.Report(*root, "the file is empty; expected at least descriptors, backends and services");
  } else {
    config = ReadConfig(*root, context);
  }
  if (!context.ok()) return tl::unexpected(context.TakeProblems());
  return config;
}

}  // namespace dragoman::config
