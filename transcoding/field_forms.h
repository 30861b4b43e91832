#pragma once

#include <algorithm>
#include <span>

#include "transcoding/message_plan.h"

namespace dragoman::transcoding {

// A message of either encoding: with its length in front, or as a group.
inline bool IsGroup(const FieldPlan& field) { return field.type == google::protobuf::FieldDescriptor::TYPE_GROUP; }
inline bool IsMessage(const FieldPlan& field) {
  return field.type == google::protobuf::FieldDescriptor::TYPE_MESSAGE || IsGroup(field);
}

// What a path, a query or a form can set: a scalar, an enum, and messages whose JSON is a scalar, "1.5s".
inline bool HasScalarForm(const FieldPlan& field) {
  return !IsMessage(field) || (!field.map && field.message->scalar_form());
}

// The member of `a` that shares a oneof with another member of `b`, if the two paths part at one.
inline const FieldPlan* OneofRival(std::span<const FieldPlan* const> a, std::span<const FieldPlan* const> b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == b[i]) continue;
    return a[i]->oneof >= 0 && a[i]->oneof == b[i]->oneof ? a[i] : nullptr;
  }
  return nullptr;
}

}  // namespace dragoman::transcoding
