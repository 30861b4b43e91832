#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>

#include "composition/type.h"

namespace dragoman::composition {

// Where the lists and texts of one request's values lie; all of it goes when the request ends.
using Arena = std::pmr::monotonic_buffer_resource;

// A value of an expression. A view: of wire bytes that calls have kept, of the request, of the arena.
struct Value {
  enum class Form : uint8_t { kAbsent, kScalar, kList };

  Form form = Form::kAbsent;
  Kind kind = Kind::kNull;  // of kScalar: any but kObject
  union {
    bool boolean;
    int64_t integer = 0;  // kInt32, kInt64; of kEnum the number
    uint64_t natural;     // kUint32, kUint64
    double real;          // kFloat, kDouble
  };
  std::string_view bytes;                              // kString, kBytes; kMessage: its wire bytes, in one piece; kMap: the wire bytes of the message around it
  const transcoding::MessagePlan* message = nullptr;   // kMessage; kMap: of the message around it
  const transcoding::FieldPlan* field = nullptr;       // kMap; kEnum has its names from Type
  std::span<const Value> items;                        // kList

  bool absent() const { return form == Form::kAbsent; }

  static Value List(std::span<const Value> items) {
    Value value;
    value.form = Form::kList;
    value.items = items;
    return value;
  }
  static Value Message(const transcoding::MessagePlan& plan, std::string_view wire) {
    Value value;
    value.form = Form::kScalar;
    value.kind = Kind::kMessage;
    value.message = &plan;
    value.bytes = wire;
    return value;
  }
  static Value Text(std::string_view text) {
    Value value;
    value.form = Form::kScalar;
    value.kind = Kind::kString;
    value.bytes = text;
    return value;
  }
};

}  // namespace dragoman::composition
