#include <iostream>
#include <iterator>
#include <string>

#include "cli/command.h"
#include "cli/write_file.h"
#include "config/format.h"
#include "config/load.h"

namespace dragoman::cli {
namespace {

constexpr std::string_view kStandardInput = "-";

tl::expected<std::string, Problem> ReadOperand(const std::string& path) {
  if (path != kStandardInput) return config::ReadFileText(path);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

int RunFmt(const Flags& flags, std::ostream& out, std::ostream& err) {
  const bool check = flags.Has("check");
  const bool write = flags.Has("write");
  if (flags.operands().empty()) return ReportUsage(kFmt, "expected a FILE, or - for standard input", err);
  if (check && write) return ReportUsage(kFmt, "--check and --write contradict each other", err);
  int exit_code = kDone;
  for (const std::string_view operand : flags.operands()) {
    const std::string path(operand);
    if (write && path == kStandardInput) return ReportUsage(kFmt, "--write: standard input cannot be written", err);
    const std::string name = path == kStandardInput ? "standard input" : path;
    const auto refuse = [&](const std::string& what) {
      err << name << ": " << what << "\n";
      exit_code = kWrongInput;
    };
    const auto text = ReadOperand(path);
    if (!text) {
      refuse(text.error().what);
      continue;
    }
    const auto formatted = config::FormatYaml(*text);
    if (!formatted) {
      const config::YamlProblem& problem = formatted.error();
      err << name << ":" << problem.line << ":" << problem.column << ": " << problem.what << "\n";
      exit_code = kWrongInput;
    } else if (!check && !write) {
      out << *formatted;
    } else if (*formatted != *text) {
      if (check) exit_code = kWrongInput;
      if (const std::string why = write ? WriteFile(path, *formatted) : std::string(); !why.empty()) {
        refuse(why);
      } else {
        out << name << "\n";
      }
    }
  }
  return exit_code;
}

constexpr Flag kFlags[] = {
    {"check", "", "name the files that are not in that form, exit code 1 if there are any; writes nothing"},
    {"write", "", "write the files in that form, and name those that changed"},
};

}  // namespace

constexpr Command kFmt = {.name = "fmt",
                          .summary = "Writes configuration files in one form: indentation, blanks, blank lines.",
                          .usage = "fmt [--check | --write] FILE...",
                          .details = "Prints the text; - is standard input. Comments, quotes and the order of lines stay, and so does what the file means, which\n"
                                     "is looked at each time: a file that this would change is refused and left alone.",
                          .flags = kFlags,
                          .run = &RunFmt,
                          .operands = 10'000};

}  // namespace dragoman::cli
