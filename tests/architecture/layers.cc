#include "layers.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

namespace dragoman::architecture {
namespace {

// From the ground up; a folder includes itself and what stands on a lower row, never a neighbour on its own.
const std::vector<std::vector<std::string>>& Layers() {
  static const std::vector<std::vector<std::string>> kLayers = {
      {"transcoding"},
      {"config"},
      {"src/base"},
      {"src/observe", "src/tls", "src/jose", "src/coding"},
      {"src/exchange"},
      {"src/http", "src/http_client", "src/store", "src/routing", "src/upstream"},
      {"src/auth", "src/reflection", "src/rate_limit", "src/guard", "src/concurrency", "src/cors", "src/compression"},
      {"src/rpc"},
      {"src/dialects", "src/composition", "src/docs"},
      {"src/generation"},
      {"src/explain", "src/lint", "src/openapi"},
      {"src/gateway"},
      {"src/cli"},
      {"src/main.cc"},
  };
  return kLayers;
}

// Beginnings of <…> and "…" that a folder must not include: the folder's promise, made checkable. "" stands for every
// folder.
const std::multimap<std::string, std::string>& Forbidden() {
  static const std::multimap<std::string, std::string> kForbidden = {
      {"", "grpcpp/"},
      {"", "grpc/"},
      {"transcoding", "thread"},
      {"transcoding", "chrono"},
      {"transcoding", "sys/"},
      {"transcoding", "boost/asio"},
      {"transcoding", "boost/beast"},
      {"transcoding", "nghttp2/"},
      {"transcoding", "yaml-cpp/"},
      {"config", "boost/asio"},
      {"config", "nghttp2/"},
      {"config", "sys/socket.h"},
      {"src/http", "rapidjson/"},
      {"src/http", "google/protobuf/"},
      {"src/upstream", "rapidjson/"},
      {"src/upstream", "google/protobuf/"},
      {"src/upstream", "boost/beast"},
      {"src/upstream", "transcoding/json"},
      {"src/routing", "boost/asio"},
      {"src/routing", "boost/beast"},
      {"src/routing", "nghttp2/"},
  };
  return kForbidden;
}

std::optional<size_t> RowOf(const std::string& layer) {
  for (size_t row = 0; row < Layers().size(); ++row) {
    if (std::find(Layers()[row].begin(), Layers()[row].end(), layer) != Layers()[row].end()) return row;
  }
  return std::nullopt;
}

struct Include {
  int line;
  bool quoted;
  std::string target;
};

std::vector<Include> IncludesOf(const SourceFile& file) {
  std::vector<Include> includes;
  int number = 0;
  for (size_t begin = 0; begin < file.text.size();) {
    size_t end = std::min(file.text.find('\n', begin), file.text.size());
    std::string_view line(file.text.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    constexpr std::string_view kDirective = "#include";
    if (!line.starts_with(kDirective)) continue;
    size_t open = line.find_first_of("\"<", kDirective.size());
    if (open == std::string_view::npos) continue;
    size_t close = line.find_first_of("\">", open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({number, line[open] == '"', std::string(line.substr(open + 1, close - open - 1))});
  }
  return includes;
}

std::string At(const SourceFile& file, const Include& include) {
  return file.path + ":" + std::to_string(include.line) + ": ";
}

}  // namespace

std::vector<SourceFile> ReadTree(const std::filesystem::path& root, const std::vector<std::string>& folders,
                                 const std::vector<std::string>& extensions) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || std::find(extensions.begin(), extensions.end(), extension) == extensions.end())
        continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files.push_back(
          {fs::relative(entry.path(), root).generic_string(), std::string(std::istreambuf_iterator<char>(in), {})});
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::string LayerOf(std::string_view path) {
  if (path == "src/main.cc") return std::string(path);
  bool in_src = path.starts_with("src/");
  std::string_view rest = in_src ? path.substr(4) : path;
  size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {};
  std::string first(rest.substr(0, slash));
  if (in_src) return "src/" + first;
  if (RowOf(first)) return first;
  return RowOf("src/" + first) ? "src/" + first : std::string();
}

std::vector<std::string> CheckLayers(const std::vector<SourceFile>& files) {
  std::vector<std::string> problems;
  for (const SourceFile& file : files) {
    std::string from = LayerOf(file.path);
    std::optional<size_t> from_row = RowOf(from);
    if (!from_row) {
      problems.push_back(file.path + ":1: lies in no layer; give its folder a row in tests/architecture/layers.cc");
      continue;
    }
    for (const Include& include : IncludesOf(file)) {
      if (!include.quoted || include.target.ends_with(".pb.h")) continue;
      std::string to = LayerOf(include.target);
      if (to.empty()) {
        problems.push_back(At(file, include) + "\"" + include.target +
                           "\" names no layer; write it from the repository's root or from src/");
      } else if (to != from && *RowOf(to) >= *from_row) {
        problems.push_back(At(file, include) + from + " must not include " + to + " (\"" + include.target + "\")");
      }
    }
  }
  return problems;
}

std::vector<std::string> CheckForeignHeaders(const std::vector<SourceFile>& files) {
  std::vector<std::string> problems;
  for (const SourceFile& file : files) {
    std::string layer = LayerOf(file.path);
    for (const Include& include : IncludesOf(file)) {
      for (const auto& [folder, prefix] : Forbidden()) {
        if (!folder.empty() && folder != layer) continue;
        if (folder.empty() && include.quoted && include.target.ends_with(".pb.h")) continue;  // generated from protos/
        if (!include.target.starts_with(prefix)) continue;
        // "thread" is the header <thread>, "grpcpp/" a folder of headers: a whole name matches only itself.
        bool whole = prefix.find('/') == std::string::npos;
        if (whole && include.target != prefix) continue;
        problems.push_back(At(file, include) + layer + " must not include <" + include.target + ">");
      }
    }
  }
  return problems;
}

}  // namespace dragoman::architecture
