#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::config {

// A configuration with problems, as far as it could be read: what is wrong has its default, or is not in its list. It is never
// served; who builds it all the same finds what else is wrong (AllProblemsOf of generation.h).
class Draft {
 public:
  // A key of the file's first level: "backends" at 4:1. In the order of the file.
  struct Section {
    std::string name;
    int line = 0;
    int column = 0;
  };

  // Nothing of it could be read.
  explicit Draft(Problem problem) : problems{std::move(problem)} {}
  // `known`: the names that a section may have. `file`: as it is called in problems.
  Draft(Config read, Problems found, std::string file, std::vector<Section> sections, const std::set<std::string>& known);

  // Whether something is wrong with a section, or may be meant for it.
  bool IsWrong(std::string_view section) const { return wrong_.contains(section); }
  // Takes out of `config` whatever a problem stands in, and what cannot be without that; listeners, backends and services stay as far as
  // they were read.
  void LeaveOutWhatIsWrong();
  // Whether something else that was found wrong is so for certain, whatever becomes of `problems`: nothing is wrong where it stands,
  // nor with what that speaks of.
  bool IsCertain(const Problem& problem) const;

  Config config;
  Problems problems;  // in the order of the file; never empty

 private:
  // Empty: not this file's, or the file's as a whole.
  std::string_view SectionOf(const Problem& problem) const;

  std::string file_;
  std::vector<Section> sections_;
  std::set<std::string, std::less<>> wrong_;
};

}  // namespace dragoman::config
