#include "config/text_source.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace dragoman::config {
namespace {

tl::expected<std::string, std::string> ReadWhole(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  std::string text;
  if (file) {
    char piece[16 << 10];
    size_t count = 0;
    while (text.size() <= kMaxSourceBytes && (count = std::fread(piece, 1, sizeof piece, file.get())) > 0)
      text.append(piece, count);
  }
  if (!file || std::ferror(file.get()) != 0) {
    return tl::unexpected(path + ": cannot be read: " + std::strerror(errno));
  }
  if (text.size() > kMaxSourceBytes) {
    return tl::unexpected(path + ": expected at most " + std::to_string(kMaxSourceBytes >> 20) + " MiB");
  }
  return text;
}

// Files and variables often end with a line's end that does not belong to the secret.
void DropLineEnd(std::string& text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
}

}  // namespace

tl::expected<std::string, Problem> ResolveText(const TextSource& source) {
  const auto refuse = [&](std::string what) { return tl::unexpected(Problem{source.at.ToString(), std::move(what)}); };
  std::string text;
  switch (source.kind) {
    case TextSource::Kind::kText:
      text = source.value;
      break;
    case TextSource::Kind::kFile: {
      auto read = ReadWhole(source.value);
      if (!read) return refuse(std::move(read.error()));
      text = *std::move(read);
      DropLineEnd(text);
      break;
    }
    case TextSource::Kind::kEnvironment: {
      const char* value = std::getenv(source.value.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets one
      if (value == nullptr) return refuse("the environment has no variable " + source.value);
      text = value;
      DropLineEnd(text);
      break;
    }
  }
  if (text.empty()) {
    return refuse(source.kind == TextSource::Kind::kFile
                      ? source.value + ": is empty"
                      : (source.kind == TextSource::Kind::kEnvironment ? "the variable " + source.value + " is empty"
                                                                       : "expected a text, got an empty one"));
  }
  return text;
}

}  // namespace dragoman::config
