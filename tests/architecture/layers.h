#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// Reads the source tree and finds what breaks its order. Nothing here is compiled against the code that it reads.
namespace dragoman::architecture {

struct SourceFile {
  std::string path;  // relative to the repository: "src/http/listener.cc"
  std::string text;
};

// Every file under `folders` (relative to `root`) whose name ends in one of `extensions`, in alphabetical order.
std::vector<SourceFile> ReadTree(const std::filesystem::path& root, const std::vector<std::string>& folders,
                                 const std::vector<std::string>& extensions);

// The folder that a path or an include belongs to: "src/http" for "src/http/listener.cc" and for "http/listener.h";
// empty for what is not the project's own.
std::string LayerOf(std::string_view path);

// What breaks the order of the layers, as "src/http/listener.cc:7: src/http must not include src/gateway
// (\"gateway/pipeline.h\")".
std::vector<std::string> CheckLayers(const std::vector<SourceFile>& files);

// Headers of the world outside that a folder must not know, as "transcoding/schema.cc:3: transcoding must not include
// <thread>".
std::vector<std::string> CheckForeignHeaders(const std::vector<SourceFile>& files);

}  // namespace dragoman::architecture
