#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "composition/scope.h"
#include "transcoding/message_plan.h"
#include "transcoding/nearest.h"

namespace dragoman::composition {

// A scope that a test writes down.
class TestScope : public Scope {
 public:
  // A call whose reply is a `message`; of a for_each with the axes that it goes through.
  Variable& AddCall(std::string name, const transcoding::MessagePlan& message, std::vector<Axis> axes = {}) {
    Variable& variable = AddMessage(std::move(name), message);
    variable.type.axes = std::move(axes);
    variable.call = calls_++;
    return variable;
  }
  // `body`, `each`, a level: a message that stands at `place`; empty: at its name.
  Variable& AddMessage(std::string name, const transcoding::MessagePlan& message, std::string place = {}) {
    Variable variable{.number = next_++};
    variable.type.kind = Kind::kMessage;
    variable.type.message = &message;
    variable.type.place = place.empty() ? name : std::move(place);
    return roots_[std::move(name)] = variable;
  }
  // `path.limit`: a member of a root.
  Variable& AddMember(const std::string& root, const std::string& name, Kind kind, bool list = false) {
    Variable variable{.number = next_++};
    variable.type.kind = kind;
    variable.type.place = root + "." + name;
    if (list) variable.type.axes = {variable.type.place};
    return members_[root][name] = variable;
  }
  // `each.NAME` is the level that is the root `of`.
  void AddLevel(const std::string& name, const std::string& of) { levels_[name] = roots_.at(of); }
  // What the for_each goes through.
  void Within(std::vector<Axis> axes) { axes_ = std::move(axes); }

  size_t variables() const { return next_; }
  const Variable& Get(const std::string& name) const { return roots_.at(name); }
  const Variable& Get(const std::string& root, const std::string& name) const { return members_.at(root).at(name); }

  std::optional<Variable> Find(std::string_view name) const override {
    const auto found = roots_.find(std::string(name));
    return found == roots_.end() ? std::nullopt : std::optional(found->second);
  }
  bool HasMembers(std::string_view root) const override { return members_.contains(std::string(root)); }
  tl::expected<Variable, std::string> FindMember(std::string_view root, std::string_view name) override {
    const auto& members = members_.at(std::string(root));
    const auto found = members.find(std::string(name));
    if (found != members.end()) return found->second;
    return tl::unexpected(std::string(root) + " has no " + std::string(name));
  }
  std::optional<Variable> FindLevel(std::string_view name) const override {
    const auto found = levels_.find(std::string(name));
    return found == levels_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::string> Names() const override {
    std::vector<std::string> names;
    for (const auto& [name, variable] : roots_) names.push_back(name);
    for (const auto& [name, members] : members_) names.push_back(name);
    return names;
  }
  size_t AddLocal() override { return next_++; }
  const std::vector<Axis>& axes() const override { return axes_; }

 private:
  std::map<std::string, Variable> roots_;
  std::map<std::string, std::map<std::string, Variable>> members_;
  std::map<std::string, Variable> levels_;
  std::vector<Axis> axes_;
  size_t next_ = 0;
  size_t calls_ = 0;
};

}  // namespace dragoman::composition
