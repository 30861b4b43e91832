#include "gateway/descriptor_sources.h"

#include <algorithm>
#include <utility>

namespace dragoman::gateway {
namespace {

constexpr std::string_view kReflection = "reflection";

DescriptorSources::Time Now() { return std::chrono::system_clock::now(); }

}  // namespace

DescriptorSources::DescriptorSources(const Generation& first) {
  for (const config::DescriptorSource& configured : first.config.descriptors) {
    Source source;
    Places places{.at = configured.at.ToString(), .paths = {}};
    if (configured.reflection) {
      source.kind = kReflection;
      source.name = configured.reflection->backend;
    } else if (configured.proto) {
      source.kind = "proto";
      for (const auto& root : configured.proto->roots) {
        source.name += (source.name.empty() ? "" : ", ") + root.path;
        places.paths.push_back(root.path + "/");
      }
    } else {
      source.kind = "file";
      source.name = configured.file;
      places.paths.push_back(configured.file);
    }
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
    const auto problem = std::ranges::find_if(problems, [&places](const Problem& each) {
      return each.where == places.at || std::ranges::any_of(places.paths, [&each](const std::string& path) {
               return each.where.starts_with(path);
             });
    });
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
