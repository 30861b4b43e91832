#pragma once

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

}  // namespace dragoman::transcoding
