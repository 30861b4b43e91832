#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/position.h"
#include "generation/generation.h"

namespace dragoman::lint {

enum class Severity {
  kWarning,  // most likely a mistake, or a risk
  kNote,     // worth knowing
};

// One sort of finding. README.md has an example of each.
struct Code {
  std::string_view name;  // stable: "unreachable-rule"
  Severity severity = Severity::kWarning;
};

// Something in a configuration that is served all the same, but that a careful reader would ask about.
//
//   {unreachable-rule, dragoman.yaml:14:3, "GET /v1/** of shop.v1.Files/Get: no request reaches it, since …; remove it, or …"}
struct Finding {
  const Code* code = nullptr;  // one of Codes()
  config::Position at;         // of what a descriptor says: its .proto file, with a line where the descriptors have source info
  std::string message;         // what, and what to do about it; one line

  std::string where() const { return at.ToString(); }
};

// All findings about a generation, in the order of the places; what stands in the configuration goes first.
//
// Cost: for each rule with `**` a few matches, each literal of a path one look-up; policies × RPCs.
std::vector<Finding> Lint(const Generation& generation);
// Those that a configuration with problems has for certain, whatever becomes of these: what it says by itself, and the rules that there is nothing
// wrong with. Reads the descriptors again.
std::vector<Finding> LintUnserved(const config::Config& config, const Fetched& fetched);

// In alphabetical order.
std::span<const Code* const> Codes();
// Null if there is none of that name.
const Code* FindCode(std::string_view name);
// The code that was probably meant; empty if none is near enough.
std::string_view NearestCode(std::string_view name);
// `unknown code "unused-backnd"; did you mean "unused-backend"?`
std::string UnknownCode(std::string_view name);

// The order in which places are told: what stands in the configuration goes before what stands in a .proto file.
bool StandsBefore(const config::Position& a, const config::Position& b);

// "warning", "note".
std::string_view NameOf(Severity severity);

}  // namespace dragoman::lint
