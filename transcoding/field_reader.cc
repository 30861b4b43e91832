#include "transcoding/field_reader.h"

#include <charconv>
#include <iterator>

#include "transcoding/field_forms.h"
#include "transcoding/quote.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

// Why a field's value is not one text; empty if it is.
std::string_view Unfit(const FieldPlan& field, bool last) {
  if (field.map) return "is a map";
  if (field.oneof >= 0) return "is a member of a oneof";
  if (!last) return IsMessage(field) ? std::string_view() : "is no message";
  if (IsMessage(field)) return "is a message";
  if (field.type == FieldDescriptor::TYPE_FLOAT || field.type == FieldDescriptor::TYPE_DOUBLE) {
    return "is a floating-point number";
  }
  return {};
}

// The text of a number off the wire, in a buffer of its own.
class NumberText {
 public:
  template <typename Number>
  explicit NumberText(Number number)
      : size_(static_cast<size_t>(std::to_chars(text_, std::end(text_), number).ptr - text_)) {}
  std::string_view view() const { return {text_, size_}; }

 private:
  char text_[24];
  size_t size_;
};

}  // namespace

tl::expected<FieldReader, std::string> FieldReader::Build(const MessagePlan& message, std::string_view path) {
  message.Complete();
  FieldReader reader;
  const MessagePlan* at = &message;
  for (std::string_view rest = path;;) {
    const size_t dot = rest.find('.');
    const std::string_view name = rest.substr(0, dot);
    const FieldPlan* field = at->Find(name);
    if (field == nullptr) {
      const FieldPlan* nearest = at->Nearest(name);
      return tl::unexpected(at->full_name() + " has no field " + Quote(name) +
                            (nearest ? "; did you mean " + Quote(nearest->name) + "?" : ""));
    }
    const bool last = dot == std::string_view::npos;
    if (const std::string_view why = Unfit(*field, last); !why.empty()) {
      return tl::unexpected("field " + Quote(field->name) + " of " + at->full_name() + " " + std::string(why) +
                            ", which cannot be compared");
    }
    reader.path_.push_back(field);
    if (last) return reader;
    at = field->message;
    rest.remove_prefix(dot + 1);
  }
}

// The parts of a message that stands on the wire in several pieces are one: their values count together. Each element
// of a list counts for itself.
bool FieldReader::Walk(std::string_view wire, size_t level, Visit& visit) const {
  const FieldPlan& field = *path_[level];
  const bool last = level + 1 == path_.size();
  WireCursor cursor(wire);
  while (!cursor.done()) {
    uint32_t tag = 0;
    if (!cursor.ReadTag(tag)) return false;
    std::string_view content;
    if (tag == field.element_tag && last) {
      if (!TestScalar(cursor, field, visit)) return false;
    } else if (tag == field.element_tag && WireTypeOf(tag) == WireType::kStartGroup) {
      if (!cursor.ReadGroup(field.number, content) || !Enter(content, level, visit)) return false;
    } else if (tag == field.element_tag) {
      if (!cursor.ReadLengthDelimited(content) || !Enter(content, level, visit)) return false;
    } else if (last && field.packable && tag == MakeTag(field.number, WireType::kLength)) {
      if (!cursor.ReadLengthDelimited(content) || !TestPacked(content, field, visit)) return false;
    } else if (!cursor.Skip(tag)) {
      return false;
    }
  }
  return true;
}

bool FieldReader::Enter(std::string_view content, size_t level, Visit& visit) const {
  if (!path_[level]->repeated) return Walk(content, level + 1, visit);
  Visit element{.test = visit.test, .context = visit.context};
  if (!Walk(content, level + 1, element) || !element.found) return false;
  visit.found = true;
  return true;
}

bool FieldReader::TestPacked(std::string_view content, const FieldPlan& field, Visit& visit) const {
  WireCursor cursor(content);
  while (!cursor.done()) {
    if (!TestScalar(cursor, field, visit)) return false;
  }
  return true;
}

bool FieldReader::TestScalar(WireCursor& cursor, const FieldPlan& field, Visit& visit) const {
  const auto test = [&visit](std::string_view text) {
    visit.found = true;
    return visit.test(visit.context, text);
  };
  uint64_t varint = 0;
  uint32_t fixed32 = 0;
  uint64_t fixed64 = 0;
  std::string_view bytes;
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
      return cursor.ReadLengthDelimited(bytes) && test(bytes);
    case FieldDescriptor::TYPE_BOOL:
      return cursor.ReadVarint(varint) && test(varint != 0 ? "true" : "false");
    case FieldDescriptor::TYPE_INT32:
      return cursor.ReadVarint(varint) && test(NumberText(static_cast<int32_t>(varint)).view());
    case FieldDescriptor::TYPE_INT64:
      return cursor.ReadVarint(varint) && test(NumberText(static_cast<int64_t>(varint)).view());
    case FieldDescriptor::TYPE_UINT32:
      return cursor.ReadVarint(varint) && test(NumberText(static_cast<uint32_t>(varint)).view());
    case FieldDescriptor::TYPE_UINT64:
      return cursor.ReadVarint(varint) && test(NumberText(varint).view());
    case FieldDescriptor::TYPE_SINT32:
      return cursor.ReadVarint(varint) && test(NumberText(UnZigZag32(static_cast<uint32_t>(varint))).view());
    case FieldDescriptor::TYPE_SINT64:
      return cursor.ReadVarint(varint) && test(NumberText(UnZigZag64(varint)).view());
    case FieldDescriptor::TYPE_FIXED32:
      return cursor.ReadFixed(fixed32) && test(NumberText(fixed32).view());
    case FieldDescriptor::TYPE_SFIXED32:
      return cursor.ReadFixed(fixed32) && test(NumberText(static_cast<int32_t>(fixed32)).view());
    case FieldDescriptor::TYPE_FIXED64:
      return cursor.ReadFixed(fixed64) && test(NumberText(fixed64).view());
    case FieldDescriptor::TYPE_SFIXED64:
      return cursor.ReadFixed(fixed64) && test(NumberText(static_cast<int64_t>(fixed64)).view());
    case FieldDescriptor::TYPE_ENUM: {
      if (!cursor.ReadVarint(varint)) return false;
      const auto number = static_cast<int32_t>(varint);
      const auto name = field.enumeration->names.find(number);
      return name != field.enumeration->names.end() ? test(name->second) : test(NumberText(number).view());
    }
    default:
      return false;  // Build lets no other through
  }
}

}  // namespace dragoman::transcoding
