#pragma once

#include <bit>

#include "transcoding/json_escape.h"
#include "transcoding/json_value.h"
#include "transcoding/json_writer.h"

// How JsonWriter writes one scalar: inlined where it does that most.
namespace dragoman::transcoding {

// Puts what stands in front of a scalar, padded; returns where that may be put, with room for kRoomForScalar bytes.
[[gnu::always_inline]] inline char* JsonWriter::Begin(std::string_view before) {
  static_assert(kRoomForScalar >= kLongestNumber && kRoomForScalar >= kRoomForPlain);
  return PutBlocks(before, out_->Reserve(before.size() + kRoomForScalar));
}

[[gnu::always_inline]] inline bool JsonWriter::String(std::string_view text, char* to) {
  const char* const end = PutPlain(text, wire_end_, to);
  if (end == nullptr) return AnyString(text, to);
  out_->EndAt(end);
  return true;
}

// One number, bool, string, bytes or enum, at `to`, which Begin() has returned.
template <typename From>
[[gnu::always_inline]] inline bool JsonWriter::Scalar(const FieldPlan& field, From from, char* to) {
  using google::protobuf::FieldDescriptor;
  const auto end_at = [this](const char* end) {
    out_->EndAt(end);
    return true;
  };
  const auto wide = [&](auto value) { return end_at(PutWideDecimal(to, value, options_.int64_as_numbers)); };
  uint64_t bits = 0;
  uint32_t low = 0;
  std::string_view bytes;
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      return from.Bytes(bytes) ? String(bytes, to) : Malformed();
    case FieldDescriptor::TYPE_BYTES:
      if (!from.Bytes(bytes)) return Malformed();
      out_->EndAt(to);
      AppendBytesValue(bytes, *out_);
      return true;
    case FieldDescriptor::TYPE_INT32:
      return from.Varint(bits) ? end_at(PutDecimal(to, int64_t{static_cast<int32_t>(bits)})) : Malformed();
    case FieldDescriptor::TYPE_SFIXED32:
      return from.Fixed32(low) ? end_at(PutDecimal(to, int64_t{static_cast<int32_t>(low)})) : Malformed();
    case FieldDescriptor::TYPE_SINT32:
      return from.Varint(bits) ? end_at(PutDecimal(to, int64_t{UnZigZag32(static_cast<uint32_t>(bits))})) : Malformed();
    case FieldDescriptor::TYPE_UINT32:
      return from.Varint(bits) ? end_at(PutDecimal(to, uint64_t{static_cast<uint32_t>(bits)})) : Malformed();
    case FieldDescriptor::TYPE_FIXED32:
      return from.Fixed32(low) ? end_at(PutDecimal(to, uint64_t{low})) : Malformed();
    case FieldDescriptor::TYPE_INT64:
      return from.Varint(bits) ? wide(static_cast<int64_t>(bits)) : Malformed();
    case FieldDescriptor::TYPE_SFIXED64:
      return from.Fixed64(bits) ? wide(static_cast<int64_t>(bits)) : Malformed();
    case FieldDescriptor::TYPE_SINT64:
      return from.Varint(bits) ? wide(UnZigZag64(bits)) : Malformed();
    case FieldDescriptor::TYPE_UINT64:
      return from.Varint(bits) ? wide(bits) : Malformed();
    case FieldDescriptor::TYPE_FIXED64:
      return from.Fixed64(bits) ? wide(bits) : Malformed();
    case FieldDescriptor::TYPE_BOOL:
      if (!from.Varint(bits)) return Malformed();
      out_->EndAt(to);
      out_->Append(bits != 0 ? "true" : "false");
      return true;
    case FieldDescriptor::TYPE_DOUBLE:
      return from.Fixed64(bits) ? end_at(PutFloating(to, std::bit_cast<double>(bits))) : Malformed();
    case FieldDescriptor::TYPE_FLOAT:
      return from.Fixed32(low) ? end_at(PutFloating(to, std::bit_cast<float>(low))) : Malformed();
    case FieldDescriptor::TYPE_ENUM:
      if (!from.Varint(bits)) return Malformed();
      out_->EndAt(to);
      Enum(*field.enumeration, static_cast<int32_t>(bits));
      return true;
    default:
      return Malformed();
  }
}

}  // namespace dragoman::transcoding
