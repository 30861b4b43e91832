#include "generation/source_stamp.h"

#include <vector>

#include "base/file_stamp.h"
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

std::string StampOf(const config::Config& config) {
  std::string text;
  for (const config::DescriptorSource& source : config.descriptors) {
    if (!source.file.empty()) Append(source.file, text);
    if (source.proto) AppendProtos(*source.proto, text);
  }
  return text;
}

}  // namespace dragoman
