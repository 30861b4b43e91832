#include "transcoding/comments.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;
using Path = std::span<const int>;

// The element of `list` that the path's second number counts; null where there is none.
template <typename List>
auto ElementAt(const List& list, Path path) -> decltype(&list.Get(0)) {
  const int index = path.size() < 2 ? -1 : path[1];
  return index >= 0 && index < list.size() ? &list.Get(index) : nullptr;
}

std::string Joined(const std::string& scope, const std::string& name) { return scope.empty() ? name : scope + "." + name; }

// The name of what is in a list, where the path ends there.
template <typename List>
std::optional<std::string> NameAt(const List& list, Path path, const std::string& scope) {
  const auto* const element = ElementAt(list, path);
  if (element == nullptr || path.size() != 2) return std::nullopt;
  return Joined(scope, element->name());
}

std::optional<std::string> NameInEnum(const pb::EnumDescriptorProto& enumeration, Path path, const std::string& scope) {
  if (path.empty()) return Joined(scope, enumeration.name());
  if (path.front() != pb::EnumDescriptorProto::kValueFieldNumber) return std::nullopt;
  return NameAt(enumeration.value(), path, scope);
}

std::optional<std::string> NameInMessage(const pb::DescriptorProto* message, Path path, std::string scope) {
  while (true) {
    if (path.empty()) return Joined(scope, message->name());
    std::string inside = Joined(scope, message->name());
    switch (path.front()) {
      case pb::DescriptorProto::kFieldFieldNumber:
        return NameAt(message->field(), path, inside);
      case pb::DescriptorProto::kExtensionFieldNumber:
        return NameAt(message->extension(), path, inside);
      case pb::DescriptorProto::kOneofDeclFieldNumber:
        return NameAt(message->oneof_decl(), path, inside);
      case pb::DescriptorProto::kEnumTypeFieldNumber: {
        const auto* const enumeration = ElementAt(message->enum_type(), path);
        return enumeration == nullptr ? std::nullopt : NameInEnum(*enumeration, path.subspan(2), inside);
      }
      case pb::DescriptorProto::kNestedTypeFieldNumber:
        message = ElementAt(message->nested_type(), path);
        if (message == nullptr) return std::nullopt;
        scope = std::move(inside);
        path = path.subspan(2);
        break;
      default:
        return std::nullopt;
    }
  }
}

// The full name of what a path of SourceCodeInfo.Location leads to; nothing where that has no name of its own.
std::optional<std::string> NameOf(const pb::FileDescriptorProto& file, Path path) {
  if (path.empty()) return std::nullopt;
  switch (path.front()) {
    case pb::FileDescriptorProto::kMessageTypeFieldNumber: {
      const auto* const message = ElementAt(file.message_type(), path);
      return message == nullptr ? std::nullopt : NameInMessage(message, path.subspan(2), file.package());
    }
    case pb::FileDescriptorProto::kEnumTypeFieldNumber: {
      const auto* const enumeration = ElementAt(file.enum_type(), path);
      return enumeration == nullptr ? std::nullopt : NameInEnum(*enumeration, path.subspan(2), file.package());
    }
    case pb::FileDescriptorProto::kExtensionFieldNumber:
      return NameAt(file.extension(), path, file.package());
    case pb::FileDescriptorProto::kServiceFieldNumber: {
      const auto* const service = ElementAt(file.service(), path);
      if (service == nullptr) return std::nullopt;
      const std::string name = Joined(file.package(), service->name());
      path = path.subspan(2);
      if (path.empty()) return name;
      return path.front() == pb::ServiceDescriptorProto::kMethodFieldNumber ? NameAt(service->method(), path, name) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

uint64_t HashOf(std::string_view name) { return std::hash<std::string_view>()(name); }

}  // namespace

void Comments::Add(const pb::FileDescriptorProto& file) {
  for (const pb::SourceCodeInfo::Location& location : file.source_code_info().location()) {
    const std::string& comment = location.leading_comments().empty() ? location.trailing_comments() : location.leading_comments();
    if (comment.empty()) continue;
    const size_t size = std::min(comment.size(), kMaxBytes);
    if (text_.size() + size > kMaxTotal) return;
    const std::optional<std::string> name = NameOf(file, {location.path().data(), static_cast<size_t>(location.path_size())});
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
