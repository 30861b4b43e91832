#pragma once

#include <cstdint>
#include <string_view>

#include "transcoding/base64.h"
#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"
#include "transcoding/number_text.h"
#include "transcoding/padded_text.h"

// Values that ProtoJSON spells in a way of its own. Strings: json_escape.h; other numbers: number_text.h.
namespace dragoman::transcoding {

// 64 bits: `"7"`, or `7` where `as_number`. At `to` there is room for kLongestNumber bytes; returns the end.
template <typename Integer>
char* PutWideDecimal(char* to, Integer value, bool as_number) {
  if (as_number) return PutDecimal(to, value);
  *to = '"';
  to = PutDecimal(to + 1, value);
  *to = '"';
  return to + 1;
}

template <typename Integer>
void AppendWideDecimal(Integer value, bool as_number, Buffer& out) {
  out.EndAt(PutWideDecimal(out.Reserve(kLongestNumber), value, as_number));
}

// A number of 64 bits, or a list of them.
inline bool IsWide(const FieldPlan& field) {
  using google::protobuf::FieldDescriptor;
  switch (field.type) {
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return true;
    default:
      return false;
  }
}

// Standard base64 with padding, in quotes.
inline void AppendBytesValue(std::string_view bytes, Buffer& out) {
  out.Append('"');
  AppendBase64(bytes, out);
  out.Append('"');
}

// `"RED"`; the number where it has no name, or where `as_integer`; null of google.protobuf.NullValue.
inline void AppendEnumValue(const EnumPlan& plan, int32_t number, bool as_integer, Buffer& out) {
  if (plan.null_value) return out.Append("null");
  if (!as_integer) {
    if (const std::string_view quoted = plan.Quoted(number); !quoted.empty()) return AppendPadded(quoted, out);
    const auto found = plan.names.find(number);
    if (found != plan.names.end()) {
      out.Append('"');
      out.Append(found->second);
      out.Append('"');
      return;
    }
  }
  AppendDecimal(int64_t{number}, out);
}

}  // namespace dragoman::transcoding
