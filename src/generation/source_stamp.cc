#include "generation/source_stamp.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/file_stamp.h"

namespace dragoman {
namespace {

namespace fs = std::filesystem;

void Append(const std::string& path, std::string& text) {
  const FileStamp stamp = FileStamp::Of(path);
  text += path;
  for (const long long part : {static_cast<long long>(stamp.device), static_cast<long long>(stamp.inode), static_cast<long long>(stamp.size),
                               static_cast<long long>(stamp.seconds), static_cast<long long>(stamp.nanoseconds)}) {
    (text += ' ') += std::to_string(part);
  }
  text += '\n';
}

// What is below `root`, whatever can be looked at.
std::vector<std::string> ProtosBelow(const std::string& root, size_t& entries) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(root, fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator() && entries < kMaxStampedEntries; entry.increment(error)) {
    ++entries;
    constexpr int kMaxDepth = 64;  // a link that leads back to a folder above
    if (entry.depth() > kMaxDepth) entry.disable_recursion_pending();
    if (entry->path().extension() == ".proto") files.push_back(entry->path().string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string StampOf(const config::Config& config) {
  std::string text;
  size_t entries = 0;
  for (const config::DescriptorSource& source : config.descriptors) {
    if (!source.file.empty()) Append(source.file, text);
    if (!source.proto) continue;
    for (const auto& root : source.proto->roots) {
      for (const std::string& file : ProtosBelow(root.path, entries)) Append(file, text);
    }
  }
  return text;
}

}  // namespace dragoman
