#include "composition/answer_selection.h"

#include <algorithm>

#include "transcoding/nearest.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using transcoding::kMaxSelectedPaths;
using transcoding::Quote;
using Form = AnswerPart::Form;

std::string Dotted(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ".").append(name);
  return text;
}

}  // namespace

Result<AnswerSelection> AnswerSelection::Select(const Answer& answer, std::string_view fields) {
  AnswerSelection selection(answer);
  size_t paths = 0;
  for (std::string_view rest = fields;;) {
    const size_t comma = rest.find(',');
    std::vector<std::string_view> path;
    for (std::string_view left = rest.substr(0, comma);;) {
      const size_t dot = left.find('.');
      path.push_back(left.substr(0, dot));
      if (path.size() > kMaxSelectedLevels) {
        return Refuse(Reason::kInvalidRequest,
                      "fields: more than " + std::to_string(kMaxSelectedLevels) + " names in one path");
      }
      if (dot == std::string_view::npos) break;
      left.remove_prefix(dot + 1);
    }
    if (++paths > kMaxSelectedPaths) {
      return Refuse(Reason::kInvalidRequest, "fields: more than " + std::to_string(kMaxSelectedPaths) + " paths");
    }
    // What is missing is told whatever is asked for.
    const bool errors = path.size() == 1 && path[0] == answer.errors_key;
    if (errors) {
      selection.states_[answer.root.number] = std::max(selection.states_[answer.root.number], State::kPartly);
    } else if (!selection.Mark(answer.root, path, 0)) {
      return Refuse(Reason::kInvalidRequest, "fields: " + selection.error_);
    }
    if (comma == std::string_view::npos) return selection;
    rest.remove_prefix(comma + 1);
  }
}

bool AnswerSelection::HasName(const AnswerPart& part, std::string_view name) {
  if (part.form == Form::kObject) return std::find(part.names.begin(), part.names.end(), name) != part.names.end();
  if (const transcoding::MessagePlan* message = part.message(); message != nullptr) {
    const transcoding::FieldPlan* field = message->Find(name);
    return field != nullptr && !part.drops(*field);
  }
  return std::any_of(part.parts.begin(), part.parts.end(),
                     [&](const AnswerPart& below) { return HasName(below, name); });
}

bool AnswerSelection::Unknown(const AnswerPart& part, std::span<const std::string_view> path, size_t level) {
  const std::vector<std::string> names = NamesOf(part, options_);
  const std::string of = level == 0 ? "the answer" : Dotted(path.first(level));
  error_ = of + " has no " + (names.empty() ? "members" : Quote(path[level]) + DidYouMean(path[level], names));
  return false;
}

bool AnswerSelection::Mark(const AnswerPart& part, std::span<const std::string_view> path, size_t level) {
  State& state = states_[part.number];
  if (level == path.size()) {
    state = State::kWhole;
    return true;
  }
  if (!HasName(part, path[level])) return Unknown(part, path, level);
  state = std::max(state, State::kPartly);
  switch (part.form) {
    case Form::kObject:
    case Form::kJoin:
      return MarkMember(part, path, level);
    case Form::kValue:
    case Form::kField:
      return MarkFields(part, path, level);
    default:
      return MarkAny(part, path, level);
  }
}

bool AnswerSelection::MarkMember(const AnswerPart& part, std::span<const std::string_view> path, size_t level) {
  for (size_t i = 0; i < part.parts.size(); ++i) {
    if (part.form == Form::kJoin ? !HasName(part.parts[i], path[level]) : part.names[i] != path[level]) continue;
    if (!Mark(part.parts[i], path, part.form == Form::kJoin ? level : level + 1)) return false;
  }
  return true;
}

// Each of the parts may be what is written, so each is asked for, also where it has nothing of that name.
bool AnswerSelection::MarkAny(const AnswerPart& part, std::span<const std::string_view> path, size_t level) {
  bool found = false;
  for (const AnswerPart& below : part.parts) {
    states_[below.number] = std::max(states_[below.number], State::kPartly);
    found = Mark(below, path, level) || found;
  }
  return found;
}

bool AnswerSelection::MarkFields(const AnswerPart& part, std::span<const std::string_view> path, size_t level) {
  auto& fields = fields_[part.number];
  if (fields == nullptr) fields = std::make_unique<transcoding::FieldSelection>(*part.message());
  const auto selected = fields->Select(Dotted(path.subspan(level)));
  if (!selected) error_ = (level == 0 ? "" : Dotted(path.first(level)) + ": ") + selected.error();
  return selected.has_value();
}

CallSet AnswerSelection::uses(const AnswerPart& part) const {
  switch (states_[part.number]) {
    case State::kNone:
      return 0;
    case State::kWhole:
      return part.uses;
    case State::kPartly:
      break;
  }
  CallSet uses = part.own_uses;
  for (const AnswerPart& below : part.parts) uses |= this->uses(below);
  return uses;
}

}  // namespace dragoman::composition
