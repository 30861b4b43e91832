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

tl::unexpected<Problems> Unreadable(const std::string& path) {
  return tl::unexpected(Problems{{path, std::string("cannot be read: ") + std::strerror(errno)}});
}

}  // namespace

tl::expected<Config, Problems> LoadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return Unreadable(path);
  std::string text(kMaxFileBytes + 1, '\0');  // one more than allowed shows that there is more
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return Unreadable(path);
  return LoadText(path, text);
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
