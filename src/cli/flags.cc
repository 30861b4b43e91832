#include "cli/flags.h"

#include <algorithm>
#include <vector>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::cli {
namespace {

constexpr std::string_view kHelp = "help";

// "--config", "-X".
std::string Spelled(std::string_view name) { return (name.size() == 1 ? "-" : "--") + std::string(name); }

std::string Unknown(std::string_view argument, std::span<const Flag> known) {
  std::vector<std::string> names;
  for (const Flag& flag : known) names.push_back(Spelled(flag.name));
  names.push_back("--help");
  const std::string_view name = argument.substr(0, argument.find('='));
  return "unknown flag " + transcoding::Quote(name) + DidYouMean(name, names);
}

}  // namespace

tl::expected<Flags, std::string> Flags::Parse(std::span<const Flag> known, Arguments arguments, size_t operands) {
  Flags flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      flags.values_[kHelp];
      continue;
    }
    if (!argument.starts_with('-') || (argument == "-" && operands > 0)) {
      if (operands == 0) return tl::unexpected("expected a flag, got " + transcoding::Quote(argument));
      if (flags.operands_.size() == operands) return tl::unexpected("one argument too many: " + transcoding::Quote(argument));
      flags.operands_.push_back(argument);
      continue;
    }
    const bool letter = !argument.starts_with("--") && argument.size() > 1;
    const std::string_view body = argument.substr(letter ? 1 : argument.starts_with("--") ? 2 : argument.size());
    const size_t equals = letter ? std::string_view::npos : body.find('=');
    const std::string_view name = letter ? body.substr(0, 1) : body.substr(0, equals);
    const auto flag = std::find_if(known.begin(), known.end(), [name](const Flag& each) { return each.name == name; });
    if (flag == known.end() || (letter && flag->name.size() != 1)) return tl::unexpected(Unknown(argument, known));

    const std::string spelled = Spelled(name);
    std::string_view value;
    if (equals != std::string_view::npos) {
      if (flag->value.empty()) return tl::unexpected(spelled + " takes no value");
      value = body.substr(equals + 1);
    } else if (letter && body.size() > 1) {
      value = body.substr(1);
    } else if (!flag->otherwise.empty() && (i + 1 == arguments.size() || arguments[i + 1].starts_with('-'))) {
      value = flag->otherwise;
    } else if (!flag->value.empty()) {
      if (++i == arguments.size())
        return tl::unexpected(spelled + " needs a value: " + spelled + " " + std::string(flag->value));
      value = arguments[i];
    }
    std::vector<std::string_view>& values = flags.values_[flag->name];
    if (!values.empty() && !flag->many) return tl::unexpected(spelled + " stands twice");
    values.push_back(value);
  }
  return flags;
}

std::optional<std::string_view> Flags::Find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

const std::vector<std::string_view>& Flags::All(std::string_view name) const {
  static const std::vector<std::string_view> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

}  // namespace dragoman::cli
