#include "config/draft.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "config/scalar.h"

namespace dragoman::config {
namespace {

// What speaks of something else, by name. "": what stands in another file, which is what is said of descriptors.
struct Reference {
  std::string_view from;
  std::string_view to;
};
constexpr std::array kReferences = {
    Reference{"", "http_rules"},
    Reference{"authentication", "consumers"},
    Reference{"compositions", "services"},
    Reference{"consumers", "authentication"},
    Reference{"http_rules", "services"},
    Reference{"policies", "authentication"},
    Reference{"policies", "compositions"},
    Reference{"policies", "consumers"},
    Reference{"policies", "rate_limits"},
    Reference{"policies", "services"},
};

// What may not be missing.
constexpr std::array<std::string_view, 3> kRequired = {"descriptors", "backends", "services"};

}  // namespace

Draft::Draft(Config read, Problems found, std::string file, std::vector<Section> sections, const std::set<std::string>& known)
    : config(std::move(read)), problems(std::move(found)), file_(std::move(file)), sections_(std::move(sections)) {
  for (const Problem& problem : problems) {
    if (const std::string_view section = SectionOf(problem); !section.empty()) wrong_.emplace(section);
  }
  const auto is_there = [this](std::string_view name) { return std::ranges::find(sections_, name, &Section::name) != sections_.end(); };
  for (const std::string_view name : kRequired) {
    if (!is_there(name)) wrong_.emplace(name);
  }
  // A name that nobody knows may be meant for any that is missing.
  if (std::ranges::all_of(sections_, [&known](const Section& section) { return known.contains(section.name); })) return;
  for (const std::string& name : known) {
    if (!is_there(name)) wrong_.insert(name);
  }
}

void Draft::LeaveOutWhatIsWrong() {
  const bool callers = IsWrong("authentication") || IsWrong("consumers");
  if (callers) config.authentication.reset();
  if (callers) config.consumers.clear();
  if (IsWrong("rate_limits")) config.rate_limits.clear();
  if (callers || IsWrong("rate_limits") || IsWrong("policies")) config.policies.clear();
  if (IsWrong("compositions")) config.compositions.clear();
  if (IsWrong("http_rules")) config.http_rules.clear();
  if (IsWrong("guard")) config.guard.reset();
  if (IsWrong("store")) config.store.reset();
  if (IsWrong("cors")) config.cors.reset();
  if (IsWrong("compression")) config.compression.reset();
  if (IsWrong("openapi")) config.openapi.reset();
}

bool Draft::IsCertain(const Problem& problem) const {
  const std::string_view section = SectionOf(problem);
  return !wrong_.contains(section) && std::ranges::none_of(kReferences, [&](const Reference& each) {
    return each.from == section && wrong_.contains(each.to);
  });
}

std::string_view Draft::SectionOf(const Problem& problem) const {
  const std::optional<Position> at = ParsePosition(problem.where);
  if (!at || at->file != file_) return {};
  const auto place = std::tuple(at->line, at->column);
  const auto start = [](const Section& section) { return std::tuple(section.line, section.column); };
  // What is said of the file as a whole stands where its first key does.
  if (sections_.empty() || place <= start(sections_.front())) return {};
  return std::prev(std::ranges::upper_bound(sections_, place, {}, start))->name;
}

}  // namespace dragoman::config
