#include "transcoding/source_path.h"

#include <utility>

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;

// The element of `list` that the path's second number counts; null where there is none.
template <typename List>
auto ElementAt(const List& list, SourcePath path) -> decltype(&list.Get(0)) {
  const int index = path.size() < 2 ? -1 : path[1];
  return index >= 0 && index < list.size() ? &list.Get(index) : nullptr;
}

std::string Joined(const std::string& scope, const std::string& name) { return scope.empty() ? name : scope + "." + name; }

// The name of what is in a list, where the path ends there.
template <typename List>
std::optional<std::string> NameInList(const List& list, SourcePath path, const std::string& scope) {
  const auto* const element = ElementAt(list, path);
  if (element == nullptr || path.size() != 2) return std::nullopt;
  return Joined(scope, element->name());
}

std::optional<std::string> NameInEnum(const pb::EnumDescriptorProto& enumeration, SourcePath path, const std::string& scope) {
  if (path.empty()) return Joined(scope, enumeration.name());
  if (path.front() != pb::EnumDescriptorProto::kValueFieldNumber) return std::nullopt;
  return NameInList(enumeration.value(), path, scope);
}

std::optional<std::string> NameInMessage(const pb::DescriptorProto* message, SourcePath path, std::string scope) {
  while (true) {
    if (path.empty()) return Joined(scope, message->name());
    std::string inside = Joined(scope, message->name());
    switch (path.front()) {
      case pb::DescriptorProto::kFieldFieldNumber:
        return NameInList(message->field(), path, inside);
      case pb::DescriptorProto::kExtensionFieldNumber:
        return NameInList(message->extension(), path, inside);
      case pb::DescriptorProto::kOneofDeclFieldNumber:
        return NameInList(message->oneof_decl(), path, inside);
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

}  // namespace

std::optional<std::string> NameAt(const pb::FileDescriptorProto& file, SourcePath path) {
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
      return NameInList(file.extension(), path, file.package());
    case pb::FileDescriptorProto::kServiceFieldNumber: {
      const auto* const service = ElementAt(file.service(), path);
      if (service == nullptr) return std::nullopt;
      const std::string name = Joined(file.package(), service->name());
      path = path.subspan(2);
      if (path.empty()) return name;
      return path.front() == pb::ServiceDescriptorProto::kMethodFieldNumber ? NameInList(service->method(), path, name) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace dragoman::transcoding
