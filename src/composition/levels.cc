#include "composition/levels.h"

#include <algorithm>
#include <utility>

#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using transcoding::Quote;

constexpr std::string_view kEach = "each";

// From the term itself down to what its path begins with.
std::vector<const Term*> SpineOf(const Term& root) {
  std::vector<const Term*> spine = {&root};
  while (spine.back()->op == Term::Op::kField || spine.back()->op == Term::Op::kAt ||
         spine.back()->op == Term::Op::kKey) {
    spine.push_back(spine.back()->operands.front().get());
  }
  return spine;
}

// The part of the path that level number `level` goes through: the shortest one that has its axis.
const Term* ListOf(const std::vector<const Term*>& spine, size_t level) {
  const std::vector<Axis>& axes = spine.front()->type.axes;
  for (size_t i = spine.size(); i-- > 0;) {
    const std::vector<Axis>& some = spine[i]->type.axes;
    if (some.size() > level &&
        std::equal(axes.begin(), axes.begin() + static_cast<ptrdiff_t>(level) + 1, some.begin())) {
      return spine[i];
    }
  }
  return spine.front();
}

// "tags" of "query.tags"; empty for an axis whose last part is no name.
std::string LastName(std::string_view axis) {
  const std::string_view name = axis.substr(axis.rfind('.') + 1);
  const bool good = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return good ? std::string(name) : std::string();
}

}  // namespace

Type Levels::TypeOf(const Element& element) {
  Type type = element.list->type;
  type.axes.erase(type.axes.begin(), type.axes.begin() + static_cast<ptrdiff_t>(element.depth));
  type.open = 0;
  return type;
}

std::optional<std::string> Levels::Add(std::string text, bool own, const Element& element) {
  for (const Name& other : names_) {
    if (other.text != text || other.own != own) continue;
    if (other.element == element) return std::nullopt;
    return "two levels are called " + Quote(text) + "; name them with `as`";
  }
  const Type each = TypeOf(names_.front().element);
  if (!own && each.kind == Kind::kMessage && !each.list() && each.message->Find(text) != nullptr) {
    return "a level is called " + Quote(text) + ", which is a field of " + each.message->full_name() +
           " too; name the levels with `as`";
  }
  names_.push_back({std::move(text), own, element, std::nullopt});
  return std::nullopt;
}

std::optional<size_t> Levels::BeginsWith(const Expression& list) {
  const Term& begins = *SpineOf(list.root()).back();
  return begins.op == Term::Op::kVariable ? begins.call : std::nullopt;
}

tl::expected<Levels, std::string> Levels::Build(const Expression& list, const std::vector<std::string>& as,
                                                const Levels* results, std::string_view begins_with) {
  Levels levels;
  const Term& root = list.root();
  const std::vector<const Term*> spine = SpineOf(root);
  levels.axes_ = root.type.axes;
  const size_t count = levels.axes_.size();
  if (!as.empty() && as.size() != count) {
    return tl::unexpected("as: expected a name for each of " + std::to_string(count) +
                          (count == 1 ? " level, got " : " levels, got ") + std::to_string(as.size()));
  }
  levels.names_.push_back({std::string(kEach), true, {&root, count}, std::nullopt});

  // Of the results of another for_each the last level is the result; the others are what that one goes through.
  // Where one of its elements was picked they are other lists.
  const std::vector<Axis>& outer = spine.back()->type.axes;
  const bool whole = outer.size() <= count && std::equal(outer.begin(), outer.end(), levels.axes_.begin());
  if (!whole) results = nullptr;
  const size_t taken = results == nullptr ? 0 : outer.size();
  for (size_t i = 0; i < count; ++i) {
    if (i + 1 < taken) {
      levels.levels_.push_back(results->levels_[i]);
    } else if (i + 1 == taken) {
      levels.levels_.push_back({spine.back(), taken});
    } else {
      levels.levels_.push_back({ListOf(spine, i), i + 1});
    }
  }
  std::optional<std::string> problem;
  const auto add = [&](std::string text, bool own, const Element& element) {
    if (text.empty() || problem) return;
    problem = levels.Add(std::move(text), own, element);
  };
  for (size_t i = 0; i < as.size(); ++i) add(as[i], true, levels.levels_[i]);
  if (results != nullptr) {
    for (const Name& name : results->names_) {
      if (name.text == kEach || (!name.own && !as.empty())) continue;
      if (std::find(as.begin(), as.end(), name.text) == as.end()) add(name.text, name.own, name.element);
    }
  }
  if (as.empty()) {
    if (!begins_with.empty()) add(std::string(begins_with), false, levels.levels_[taken > 0 ? taken - 1 : 0]);
    for (size_t i = taken; i < count; ++i) {
      const Term& through = *levels.levels_[i].list;
      if (through.op == Term::Op::kField && through.field != nullptr && through.type.axes.size() == i + 1) {
        add(through.field->name, false, levels.levels_[i]);
        add(through.field->json_name, false, levels.levels_[i]);
      } else {
        add(LastName(levels.axes_[i]), false, levels.levels_[i]);
      }
    }
  }
  if (problem) return tl::unexpected(*std::move(problem));
  return levels;
}

std::optional<Variable> Levels::Ask(Name& name, size_t& next_variable) {
  asked_ = true;
  if (!name.variable) name.variable = Variable{.number = next_variable++, .type = TypeOf(name.element), .call = {}};
  return name.variable;
}

std::optional<Variable> Levels::Find(std::string_view name, size_t& next_variable) {
  for (Name& each : names_) {
    if (each.own && each.text == name) return Ask(each, next_variable);
  }
  return std::nullopt;
}

std::optional<Variable> Levels::FindLevel(std::string_view name, size_t& next_variable) {
  for (Name& each : names_) {
    if (!each.own && each.text == name) return Ask(each, next_variable);
  }
  return std::nullopt;
}

std::vector<std::string> Levels::OwnNames() const {
  std::vector<std::string> names;
  for (const Name& name : names_) {
    if (name.own) names.push_back(name.text);
  }
  return names;
}

std::vector<ForEach::Element> Levels::Elements(size_t& next_variable) {
  Ask(names_.front(), next_variable);
  std::vector<ForEach::Element> elements;
  for (size_t i = names_.size(); i-- > 0;) {
    const Name& name = names_[i];
    if (name.variable) elements.push_back({name.variable->number, name.element.list, name.element.depth});
  }
  return elements;
}

}  // namespace dragoman::composition
