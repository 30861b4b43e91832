#include "cli/cli.h"

#include <algorithm>
#include <vector>

#include "cli/command.h"
#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::cli {
namespace {

std::string Padded(std::string_view text, size_t width) {
  std::string padded(text);
  padded.append(width - std::min(width, text.size()), ' ');
  return padded;
}

// A line for each form of the command: `usage: dragoman check --config FILE`.
void PrintUsage(const Command& command, std::ostream& to) {
  std::string_view prefix = "usage: ";
  std::string_view forms = command.usage;
  while (!forms.empty()) {
    const size_t end = std::min(forms.find('\n'), forms.size());
    to << prefix << "dragoman " << forms.substr(0, end) << "\n";
    forms.remove_prefix(std::min(end + 1, forms.size()));
    prefix = "       ";
  }
}

void PrintOverview(std::ostream& to) {
  to << "dragoman: one REST/JSON interface in front of gRPC services\n\nusage: dragoman COMMAND [--FLAG "
        "[VALUE]...]\n\n";
  size_t width = 0;
  for (const Command& command : Commands()) width = std::max(width, command.name.size());
  for (const Command& command : Commands())
    to << "  " << Padded(command.name, width) << "  " << command.summary << "\n";
  to << "\n`dragoman COMMAND --help` tells more. Exit codes: 0 done, 1 the input is wrong, 2 wrong usage.\n";
}

void PrintHelp(const Command& command, std::ostream& to) {
  PrintUsage(command, to);
  to << "\n" << command.summary << "\n";
  if (!command.details.empty()) to << "\n" << command.details << "\n";
  if (command.flags.empty()) return;
  to << "\n";
  size_t width = 0;
  for (const Flag& flag : command.flags) width = std::max(width, flag.name.size() + 1 + flag.value.size());
  for (const Flag& flag : command.flags) {
    to << (flag.name.size() == 1 ? "  -" : "  --")
       << Padded(std::string(flag.name) + " " + std::string(flag.value), width + (flag.name.size() == 1 ? 1 : 0)) << "  " << flag.help << "\n";
  }
}

// The first words of `arguments` as one name: "check", or "key new" for a command of two words.
const Command* FindCommand(Arguments arguments) {
  std::string name(arguments.front() == "--version" ? kVersion.name : arguments.front());
  const std::span<const Command> commands = Commands();
  auto command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end() && arguments.size() > 1) {
    name.append(" ").append(arguments[1]);
    command = std::ranges::find(commands, name, &Command::name);
  }
  return command == commands.end() ? nullptr : &*command;
}

// Those of two words of which this is the first: `key`.
std::vector<const Command*> GroupOf(std::string_view first) {
  std::vector<const Command*> group;
  for (const Command& command : Commands()) {
    if (command.name.starts_with(std::string(first) + " ")) group.push_back(&command);
  }
  return group;
}

bool AsksForHelp(std::string_view word) { return word == "--help" || word == "-h" || word == "help"; }

// `dragoman help serve`, `dragoman key --help`: true if there is such a command, or are some.
bool PrintHelpOn(Arguments words, std::ostream& out) {
  if (const Command* command = FindCommand(words)) {
    PrintHelp(*command, out);
    return true;
  }
  const std::vector<const Command*> group = GroupOf(words.front());
  for (const Command* command : group) {
    if (command != group.front()) out << "\n\n";
    PrintHelp(*command, out);
  }
  return !group.empty();
}

int ReportUnknown(Arguments arguments, std::ostream& err) {
  const std::string_view first = arguments.front();
  std::string words;  // what may follow the first word
  for (const Command* command : GroupOf(first)) {
    words.append(words.empty() ? "" : ", ").append(command->name.substr(first.size() + 1));
  }
  std::vector<std::string_view> names;
  for (const Command& command : Commands()) names.push_back(command.name);
  if (words.empty()) {
    err << "dragoman: unknown command " << transcoding::Quote(first) << DidYouMean(first, names) << "\n";
  } else {
    err << "dragoman " << first << ": expected one of " << words
        << (arguments.size() > 1 ? ", got " + transcoding::Quote(arguments[1]) : "") << "\n";
  }
  err << "`dragoman --help` lists the commands\n";
  return kWrongUsage;
}

}  // namespace

std::span<const Command> Commands() {
  static const Command kCommands[] = {kServe, kCheck, kRoutes, kExplain, kOpenApi, kFmt, kInit, kKeyNew, kKeyHash, kKeyList, kVersion};
  return kCommands;
}

int ReportUsage(const Command& command, std::string_view what, std::ostream& err) {
  err << "dragoman " << command.name << ": " << what << "\n";
  PrintUsage(command, err);
  err << "`dragoman " << command.name << " --help` tells more\n";
  return kWrongUsage;
}

int Run(Arguments arguments, std::ostream& out, std::ostream& err) {
  if (arguments.empty()) {
    PrintOverview(err);
    return kWrongUsage;
  }
  if (AsksForHelp(arguments.front())) {
    if (arguments.size() > 1) return PrintHelpOn(arguments.subspan(1), out) ? kDone : ReportUnknown(arguments.subspan(1), err);
    PrintOverview(out);
    return kDone;
  }
  const Command* command = FindCommand(arguments);
  if (command == nullptr && arguments.size() > 1 && AsksForHelp(arguments[1]) && PrintHelpOn(arguments.first(1), out)) return kDone;
  if (command == nullptr) return ReportUnknown(arguments, err);
  arguments = arguments.subspan(1 + static_cast<size_t>(std::ranges::count(command->name, ' ')));
  const tl::expected<Flags, std::string> flags = Flags::Parse(command->flags, arguments, command->operands);
  if (!flags) return ReportUsage(*command, flags.error(), err);
  if (flags->Has("help")) {
    PrintHelp(*command, out);
    return kDone;
  }
  return command->run(*flags, out, err);
}

}  // namespace dragoman::cli
