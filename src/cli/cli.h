#pragma once

#include <ostream>
#include <span>
#include <string_view>

namespace dragoman::cli {

// Exit codes, a promise to scripts.
inline constexpr int kDone = 0;
inline constexpr int kWrongInput = 1;  // configuration, descriptors, routes, an address that is in use
inline constexpr int kWrongUsage = 2;  // of the command line itself

using Arguments = std::span<const std::string_view>;

// Runs one command: {"check", "--config", "dragoman.yaml"} → 0, and what it has to say on `out`; complaints go to
// `err`.
int Run(Arguments arguments, std::ostream& out, std::ostream& err);

}  // namespace dragoman::cli
