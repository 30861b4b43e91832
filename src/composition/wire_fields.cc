#include "composition/wire_fields.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "composition/compare.h"
#include "transcoding/wire.h"

namespace dragoman::composition {
namespace {

using google::protobuf::FieldDescriptor;
using transcoding::FieldPlan;
using transcoding::MakeTag;
using transcoding::MessagePlan;
using transcoding::WireCursor;
using transcoding::WireType;

// One value behind its tag.
bool ReadValue(WireCursor& in, const FieldPlan& field, Value& value) {
  value = Value();
  value.form = Value::Form::kScalar;
  uint64_t varint = 0;
  uint32_t fixed32 = 0;
  uint64_t fixed64 = 0;
  float real = 0;
  const auto integer = [&value](Kind kind, bool read, int64_t number) {
    value.kind = kind;
    value.integer = number;
    return read;
  };
  const auto natural = [&value](Kind kind, bool read, uint64_t number) {
    value.kind = kind;
    value.natural = number;
    return read;
  };
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      value.kind = Kind::kString;
      return in.ReadLengthDelimited(value.bytes);
    case FieldDescriptor::TYPE_BYTES:
      value.kind = Kind::kBytes;
      return in.ReadLengthDelimited(value.bytes);
    case FieldDescriptor::TYPE_MESSAGE:
      value.kind = Kind::kMessage;
      value.message = field.message;
      return in.ReadLengthDelimited(value.bytes);
    case FieldDescriptor::TYPE_GROUP:
      value.kind = Kind::kMessage;
      value.message = field.message;
      return in.ReadGroup(field.number, value.bytes);
    case FieldDescriptor::TYPE_FLOAT: {
      const bool read = in.ReadFixed(real);
      value.kind = Kind::kFloat;
      value.real = static_cast<double>(real);
      return read;
    }
    case FieldDescriptor::TYPE_DOUBLE:
      value.kind = Kind::kDouble;
      return in.ReadFixed(value.real);
    case FieldDescriptor::TYPE_FIXED32: {
      const bool read = in.ReadFixed(fixed32);
      return natural(Kind::kUint32, read, fixed32);
    }
    case FieldDescriptor::TYPE_SFIXED32: {
      const bool read = in.ReadFixed(fixed32);
      return integer(Kind::kInt32, read, static_cast<int32_t>(fixed32));
    }
    case FieldDescriptor::TYPE_FIXED64: {
      const bool read = in.ReadFixed(fixed64);
      return natural(Kind::kUint64, read, fixed64);
    }
    case FieldDescriptor::TYPE_SFIXED64: {
      const bool read = in.ReadFixed(fixed64);
      return integer(Kind::kInt64, read, static_cast<int64_t>(fixed64));
    }
    default:
      break;
  }
  if (!in.ReadVarint(varint)) return false;
  switch (field.type) {
    case FieldDescriptor::TYPE_BOOL:
      value.kind = Kind::kBool;
      value.integer = 0;
      value.boolean = varint != 0;
      return true;
    case FieldDescriptor::TYPE_ENUM:
      return integer(Kind::kEnum, true, static_cast<int32_t>(varint));
    case FieldDescriptor::TYPE_INT32:
      return integer(Kind::kInt32, true, static_cast<int32_t>(varint));
    case FieldDescriptor::TYPE_SINT32:
      return integer(Kind::kInt32, true, transcoding::UnZigZag32(static_cast<uint32_t>(varint)));
    case FieldDescriptor::TYPE_INT64:
      return integer(Kind::kInt64, true, static_cast<int64_t>(varint));
    case FieldDescriptor::TYPE_SINT64:
      return integer(Kind::kInt64, true, transcoding::UnZigZag64(varint));
    case FieldDescriptor::TYPE_UINT32:
      return natural(Kind::kUint32, true, static_cast<uint32_t>(varint));
    default:
      return natural(Kind::kUint64, true, varint);
  }
}

// A number that a closed enum does not have: as if it were not there.
bool IsUnknownEnum(const FieldPlan& field, const Value& value) {
  return field.enumeration != nullptr && field.enumeration->closed &&
         !field.enumeration->names.contains(static_cast<int32_t>(value.integer));
}

// At most how many values a packed run holds.
size_t CountPacked(const FieldPlan& field, std::string_view run) {
  switch (transcoding::WireTypeOf(field.element_tag)) {
    case WireType::kFixed32:
      return run.size() / 4;
    case WireType::kFixed64:
      return run.size() / 8;
    default:
      return static_cast<size_t>(
          std::count_if(run.begin(), run.end(), [](char c) { return static_cast<signed char>(c) >= 0; }));
  }
}

}  // namespace

Value ZeroOf(const FieldPlan& field) {
  Value value;
  value.form = Value::Form::kScalar;
  value.kind = ElementTypeOf(field).kind;
  if (value.kind == Kind::kMessage) value.message = field.message;
  if (value.kind == Kind::kEnum) value.integer = field.unset_enum;
  if (value.kind == Kind::kFloat || value.kind == Kind::kDouble) value.real = 0;
  return value;
}

bool WireFields::Malformed(std::string_view what) {
  error_ = Status(Reason::kBackendProtocolError, "malformed bytes of " + std::string(what));
  return false;
}

bool WireFields::Take(size_t values) {
  if (values > bindings_.values_left) {
    error_ = Status(Reason::kResponseTooLarge,
                    "expressions would go through more than " + std::to_string(kMaxValues) + " values");
    return false;
  }
  bindings_.values_left -= values;
  return true;
}

Value* WireFields::NewList(size_t count) {
  if (!Take(count)) return nullptr;
  auto* items =
      static_cast<Value*>(bindings_.arena->allocate(std::max<size_t>(count, 1) * sizeof(Value), alignof(Value)));
  std::uninitialized_default_construct_n(items, count);
  return items;
}

char* WireFields::NewText(size_t bytes) {
  if (!Take(bytes / sizeof(Value))) return nullptr;
  return static_cast<char*>(bindings_.arena->allocate(std::max<size_t>(bytes, 1), 1));
}

bool WireFields::Read(std::string_view wire, const MessagePlan& plan, const FieldPlan& field, Value& value) {
  value = Value();
  if (field.map) {
    value.form = Value::Form::kScalar;
    value.kind = Kind::kMap;
    value.message = &plan;
    value.bytes = wire;
    value.field = &field;
    return true;
  }
  if (!Scan(wire.size())) return false;
  const bool read = field.repeated ? ReadList(wire, field, value) : ReadSingle(wire, plan, field, value);
  if (!read && error_.ok()) Malformed(plan.full_name());
  return read;
}

bool WireFields::ReadSingle(std::string_view wire, const MessagePlan& plan, const FieldPlan& field, Value& value) {
  WireCursor in(wire);
  const char* from = wire.data();  // what came before holds no more: another member of the oneof was set
  size_t pieces = 0;
  size_t size = 0;
  const auto unset = [&] {
    value = field.explicit_presence ? Value() : ZeroOf(field);
    pieces = size = 0;
  };
  unset();
  Value read;
  while (!in.done()) {
    uint32_t tag = 0;
    if (!in.ReadTag(tag)) return false;
    if (tag == field.element_tag) {
      if (!ReadValue(in, field, read)) return false;
      if (IsUnknownEnum(field, read)) continue;
      value = read;
      ++pieces;
      size += read.bytes.size();
      continue;
    }
    const FieldPlan* rival = field.oneof < 0 ? nullptr : plan.FindTag(tag);
    if (rival == nullptr || rival->oneof != field.oneof) {
      if (!in.Skip(tag)) return false;
      continue;
    }
    if (!ReadValue(in, *rival, read)) return false;
    if (IsUnknownEnum(*rival, read)) continue;
    unset();
    from = in.at();
  }
  return field.message == nullptr || pieces < 2 || JoinPieces(wire, from, field, size, value);
}

bool WireFields::JoinPieces(std::string_view wire, const char* from, const FieldPlan& field, size_t size,
                            Value& value) {
  char* joined = NewText(size);
  if (joined == nullptr) return false;
  char* to = joined;
  WireCursor in(wire);
  in.Rewind(from);
  while (!in.done()) {
    uint32_t tag = 0;
    Value piece;
    if (!in.ReadTag(tag)) return false;
    if (tag != field.element_tag) {
      if (!in.Skip(tag)) return false;
      continue;
    }
    if (!ReadValue(in, field, piece)) return false;
    if (!piece.bytes.empty()) std::memcpy(to, piece.bytes.data(), piece.bytes.size());
    to += piece.bytes.size();
  }
  value.bytes = {joined, size};
  return true;
}

bool WireFields::ReadList(std::string_view wire, const FieldPlan& field, Value& value) {
  const uint32_t packed_tag = field.packable ? MakeTag(field.number, WireType::kLength) : 0;
  size_t count = 0;
  for (WireCursor in(wire); !in.done();) {
    uint32_t tag = 0;
    std::string_view run;
    if (!in.ReadTag(tag)) return false;
    if (tag == packed_tag) {
      if (!in.ReadLengthDelimited(run)) return false;
      count += CountPacked(field, run);
    } else {
      count += tag == field.element_tag ? 1 : 0;
      if (!in.Skip(tag)) return false;
    }
  }
  Value* const items = NewList(count);
  if (items == nullptr) return false;
  size_t filled = 0;
  const auto element = [&](WireCursor& in) {
    if (filled == count || !ReadValue(in, field, items[filled])) return false;
    if (!IsUnknownEnum(field, items[filled])) ++filled;
    return true;
  };
  for (WireCursor in(wire); !in.done();) {
    uint32_t tag = 0;
    std::string_view run;
    if (!in.ReadTag(tag)) return false;
    if (tag == packed_tag) {
      if (!in.ReadLengthDelimited(run)) return false;
      for (WireCursor packed(run); !packed.done();) {
        if (!element(packed)) return false;
      }
    } else if (!(tag == field.element_tag ? element(in) : in.Skip(tag))) {
      return false;
    }
  }
  value = Value::List({items, filled});
  return true;
}

// visit (an entry's bytes) → false to end it.
template <typename Visit>
bool WireFields::EachEntry(const Value& map, Visit visit) {
  if (!Scan(map.bytes.size())) return false;
  for (WireCursor in(map.bytes); !in.done();) {
    uint32_t tag = 0;
    std::string_view entry;
    if (!in.ReadTag(tag)) return Malformed("a map");
    if (tag != map.field->element_tag) {
      if (!in.Skip(tag)) return Malformed("a map");
      continue;
    }
    if (!in.ReadLengthDelimited(entry)) return Malformed("a map");
    if (!visit(entry)) return false;
  }
  return true;
}

bool WireFields::ReadKey(const Value& map, std::string_view entry, Value& key) {
  const MessagePlan& plan = *map.field->message;
  const FieldPlan& field = *plan.FindNumber(1);
  if (!Read(entry, plan, field, key)) return false;
  if (key.absent()) key = ZeroOf(field);
  return true;
}

// known: false where the entry is none, for an unknown number of a closed enum.
bool WireFields::ReadEntryValue(const Value& map, std::string_view entry, Value& value, bool& known) {
  const MessagePlan& plan = *map.field->message;
  const FieldPlan& field = *plan.FindNumber(2);
  known = true;
  if (field.enumeration != nullptr && field.enumeration->closed) {
    for (WireCursor in(entry); !in.done();) {
      uint32_t tag = 0;
      if (!in.ReadTag(tag)) return Malformed(plan.full_name());
      if (!(tag == field.element_tag ? ReadValue(in, field, value) : in.Skip(tag))) return Malformed(plan.full_name());
      if (tag == field.element_tag) known = !IsUnknownEnum(field, value);
    }
  }
  if (!Read(entry, plan, field, value)) return false;
  if (value.absent()) value = ZeroOf(field);
  return true;
}

bool WireFields::Find(const Value& map, const Value& key, Value& value) {
  value = Value();
  return EachEntry(map, [&](std::string_view entry) {
    Value found;
    if (!ReadKey(map, entry, found)) return false;
    if (Compare(found, key) != std::partial_ordering::equivalent) return true;
    bool known = true;
    if (!ReadEntryValue(map, entry, found, known)) return false;
    if (known) value = found;
    return true;
  });
}

bool WireFields::CountKeys(const Value& map, size_t& count) {
  size_t entries = 0;
  if (!EachEntry(map, [&](std::string_view) { return ++entries > 0; })) return false;
  Value* const keys = NewList(entries);
  if (keys == nullptr) return false;
  size_t filled = 0;
  const bool read = EachEntry(map, [&](std::string_view entry) {
    Value value;
    bool known = true;
    if (!ReadKey(map, entry, keys[filled]) || !ReadEntryValue(map, entry, value, known)) return false;
    filled += known ? 1 : 0;
    return true;
  });
  if (!read) return false;
  std::sort(keys, keys + filled, [](const Value& left, const Value& right) { return Compare(left, right) < 0; });
  const auto equal = [](const Value& left, const Value& right) { return Compare(left, right) == 0; };
  count = static_cast<size_t>(std::unique(keys, keys + filled, equal) - keys);
  return true;
}

}  // namespace dragoman::composition
