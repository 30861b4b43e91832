#include "generation/change.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/listed.h"
#include "base/log.h"

namespace dragoman {
namespace {

namespace pb = google::protobuf;

std::string BytesOf(const pb::FileDescriptor& file) {
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  return proto.SerializeAsString();
}

using Files = std::unordered_set<const pb::FileDescriptor*>;

// The files that differ from those of the same name before, and all that import one. Not by recursion: imports may be a chain of any length.
Files ChangedFiles(const transcoding::Schema& before, const transcoding::Schema& after) {
  std::unordered_map<const pb::FileDescriptor*, std::vector<const pb::FileDescriptor*>> importers;
  std::vector<const pb::FileDescriptor*> open;
  for (const pb::FileDescriptor* file : after.files()) {
    for (int i = 0; i < file->dependency_count(); ++i) importers[file->dependency(i)].push_back(file);
    const pb::FileDescriptor* const same = before.pool().FindFileByName(file->name());
    if (same == nullptr || BytesOf(*same) != BytesOf(*file)) open.push_back(file);
  }
  Files changed;
  while (!open.empty()) {
    const pb::FileDescriptor* const file = open.back();
    open.pop_back();
    if (!changed.insert(file).second) continue;
    const auto& next = importers[file];
    open.insert(open.end(), next.begin(), next.end());
  }
  return changed;
}

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
  const Files files = ChangedFiles(before.schema, after.schema);
  Change change;
  for (const auto& [name, rpc] : now) {
    const auto same = old.find(name);
    if (same == old.end()) {
      change.added.push_back(name);
    } else if (same->second.routes != rpc.routes || (rpc.method != nullptr && files.contains(rpc.method->file()))) {
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
