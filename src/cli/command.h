#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "cli/cli.h"
#include "cli/flags.h"

namespace dragoman::cli {

// One command: what `--help` says of it, the flags that it knows, and what it does.
struct Command {
  std::string_view name;     // "check", "key new"
  std::string_view summary;  // one line
  std::string_view usage;    // a line for each form, without "dragoman"
  std::string_view details;  // paragraphs for its own --help; may be empty
  std::span<const Flag> flags;
  int (*run)(const Flags& flags, std::ostream& out, std::ostream& err);
  size_t operands = 0;  // arguments that are no flags, at most
};

// All commands, in the order of the help text.
std::span<const Command> Commands();

// `dragoman check: --config FILE is missing`, the usage, and where there is help. Returns kWrongUsage.
int ReportUsage(const Command& command, std::string_view what, std::ostream& err);

extern const Command kServe;
extern const Command kCheck;
extern const Command kRoutes;
extern const Command kExplain;
extern const Command kFmt;
extern const Command kInit;
extern const Command kKeyNew;
extern const Command kKeyHash;
extern const Command kKeyList;
extern const Command kOpenApi;
extern const Command kVersion;

}  // namespace dragoman::cli
