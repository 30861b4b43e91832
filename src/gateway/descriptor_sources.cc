#include "gateway/descriptor_sources.h"

#include <algorithm>
#include <utility>

#include "generation/proto_files.h"

namespace dragoman::gateway {
namespace {

constexpr std::string_view kReflection = "reflection";

DescriptorSources::Time Now() { return std::chrono::system_clock::now(); }

}  // namespace

DescriptorSources::DescriptorSources(const Generation& first) {
  for (const config::DescriptorSource& configured : first.config.descriptors) {
    Source source;
    Places places{.at = {configured.at.ToString()}, .name = {}, .folders = {}};
    if (configured.reflection) {
      source.kind = kReflection;
      source.name = configured.reflection->backend;
    } else if (configured.proto) {
      source.kind = "proto";
      for (const auto& root : configured.proto->roots) {
        source.name += (source.name.empty() ? "" : ", ") + root.path;
        places.at.push_back(root.at.ToString());
        places.folders.push_back(ProtoFiles::PrefixOf(root));
      }
      for (const auto& files : configured.proto->files) places.at.push_back(files.at.ToString());
    } else {
      source.kind = "file";
      source.name = configured.file;
    }
    if (source.kind != kReflection) places.name = source.name;
    const auto awaited = std::ranges::find_if(first.awaited, [&](const Awaited& each) {
      return source.kind == kReflection && each.backend == source.name && !each.why.empty();
    });
    if (awaited == first.awaited.end()) {
      source.succeeded = first.built;
    } else {
      source.failed = first.built;
      source.error = awaited->why;
    }
    now_.sources.push_back(std::move(source));
    places_.push_back(std::move(places));
  }
}

bool DescriptorSources::Places::Has(std::string_view where) const {
  if (std::ranges::find(at, where) != at.end()) return true;
  if (!name.empty() && where.starts_with(name)) {
    const std::string_view rest = where.substr(name.size());
    if (rest.empty() || rest.starts_with(": ")) return true;  // "shop.pb: shop/v1/catalog.proto"
  }
  // "protos/shop/v1/catalog.proto:3:5"
  const bool is_proto = where.ends_with(".proto") || where.find(".proto:") != std::string_view::npos;
  if (!is_proto || where.find(": ") != std::string_view::npos) return false;
  return std::ranges::any_of(folders, [where](const std::string& folder) {
    return folder.empty() ? !where.starts_with('/') : where.starts_with(folder);
  });
}

DescriptorSources::Source* DescriptorSources::Find(std::string_view backend) {
  const auto found = std::ranges::find_if(
      now_.sources, [backend](const Source& source) { return source.kind == kReflection && source.name == backend; });
  return found != now_.sources.end() ? &*found : nullptr;
}

void DescriptorSources::Answered(std::string_view backend) {
  const std::lock_guard lock(mutex_);
  if (Source* source = Find(backend)) source->succeeded = Now();
}

void DescriptorSources::Failed(std::string_view backend, std::string why) {
  const std::lock_guard lock(mutex_);
  Source* source = Find(backend);
  if (source == nullptr) return;
  source->failed = Now();
  source->error = std::move(why);
}

void DescriptorSources::Loaded() {
  const std::lock_guard lock(mutex_);
  now_.problem.clear();
  for (Source& source : now_.sources) {
    if (source.kind != kReflection) source.succeeded = Now();
  }
}

void DescriptorSources::Kept(const Problems& problems) {
  const std::lock_guard lock(mutex_);
  now_.problem = problems.front().where + ": " + problems.front().what;
  for (size_t i = 0; i < now_.sources.size(); ++i) {
    const Places& places = places_[i];
    const auto problem =
        std::ranges::find_if(problems, [&places](const Problem& each) { return places.Has(each.where); });
    if (problem == problems.end()) continue;
    now_.sources[i].failed = Now();
    now_.sources[i].error = problem->what;
  }
}

DescriptorSources::Snapshot DescriptorSources::snapshot() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

}  // namespace dragoman::gateway
