#include "composition/type.h"

#include <algorithm>
#include <string_view>

namespace dragoman::composition {
namespace {

using google::protobuf::FieldDescriptor;
using transcoding::FieldPlan;
using transcoding::MessagePlan;

Kind KindOf(const FieldPlan& field) {
  switch (field.type) {
    case FieldDescriptor::TYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SFIXED32:
      return Kind::kInt32;
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_SFIXED64:
      return Kind::kInt64;
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      return Kind::kUint32;
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
      return Kind::kUint64;
    case FieldDescriptor::TYPE_FLOAT:
      return Kind::kFloat;
    case FieldDescriptor::TYPE_DOUBLE:
      return Kind::kDouble;
    case FieldDescriptor::TYPE_STRING:
      return Kind::kString;
    case FieldDescriptor::TYPE_BYTES:
      return Kind::kBytes;
    case FieldDescriptor::TYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      return Kind::kMessage;
  }
  return Kind::kNull;
}

// "shop.v1.Order", "map of string to int64": a type's name without its article.
std::string NameOf(const Type& type) {
  switch (type.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "bool";
    case Kind::kInt32:
      return "int32";
    case Kind::kInt64:
      return "int64";
    case Kind::kUint32:
      return "uint32";
    case Kind::kUint64:
      return "uint64";
    case Kind::kFloat:
      return "float";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kEnum:
      return type.enumeration->full_name;
    case Kind::kMessage:
      return type.message->full_name();
    case Kind::kMap: {
      const Type key = ElementTypeOf(*type.message->FindNumber(1));
      return "map of " + NameOf(key) + " to " + NameOf(ElementTypeOf(*type.message->FindNumber(2)));
    }
    case Kind::kObject:
      return "object";
  }
  return {};
}

std::string_view ArticleOf(const Type& type, std::string_view name) {
  if (type.kind == Kind::kNull || type.kind == Kind::kBytes) return "";
  return std::string_view("aeioAEIO").find(name[0]) != std::string_view::npos ? "an " : "a ";
}

bool SameEntries(const MessagePlan& left, const MessagePlan& right) {
  if (&left == &right) return true;
  for (const int32_t number : {1, 2}) {
    const FieldPlan& a = *left.FindNumber(number);
    const FieldPlan& b = *right.FindNumber(number);
    if (a.type != b.type || a.message != b.message || a.enumeration != b.enumeration) return false;
  }
  return true;
}

}  // namespace

std::string Type::ToString() const {
  const std::string name = NameOf(*this);
  if (axes.empty()) return std::string(ArticleOf(*this, name)) + name;
  std::string text = "a list of ";
  for (size_t i = 1; i < axes.size(); ++i) text += "lists of ";
  return text + name;
}

Type ElementTypeOf(const FieldPlan& field) {
  Type type;
  type.kind = field.map ? Kind::kMap : KindOf(field);
  type.message = field.message;
  type.enumeration = field.enumeration;
  return type;
}

Type TypeOf(const FieldPlan& field, std::string place) {
  Type type = ElementTypeOf(field);
  if (field.repeated && !field.map) type.axes.push_back(place);
  type.place = std::move(place);
  return type;
}

bool IsNumber(Kind kind) { return kind >= Kind::kInt32 && kind <= Kind::kDouble; }

bool IsScalar(Kind kind) {
  return IsNumber(kind) || kind == Kind::kBool || kind == Kind::kString || kind == Kind::kEnum;
}

std::optional<Kind> CommonNumber(Kind left, Kind right) {
  if (left == right) return left;
  const auto fits = [](Kind from, Kind to) {
    switch (from) {
      case Kind::kInt32:
        return to == Kind::kInt64 || to == Kind::kDouble;
      case Kind::kUint32:
        return to == Kind::kInt64 || to == Kind::kUint64 || to == Kind::kDouble;
      case Kind::kFloat:
        return to == Kind::kDouble;
      default:
        return false;
    }
  };
  if (fits(left, right)) return right;
  if (fits(right, left)) return left;
  for (const Kind both : {Kind::kInt64, Kind::kDouble}) {
    if (fits(left, both) && fits(right, both)) return both;
  }
  return std::nullopt;
}

bool Fits(const Type& from, const Type& to) {
  if (from.kind == Kind::kNull) return from.axes.empty() || from.axes.size() == to.axes.size();
  if (from.axes.size() != to.axes.size()) return false;
  if (IsNumber(from.kind) && IsNumber(to.kind)) return CommonNumber(from.kind, to.kind) == to.kind;
  if (from.kind != to.kind) return false;
  switch (from.kind) {
    case Kind::kEnum:
      return from.enumeration == to.enumeration;
    case Kind::kMessage:
      return from.message == to.message;
    case Kind::kMap:
      return SameEntries(*from.message, *to.message);
    default:
      return true;
  }
}

}  // namespace dragoman::composition
