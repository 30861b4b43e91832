#include "transcoding/declarations.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "google/api/annotations.pb.h"

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;

constexpr size_t kMethodPath = 4;  // service, method: each a field's number and a place in its list

uint64_t HashOf(std::string_view name) { return std::hash<std::string_view>()(name); }

bool LeadsIntoMethod(SourcePath path) {
  return path.size() >= kMethodPath && path[0] == pb::FileDescriptorProto::kServiceFieldNumber && path[2] == pb::ServiceDescriptorProto::kMethodFieldNumber;
}

// The option itself, or what one of its fields is set to.
bool LeadsIntoAnnotation(SourcePath path) {
  return path.size() >= kMethodPath + 2 && path[kMethodPath] == pb::MethodDescriptorProto::kOptionsFieldNumber && path[kMethodPath + 1] == google::api::kHttpFieldNumber;
}

}  // namespace

std::string SourcePlace::ToString() const {
  return line > 0 ? file + ":" + std::to_string(line) + ":" + std::to_string(column) : file;
}

bool Declarations::Takes(SourcePath path) { return LeadsIntoMethod(path) && (path.size() == kMethodPath || LeadsIntoAnnotation(path)); }

void Declarations::Add(const pb::FileDescriptorProto& file, const std::string& opened_as) {
  if (!opened_as.empty() && opened_as != file.name()) files_.emplace(file.name(), opened_as);
  for (const pb::SourceCodeInfo::Location& location : file.source_code_info().location()) {
    const SourcePath path = PathOf(location);
    // From 0, and no further than an int.
    if (!Takes(path) || location.span_size() < 3 || location.span(0) < 0 || location.span(1) < 0 || std::max(location.span(0), location.span(1)) == INT32_MAX) continue;
    const std::optional<std::string> method = NameAt(file, path.first(kMethodPath));
    if (!method) continue;
    (path.size() == kMethodPath ? methods_ : annotations_).push_back({HashOf(*method), location.span(0) + 1, location.span(1) + 1});
  }
}

void Declarations::Freeze() {
  for (Entries* entries : {&methods_, &annotations_}) {
    std::ranges::stable_sort(*entries, {}, &Entry::method);
    entries->shrink_to_fit();
  }
}

const Declarations::Entry* Declarations::Find(const Entries& entries, const pb::MethodDescriptor& method) {
  const uint64_t name = HashOf(method.full_name());
  const auto found = std::ranges::lower_bound(entries, name, {}, &Entry::method);
  return found == entries.end() || found->method != name ? nullptr : &*found;
}

SourcePlace Declarations::At(const Entry* entry, const pb::MethodDescriptor& method) const {
  const std::string& name = method.file()->name();
  const auto opened_as = files_.find(name);
  SourcePlace place{.file = opened_as == files_.end() ? name : opened_as->second};
  if (entry != nullptr) {
    place.line = entry->line;
    place.column = entry->column;
  }
  return place;
}

SourcePlace Declarations::OfMethod(const pb::MethodDescriptor& method) const { return At(Find(methods_, method), method); }

SourcePlace Declarations::OfAnnotation(const pb::MethodDescriptor& method) const {
  const Entry* const annotation = Find(annotations_, method);
  return annotation != nullptr ? At(annotation, method) : OfMethod(method);
}

}  // namespace dragoman::transcoding
