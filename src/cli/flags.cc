#include "cli/flags.h"

#include <algorithm>
#include <vector>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::cli {
namespace {

constexpr std::string_view kHelp = "help";

std::string Unknown(std::string_view argument, std::span<const Flag> known) {
  std::vector<std::string> names;
  for (const Flag& flag : known) names.push_back("--" + std::string(flag.name));
  names.push_back("--help");
  const std::string_view name = argument.substr(0, argument.find('='));
  return "unknown flag " + transcoding::Quote(name) + DidYouMean(name, names);
}

}  // namespace

tl::expected<Flags, std::string> Flags::Parse(std::span<const Flag> known, Arguments arguments) {
  Flags flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      flags.values_.emplace(kHelp, "");
      continue;
    }
    if (!argument.starts_with('-')) return tl::unexpected("expected a flag, got " + transcoding::Quote(argument));
    const std::string_view body = argument.substr(argument.starts_with("--") ? 2 : argument.size());
    const size_t equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    const auto flag = std::find_if(known.begin(), known.end(), [name](const Flag& each) { return each.name == name; });
    if (flag == known.end()) return tl::unexpected(Unknown(argument, known));

    const std::string spelled = "--" + std::string(name);
    std::string_view value;
    if (equals != std::string_view::npos) {
      if (flag->value.empty()) return tl::unexpected(spelled + " takes no value");
      value = body.substr(equals + 1);
    } else if (!flag->otherwise.empty() && (i + 1 == arguments.size() || arguments[i + 1].starts_with('-'))) {
      value = flag->otherwise;
    } else if (!flag->value.empty()) {
      if (++i == arguments.size())
        return tl::unexpected(spelled + " needs a value: " + spelled + " " + std::string(flag->value));
      value = arguments[i];
    }
    if (!flags.values_.emplace(flag->name, value).second) return tl::unexpected(spelled + " stands twice");
  }
  return flags;
}

std::optional<std::string_view> Flags::Find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

}  // namespace dragoman::cli
