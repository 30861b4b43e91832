#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generation/generation.h"

namespace dragoman::gateway {

// How the sources of descriptors have fared, for people.
//
// Threads: any.
class DescriptorSources {
 public:
  using Time = std::chrono::system_clock::time_point;

  struct Source {
    std::string kind;  // "reflection", "file", "proto"
    std::string name;  // the backend, the file, the roots
    std::optional<Time> succeeded;
    std::optional<Time> failed;
    std::string error;  // of that time
  };
  struct Snapshot {
    std::vector<Source> sources;  // in the order of the configuration
    std::string problem;          // why what they say now is not served; empty: it is
  };

  // As `first` was built of them.
  explicit DescriptorSources(const Generation& first);

  // A backend was asked for its own.
  void Answered(std::string_view backend);
  void Failed(std::string_view backend, std::string why);
  // All files were read, and what all say together is served …
  void Loaded();
  // … or is not.
  void Kept(const Problems& problems);

  Snapshot snapshot() const;

 private:
  // Where problems say that something is wrong with a source of files.
  struct Places {
    bool Has(std::string_view where) const;

    std::vector<std::string> at;       // "dragoman.yaml:3:5": the entry, its roots and patterns
    std::string name;                  // "shop.pb", "protos, third_party"
    std::vector<std::string> folders;  // "protos/"; "" is the one that all is relative to
  };
  Source* Find(std::string_view backend);

  mutable std::mutex mutex_;  // of the snapshot
  Snapshot now_;
  std::vector<Places> places_;  // of now_.sources
};

}  // namespace dragoman::gateway
