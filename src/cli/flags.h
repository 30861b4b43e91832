#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cli/cli.h"

namespace dragoman::cli {

// A flag that a command knows: --config FILE, --json, which takes no value, or --graph [text|mermaid], which may have one; -X METHOD,
// which is one letter, as `--X METHOD` would be.
struct Flag {
  std::string_view name;   // "config"
  std::string_view value;  // "FILE"; empty: takes none
  std::string_view help;   // "the configuration"
  std::string_view otherwise = {};  // the value of one that is given without; empty: it needs one
  bool many = false;                // it may stand there several times
};

// The flags that were given, by name.
class Flags {
 public:
  // Reads `--config FILE`, `--config=FILE` and `--json`; --help (or -h) is always known. Views of the arguments.
  // `operands`: how many arguments there may be that are no flags. -X METHOD and -XMETHOD are the same.
  // Errors: `unknown flag --confg; did you mean "--config"?`, a value that is missing or not wanted, a flag that stands
  // twice, an argument that is no flag.
  static tl::expected<Flags, std::string> Parse(std::span<const Flag> known, Arguments arguments, size_t operands = 0);

  bool Has(std::string_view name) const { return values_.contains(name); }
  // The value of a flag; nothing if it was not given.
  std::optional<std::string_view> Find(std::string_view name) const;
  // Of a flag that may stand there several times.
  const std::vector<std::string_view>& All(std::string_view name) const;
  const std::vector<std::string_view>& operands() const { return operands_; }

 private:
  std::map<std::string_view, std::vector<std::string_view>> values_;
  std::vector<std::string_view> operands_;
};

}  // namespace dragoman::cli
