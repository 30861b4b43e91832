#include "transcoding/comments.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "transcoding/source_path.h"

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;

uint64_t HashOf(std::string_view name) { return std::hash<std::string_view>()(name); }

}  // namespace

void Comments::Add(const pb::FileDescriptorProto& file) {
  for (const pb::SourceCodeInfo::Location& location : file.source_code_info().location()) {
    const std::string& comment = location.leading_comments().empty() ? location.trailing_comments() : location.leading_comments();
    if (comment.empty()) continue;
    const size_t size = std::min(comment.size(), kMaxBytes);
    if (text_.size() + size > kMaxTotal) return;
    const std::optional<std::string> name = NameAt(file, PathOf(location));
    if (!name) continue;
    entries_.push_back({HashOf(*name), static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(size)});
    text_.append(comment, 0, size);
  }
}

void Comments::Freeze() {
  std::ranges::stable_sort(entries_, {}, &Entry::name);
  entries_.shrink_to_fit();
  text_.shrink_to_fit();
}

std::string_view Comments::Find(std::string_view full_name) const {
  const uint64_t name = HashOf(full_name);
  const auto found = std::ranges::lower_bound(entries_, name, {}, &Entry::name);
  if (found == entries_.end() || found->name != name) return {};
  return std::string_view(text_).substr(found->begin, found->size);
}

}  // namespace dragoman::transcoding
