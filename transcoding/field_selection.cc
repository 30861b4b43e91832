#include "transcoding/field_selection.h"

#include <algorithm>

#include "transcoding/quote.h"

namespace dragoman::transcoding {

const MessagePlan* SelectableBelow(const FieldPlan& field) {
  const MessagePlan* message = field.map ? field.message->fields()[1].message : field.message;
  return message == nullptr || message->special_form() ? nullptr : message;
}

FieldSelection::FieldSelection(const MessagePlan& plan) : plan_(&plan) {
  plan.Complete();
  slots_.resize(plan.fields().size(), kNone);
}

tl::expected<void, std::string> FieldSelection::Select(std::string_view path) {
  // The whole path is looked up before anything is noted.
  std::vector<const FieldPlan*> fields;
  const MessagePlan* at = plan_;
  const MessagePlan* above = nullptr;
  for (std::string_view rest = path;;) {
    // The name of an extension has dots: [shop.v1.note].
    const size_t dot = rest.find('.', rest.starts_with('[') ? std::min(rest.find(']'), rest.size()) : 0);
    const std::string_view name = rest.substr(0, dot);
    if (at == nullptr) {
      const FieldPlan& last = *fields.back();
      return tl::unexpected("field " + Quote(last.name) + " of " + above->full_name() +
                            (last.message == nullptr || last.map ? " has no fields" : " is whole or not at all"));
    }
    if (fields.size() == kMaxSelectionLevels) {
      return tl::unexpected("more than " + std::to_string(kMaxSelectionLevels) + " names in one path");
    }
    const FieldPlan* field = at->Find(name);
    if (field == nullptr) {
      const FieldPlan* nearest = at->Nearest(name);
      return tl::unexpected(at->full_name() + " has no field " + Quote(name) +
                            (nearest ? "; did you mean " + Quote(nearest->name) + "?" : ""));
    }
    fields.push_back(field);
    if (dot == std::string_view::npos) break;
    above = at;
    at = SelectableBelow(*field);
    rest.remove_prefix(dot + 1);
  }
  FieldSelection* selection = this;
  for (size_t i = 0; i < fields.size(); ++i) {
    uint32_t& slot = selection->slots_[static_cast<size_t>(fields[i]->index)];
    if (slot == kWhole) break;
    if (i + 1 == fields.size()) {
      slot = kWhole;
      break;
    }
    if (slot == kNone) {
      selection->below_.emplace_back(*SelectableBelow(*fields[i]));
      slot = kFirst + static_cast<uint32_t>(selection->below_.size()) - 1;
    }
    selection = &selection->below_[slot - kFirst];
  }
  return {};
}

}  // namespace dragoman::transcoding
