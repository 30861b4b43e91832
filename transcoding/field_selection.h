#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "transcoding/message_plan.h"

namespace dragoman::transcoding {

inline constexpr int kMaxSelectionLevels = 32;
inline constexpr size_t kMaxSelectedPaths = 64;  // that a client may ask for at once

// Which fields of a message are written, and of the messages below it: JsonCodec skips the others on the wire.
//
//   FieldSelection fields(plans.Get(order));
//   fields.Select("id");  fields.Select("lines.item.name");     {"id":"7","lines":[{"item":{"name":"Tea"}}]}
//
// A path goes through lists and the values of maps as through a message. A well-known type with a form of its own
// (Timestamp, Struct, Any) is whole. A message that is selected is whole, whatever else is selected below it.
//
// Cost: four bytes per field of each message on a path.
class FieldSelection {
 public:
  // Of no field. `plan` must outlive it.
  explicit FieldSelection(const MessagePlan& plan);

  // `a.b.c`: each name a proto name or JSON name. Errors name what there is: `shop.v1.Order has no field "lnes"; did
  // you mean "lines"?`, `field "id" of shop.v1.Order has no fields`, more than kMaxSelectionLevels names. What stood
  // before remains.
  tl::expected<void, std::string> Select(std::string_view path);
  // The whole field, one of the message's own.
  void Add(const FieldPlan& field) { slots_[static_cast<size_t>(field.index)] = kWhole; }

  bool Has(const FieldPlan& field) const { return slots_[static_cast<size_t>(field.index)] != kNone; }
  // What of the field's message, or of each in a list or map: null: all of it. Only of a field that it has.
  const FieldSelection* Below(const FieldPlan& field) const {
    const uint32_t slot = slots_[static_cast<size_t>(field.index)];
    return slot == kWhole ? nullptr : &below_[slot - kFirst];
  }
  const MessagePlan& plan() const { return *plan_; }

 private:
  static constexpr uint32_t kNone = 0;
  static constexpr uint32_t kWhole = 1;
  static constexpr uint32_t kFirst = 2;  // from here on places in below_

  const MessagePlan* plan_;
  std::vector<uint32_t> slots_;  // by FieldPlan::index
  std::vector<FieldSelection> below_;
};

// The messages that a path goes on into below `field`: its own, its elements', of a map its values'. Null where it
// ends: at scalars and at what has a form of its own.
const MessagePlan* SelectableBelow(const FieldPlan& field);

}  // namespace dragoman::transcoding
