#include "generation/change.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/listed.h"
#include "base/log.h"

namespace dragoman {
namespace {

namespace pb = google::protobuf;

template <typename Proto, typename Descriptor>
std::string BytesOf(const Descriptor& descriptor, const auto&... without) {
  Proto proto;
  descriptor.CopyTo(&proto);
  (without(proto), ...);
  return proto.SerializeAsString();
}

// What is said of a file as a whole, which counts for all that it defines.
std::string HeadOf(const pb::FileDescriptor& file) {
  return BytesOf<pb::FileDescriptorProto>(file, [](pb::FileDescriptorProto& proto) {
    proto.clear_dependency();
    proto.clear_public_dependency();
    proto.clear_weak_dependency();
    proto.clear_message_type();
    proto.clear_enum_type();
    proto.clear_service();
    proto.clear_extension();
  });
}

// Of a message without those that are defined within it.
std::string OwnOf(const pb::Descriptor& message) {
  return BytesOf<pb::DescriptorProto>(message, [](pb::DescriptorProto& proto) {
    proto.clear_nested_type();
    proto.clear_enum_type();
    proto.clear_extension();
  });
}

// The messages of a schema whose JSON or wire form may be another one than before: their own definition differs, that of an enum, of an extension or
// of a message in a field of theirs, and so on. Not by recursion: that may be a chain of any length.
class ChangedMessages {
 public:
  ChangedMessages(const transcoding::Schema& before, const transcoding::Schema& after) : before_(before.pool()), after_(after.pool()) {
    for (const pb::FileDescriptor* file : after.files()) {
      const pb::FileDescriptor* const same = before_.FindFileByName(file->name());
      if (same == nullptr || BytesOf<pb::FileDescriptorProto>(*same) != BytesOf<pb::FileDescriptorProto>(*file)) Look(*file, same);
    }
    for (const pb::FileDescriptor* file : before.files()) {  // which may hold extensions that are gone
      if (after_.FindFileByName(file->name()) == nullptr) LookForLostExtensions(*file);
    }
    if (!open_.empty() || !enums_.empty()) Spread(after);
  }

  bool Has(const pb::Descriptor& message) const { return changed_.contains(&message); }
  // By its own options, its streams or its messages.
  bool Has(const pb::MethodDescriptor& method) const {
    if (Has(*method.input_type()) || Has(*method.output_type())) return true;
    if (!looked_at_.contains(method.file())) return false;
    const pb::MethodDescriptor* const same = before_.FindMethodByName(method.full_name());
    return same == nullptr || BytesOf<pb::MethodDescriptorProto>(*same) != BytesOf<pb::MethodDescriptorProto>(method);
  }

 private:
  // `file` differs from `same`; null: there was none.
  void Look(const pb::FileDescriptor& file, const pb::FileDescriptor* same) {
    looked_at_.insert(&file);
    const bool all = same == nullptr || HeadOf(*same) != HeadOf(file);
    for (int i = 0; i < file.message_type_count(); ++i) Look(*file.message_type(i), all);
    for (int i = 0; i < file.enum_type_count(); ++i) Look(*file.enum_type(i), all);
    for (int i = 0; i < file.extension_count(); ++i) LookAtExtension(*file.extension(i), all);
    if (same != nullptr) LookForLostExtensions(*same);
  }
  void Look(const pb::Descriptor& message, bool all) {
    const pb::Descriptor* const same = before_.FindMessageTypeByName(message.full_name());
    if (all || same == nullptr || OwnOf(*same) != OwnOf(message)) open_.push_back(&message);
    for (int i = 0; i < message.nested_type_count(); ++i) Look(*message.nested_type(i), all);
    for (int i = 0; i < message.enum_type_count(); ++i) Look(*message.enum_type(i), all);
    for (int i = 0; i < message.extension_count(); ++i) LookAtExtension(*message.extension(i), all);
  }
  void Look(const pb::EnumDescriptor& type, bool all) {
    const pb::EnumDescriptor* const same = before_.FindEnumTypeByName(type.full_name());
    if (all || same == nullptr || BytesOf<pb::EnumDescriptorProto>(*same) != BytesOf<pb::EnumDescriptorProto>(type)) enums_.insert(&type);
  }
  void LookAtExtension(const pb::FieldDescriptor& extension, bool all) {
    const pb::FieldDescriptor* const same = before_.FindExtensionByName(extension.full_name());
    if (all || same == nullptr || BytesOf<pb::FieldDescriptorProto>(*same) != BytesOf<pb::FieldDescriptorProto>(extension)) {
      open_.push_back(extension.containing_type());
    }
  }
  // Of a file before.
  void LookForLostExtensions(const pb::FileDescriptor& file) {
    LookForLostExtensionsOf(file);
    for (int i = 0; i < file.message_type_count(); ++i) LookForLostExtensions(*file.message_type(i));
  }
  void LookForLostExtensions(const pb::Descriptor& message) {
    LookForLostExtensionsOf(message);
    for (int i = 0; i < message.nested_type_count(); ++i) LookForLostExtensions(*message.nested_type(i));
  }
  template <typename Scope>
  void LookForLostExtensionsOf(const Scope& scope) {
    for (int i = 0; i < scope.extension_count(); ++i) {
      if (after_.FindExtensionByName(scope.extension(i)->full_name()) != nullptr) continue;
      const pb::Descriptor* const extended = after_.FindMessageTypeByName(scope.extension(i)->containing_type()->full_name());
      if (extended != nullptr) open_.push_back(extended);
    }
  }

  // To all that hold one of them.
  void Spread(const transcoding::Schema& after) {
    for (const pb::FileDescriptor* file : after.files()) {
      for (int i = 0; i < file->message_type_count(); ++i) Connect(*file->message_type(i));
      for (int i = 0; i < file->extension_count(); ++i) Connect(*file->extension(i), *file->extension(i)->containing_type());
    }
    while (!open_.empty()) {
      const pb::Descriptor* const message = open_.back();
      open_.pop_back();
      if (!changed_.insert(message).second) continue;
      const auto& next = holders_[message];
      open_.insert(open_.end(), next.begin(), next.end());
    }
  }
  void Connect(const pb::Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) Connect(*message.field(i), message);
    for (int i = 0; i < message.nested_type_count(); ++i) Connect(*message.nested_type(i));
    for (int i = 0; i < message.extension_count(); ++i) Connect(*message.extension(i), *message.extension(i)->containing_type());
  }
  void Connect(const pb::FieldDescriptor& field, const pb::Descriptor& holder) {
    if (field.message_type() != nullptr) holders_[field.message_type()].push_back(&holder);
    if (field.enum_type() != nullptr && enums_.contains(field.enum_type())) open_.push_back(&holder);
  }

  const pb::DescriptorPool& before_;
  const pb::DescriptorPool& after_;
  std::unordered_set<const pb::FileDescriptor*> looked_at_;
  std::unordered_set<const pb::EnumDescriptor*> enums_;
  std::vector<const pb::Descriptor*> open_;
  std::unordered_set<const pb::Descriptor*> changed_;
  std::unordered_map<const pb::Descriptor*, std::vector<const pb::Descriptor*>> holders_;
};

struct Exposed {
  const pb::MethodDescriptor* method = nullptr;  // null: a composition
  std::string routes;
};

std::map<std::string, Exposed, std::less<>> ExposedBy(const Generation& generation) {
  std::map<std::string, Exposed, std::less<>> exposed;
  for (const routing::Rpc& rpc : generation.router.rpcs()) exposed[rpc.name].method = rpc.method;
  for (const routing::Route& route : generation.router.routes()) {
    for (const std::string_view part : {std::string_view(route.http_method), std::string_view(route.path), std::string_view(route.body),
                                        std::string_view(route.response_body)}) {
      exposed[route.rpc].routes.append(part).push_back('\n');
    }
  }
  return exposed;
}

}  // namespace

Change Compare(const Generation& before, const Generation& after) {
  const auto old = ExposedBy(before);
  const auto now = ExposedBy(after);
  const ChangedMessages changed(before.schema, after.schema);
  Change change;
  for (const auto& [name, rpc] : now) {
    const auto same = old.find(name);
    if (same == old.end()) {
      change.added.push_back(name);
    } else if (same->second.routes != rpc.routes || (rpc.method != nullptr && changed.Has(*rpc.method))) {
      change.changed.push_back(name);
    }
  }
  for (const auto& [name, rpc] : old) {
    if (!now.contains(name)) change.removed.push_back(name);
  }
  return change;
}

void LogChange(std::string_view event, const Generation& before, const Generation& after) {
  constexpr size_t kShownRpcs = 8;
  const Change change = Compare(before, after);
  LogInfo(event, {{"added", change.added.size()},
                  {"removed", change.removed.size()},
                  {"changed", change.changed.size()},
                  {"added_rpcs", Listed(change.added, kShownRpcs)},
                  {"removed_rpcs", Listed(change.removed, kShownRpcs)},
                  {"changed_rpcs", Listed(change.changed, kShownRpcs)}});
}

}  // namespace dragoman
