#include "generation/source_stamp.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/file_stamp.h"
#include "generation/generation.h"
#include "generation/proto_files.h"

namespace dragoman {
namespace {

void Append(const std::string& path, std::string& text) {
  const FileStamp stamp = FileStamp::Of(path);
  text += path;
  for (const long long part : {static_cast<long long>(stamp.device), static_cast<long long>(stamp.inode), static_cast<long long>(stamp.size),
                               static_cast<long long>(stamp.seconds), static_cast<long long>(stamp.nanoseconds)}) {
    (text += ' ') += std::to_string(part);
  }
  text += '\n';
}

// Those that auth::TokenFile reads again.
bool IsFollowed(const std::string& path, const config::Config& config) {
  return std::ranges::any_of(config.backends, [&path](const config::Backend& backend) {
    if (!backend.credentials || !backend.credentials->bearer) return false;
    const config::TextSource& bearer = *backend.credentials->bearer;
    return bearer.kind == config::TextSource::Kind::kFile && bearer.value == path;
  });
}

// Any `.proto` below the roots, whatever the patterns say: it may be imported.
void AppendProtos(const config::ProtoSource& source, std::string& text) {
  const config::ProtoSource all{.roots = source.roots, .files = {{config::Glob::Parse(config::kAllProtos).value(), {}}}};
  Problems problems;
  for (const std::string& name : ProtoFiles(all).Expand(problems)) {
    for (const config::ProtoSource::Root& root : source.roots) Append(root.path + "/" + name, text);
  }
  for (const Problem& problem : problems) text += problem.what + "\n";
}

}  // namespace

std::string StampOfFiles(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) Append(path, text);
  return text;
}

std::string StampOfDescriptors(const config::Config& config) {
  std::string text;
  for (const config::DescriptorSource& source : config.descriptors) {
    if (!source.file.empty()) Append(source.file, text);
    if (source.proto) AppendProtos(*source.proto, text);
  }
  return text;
}

tl::expected<ReadConfig, Problems> ReadConfiguration(const std::string& path) {
  ConfigurationFiles files{.files = {path}, .stamp = {}};
  files.stamp = StampOfFiles(files.files);  // before it is read, and the others before their texts are
  auto config = LoadConfigFile(path);
  if (!config) return tl::unexpected(std::move(config.error()));
  std::vector<std::string> texts;
  std::ranges::copy_if(config->text_files, std::back_inserter(texts), [&](const std::string& file) { return !IsFollowed(file, *config); });
  files.stamp += StampOfFiles(texts);
  files.files.insert(files.files.end(), texts.begin(), texts.end());
  return ReadConfig{*std::move(config), std::move(files)};
}

}  // namespace dragoman
