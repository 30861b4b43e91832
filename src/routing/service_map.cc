#include "routing/service_map.h"

#include <string>
#include <utility>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::routing {
namespace {

using google::protobuf::ServiceDescriptor;

bool IsPrefix(std::string_view name) { return name.ends_with('*'); }

bool FitsText(std::string_view name, std::string_view service) {
  return IsPrefix(name) ? service.starts_with(name.substr(0, name.size() - 1)) : service == name;
}

// Services that speak of the server, not of what it is for.
bool OnlyByFullName(std::string_view service) {
  return service.starts_with("grpc.reflection.") || service.starts_with("grpc.health.");
}

// Of a prefix.
bool Covers(std::string_view prefix, std::string_view service) {
  return FitsText(prefix, service) && !OnlyByFullName(service);
}

// True where `name` decides rather than `other`, if both cover a service.
bool Beats(std::string_view name, std::string_view other) {
  if (IsPrefix(name) != IsPrefix(other)) return IsPrefix(other);
  return name.size() > other.size();
}

std::string WhyNothingFits(std::string_view name, const transcoding::Schema& schema) {
  const std::string quoted = transcoding::Quote(name);
  if (schema.services().empty()) {
    return quoted + " fits nothing: the descriptors define no service; name the files that do";
  }
  std::vector<std::string> candidates;
  for (const ServiceDescriptor* service : schema.services()) {
    if (FitsText(name, service->full_name())) {
      return quoted + " fits only services that must be named in full, such as " + service->full_name();
    }
    candidates.push_back(IsPrefix(name) ? service->file()->package() + ".*" : service->full_name());
  }
  return "the descriptors have no service " + quoted + DidYouMean(name, candidates);
}

}  // namespace

ServiceMap::ServiceMap(const std::vector<config::Service>& entries, const transcoding::Schema& schema,
                       Problems& problems, NamesToCome* to_come) {
  std::unordered_map<std::string_view, const ServiceDescriptor*> services;
  for (const ServiceDescriptor* service : schema.services()) services.emplace(service->full_name(), service);
  std::unordered_map<std::string_view, const config::Service*> by_name;
  for (const config::Service& entry : entries) {
    const auto [first, is_new] = by_name.try_emplace(entry.name, &entry);
    if (!is_new) {
      problems.push_back({.where = entry.at.ToString(),
                          .what = "services: " + transcoding::Quote(entry.name) +
                                  " stands here for the second time; the first is at " + first->second->at.ToString()});
      continue;
    }
    bool used = false;
    const auto cover = [&](const ServiceDescriptor* service) {
      used = true;
      const config::Service*& covering = entries_[service];
      if (covering == nullptr || Beats(entry.name, covering->name)) covering = &entry;
    };
    if (!IsPrefix(entry.name)) {
      if (const auto named = services.find(entry.name); named != services.end()) cover(named->second);
    } else {
      for (const ServiceDescriptor* service : schema.services()) {
        if (Covers(entry.name, service->full_name())) cover(service);
      }
    }
    if (used) continue;
    Problem dangles = {.where = entry.at.ToString(), .what = "services: " + WhyNothingFits(entry.name, schema)};
    if (to_come == nullptr || !to_come->PutOff(entry.name, dangles)) problems.push_back(std::move(dangles));
  }
}

const config::Service* ServiceMap::Find(const ServiceDescriptor* service) const {
  const auto entry = entries_.find(service);
  return entry == entries_.end() ? nullptr : entry->second;
}

}  // namespace dragoman::routing
