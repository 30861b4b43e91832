#include "transcoding/json_reader.h"
#include "transcoding/padded_text.h"
#include "transcoding/quote.h"
#include "transcoding/well_known.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kTypeName = "\"@type\"";

constexpr uint32_t kAnyUrlTag = MakeTag(1, WireType::kLength);
constexpr uint32_t kAnyValueTag = MakeTag(2, WireType::kLength);

// The members of google.protobuf.Value.
constexpr uint32_t kNullTag = MakeTag(1, WireType::kVarint);
constexpr uint32_t kNumberTag = MakeTag(2, WireType::kFixed64);
constexpr uint32_t kStringTag = MakeTag(3, WireType::kLength);
constexpr uint32_t kBoolTag = MakeTag(4, WireType::kVarint);
constexpr uint32_t kStructTag = MakeTag(5, WireType::kLength);
constexpr uint32_t kListTag = MakeTag(6, WireType::kLength);

}  // namespace

bool JsonReader::TakesNull(const FieldPlan& field) {
  if (field.message != nullptr) return field.message->well_known() == WellKnown::kValue;
  return field.enumeration != nullptr && field.enumeration->null_value;
}

// One value of a field, behind its tag.
JsonReader::Step JsonReader::ReadSingular(const FieldPlan& field, size_t prefixes) {
  if (field.message == nullptr) {
    const size_t before = out_->size();
    AppendVarint(*out_, field.element_tag);
    const size_t empty = out_->size() + 1;  // with a length of zero
    const Step step = ReadScalar(field);
    const bool unset = field.unset_when_empty && out_->size() == empty;
    if (step == Step::kDropped || (step == Step::kDone && unset)) out_->Truncate(before);
    if (step == Step::kDone) prefixes_.CloseTo(prefixes);
    return step;
  }
  AppendVarint(*out_, field.element_tag);
  if (field.type == FieldDescriptor::TYPE_GROUP) {
    return ReadMessageValue(*field.message, prefixes, MakeTag(field.number, WireType::kEndGroup));
  }
  prefixes_.Open();
  return ReadMessageValue(*field.message, prefixes, 0);
}

JsonReader::Token JsonReader::ReadToken(std::string_view& text, TextKind& kind) {
  const auto token = [](bool read) { return read ? Token::kRead : Token::kFailed; };
  switch (text_.Peek()) {
    case '"':
      kind = TextKind::kJsonString;
      return token(text_.String(text));
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      kind = TextKind::kJsonNumber;
      return token(text_.Number(text));
    case 't':
      kind = TextKind::kJsonLiteral;
      text = "true";
      return token(text_.Literal(text));
    case 'f':
      kind = TextKind::kJsonLiteral;
      text = "false";
      return token(text_.Literal(text));
    case 'n':
      return text_.Literal("null") ? Token::kOther : Token::kFailed;
    case '{':
    case '[':
      return Token::kOther;
    default:
      return token(text_.Unexpected("a value"));
  }
}

JsonReader::Step JsonReader::ReadScalar(const FieldPlan& field) {
  const char* const at = text_.at();
  std::string_view text;
  TextKind kind = TextKind::kJsonString;
  switch (ReadToken(text, kind)) {
    case Token::kFailed:
      return Step::kFailed;
    case Token::kRead:
      break;
    case Token::kOther:
      if (*at != 'n' || !TakesNull(field)) return FailType(at, Expectation(field));
      out_->Append('\0');
      return Step::kDone;
  }
  const Conversion conversion = AppendScalar(field, text, kind, *out_);
  if (conversion == Conversion::kOk) return Step::kDone;
  const bool unknown_name = conversion == Conversion::kUnknownName && kind == TextKind::kJsonString;
  if (unknown_name && options_.ignore_unknown_fields) return Step::kDropped;
  return FailConversion(at, conversion, Expectation(field));
}

// The content of a message, in the JSON form of its type.
JsonReader::Step JsonReader::ReadMessageValue(const MessagePlan& plan, size_t prefixes, uint32_t end_tag) {
  switch (plan.well_known()) {
    case WellKnown::kTimestamp:
    case WellKnown::kDuration:
    case WellKnown::kFieldMask:
    case WellKnown::kWrapper:
      return ReadScalarForm(plan, prefixes);
    case WellKnown::kAny:
      return ReadAny(plan, prefixes);
    case WellKnown::kValue:
      return ReadValue(prefixes);
    case WellKnown::kStruct:
      if (text_.Peek() != '{') return FailType(text_.at(), Expectation(plan));
      return Push({.kind = FrameKind::kStruct,
                   .plan = &plan,
                   .base = static_cast<uint32_t>(keys_.size()),
                   .prefixes = static_cast<uint32_t>(prefixes)});
    case WellKnown::kListValue:
      if (text_.Peek() != '[') return FailType(text_.at(), Expectation(plan));
      return Push({.kind = FrameKind::kListValue, .plan = &plan, .prefixes = static_cast<uint32_t>(prefixes)});
    default:
      if (text_.Peek() != '{') return FailType(text_.at(), Expectation(plan));
      return PushMessage(plan, prefixes, end_tag, false);
  }
}

JsonReader::Step JsonReader::PushMessage(const MessagePlan& plan, size_t prefixes, uint32_t end_tag, bool any) {
  const size_t base = seen_.size();
  const Step step = Push({.kind = FrameKind::kMessage,
                          .any = any,
                          .plan = &plan,
                          .base = static_cast<uint32_t>(base),
                          .prefixes = static_cast<uint32_t>(prefixes),
                          .end_tag = end_tag});
  if (step == Step::kOpened) seen_.resize(base + (plan.fields().size() + plan.oneofs().size() + 63) / 64);
  return step;
}

JsonReader::Step JsonReader::ReadScalarForm(const MessagePlan& plan, size_t prefixes) {
  const char* const at = text_.at();
  std::string_view text;
  TextKind kind = TextKind::kJsonString;
  const Token token = ReadToken(text, kind);
  if (token == Token::kFailed) return Step::kFailed;
  if (token == Token::kOther) return FailType(at, Expectation(plan));
  const Conversion conversion = AppendScalarForm(plan, text, kind, *out_);
  if (conversion != Conversion::kOk) return FailConversion(at, conversion, Expectation(plan));
  prefixes_.CloseTo(prefixes);
  return Step::kDone;
}

// { "@type": "type.googleapis.com/shop.v1.Item", … }: the type decides how the other members are read, so it is looked
// for first.
JsonReader::Step JsonReader::ReadAny(const MessagePlan& plan, size_t prefixes) {
  const char* const open = text_.at();
  if (*open != '{') return FailType(open, Expectation(plan));
  text_.Advance(1);
  text_.SkipSpace();
  const bool empty = text_.Peek() == '}';
  const char* type_at = nullptr;
  if (text_.Accept(kTypeName) && text_.Colon()) type_at = text_.at();
  text_.MoveTo(open);
  if (empty) return Push({.kind = FrameKind::kSkippedObject, .prefixes = static_cast<uint32_t>(prefixes)});
  if (type_at == nullptr) type_at = any_types_.Find(text_, open);
  if (type_at == nullptr) {
    // Malformed text is refused where it is malformed.
    if (any_types_.malformed()) return Push({.kind = FrameKind::kSkippedObject});
    return FailAt(open, Reason::kInvalidField,
                  "expected a member \"@type\" that names the type of the google.protobuf.Any");
  }

  text_.MoveTo(type_at);
  std::string_view url;
  if (text_.Peek() != '"') return FailType(type_at, "a type URL such as \"type.googleapis.com/shop.v1.Item\"");
  if (!text_.String(url)) return Step::kFailed;
  const size_t slash = url.rfind('/');
  const MessagePlan* type = slash == std::string_view::npos ? nullptr : plans_.Find(url.substr(slash + 1));
  if (slash == std::string_view::npos)
    return FailType(type_at, "a type URL such as \"type.googleapis.com/shop.v1.Item\"");
  if (type == nullptr) return FailAt(type_at, Reason::kInvalidField, "the type " + Quote(url) + " is not known here");

  AppendVarint(*out_, kAnyUrlTag);
  AppendLengthDelimited(*out_, url);
  text_.MoveTo(open);
  AppendVarint(*out_, kAnyValueTag);
  prefixes_.Open();
  if (!type->special_form()) return PushMessage(*type, prefixes, 0, true);
  return Push({.kind = FrameKind::kAnyValue, .any = true, .plan = type, .prefixes = static_cast<uint32_t>(prefixes)});
}

// google.protobuf.Value: any JSON value.
JsonReader::Step JsonReader::ReadValue(size_t prefixes) {
  const char* const at = text_.at();
  std::string_view text;
  TextKind kind = TextKind::kJsonString;
  const Token token = ReadToken(text, kind);
  if (token == Token::kFailed) return Step::kFailed;
  if (token == Token::kOther) return ReadCompoundValue(at, prefixes);
  if (kind == TextKind::kJsonString) {
    AppendVarint(*out_, kStringTag);
    AppendVarint(*out_, text.size());
    AppendPadded(text, *out_);
  } else if (kind == TextKind::kJsonLiteral) {
    AppendVarint(*out_, kBoolTag);
    out_->Append(*at == 't' ? '\1' : '\0');
  } else {
    double number = 0;
    const Conversion conversion = ParseDouble(text, kind, number);
    if (conversion != Conversion::kOk) return FailConversion(at, conversion, "a double");
    AppendVarint(*out_, kNumberTag);
    AppendFixed(*out_, number);
  }
  prefixes_.CloseTo(prefixes);
  return Step::kDone;
}

// null, an object or an array, whose first character stands at `at`.
JsonReader::Step JsonReader::ReadCompoundValue(const char* at, size_t prefixes) {
  if (*at == 'n') {
    AppendVarint(*out_, kNullTag);
    out_->Append('\0');
    prefixes_.CloseTo(prefixes);
    return Step::kDone;
  }
  AppendVarint(*out_, *at == '{' ? kStructTag : kListTag);
  prefixes_.Open();
  return Push({.kind = *at == '{' ? FrameKind::kStruct : FrameKind::kListValue,
               .base = static_cast<uint32_t>(keys_.size()),
               .prefixes = static_cast<uint32_t>(prefixes)});
}

JsonReader::Step JsonReader::SkipValue() {
  const char at = text_.Peek();
  std::string_view text;
  TextKind kind = TextKind::kJsonString;
  const Token token = ReadToken(text, kind);
  if (token == Token::kFailed) return Step::kFailed;
  if (token == Token::kRead || at == 'n') return Step::kDone;
  return Push({.kind = at == '{' ? FrameKind::kSkippedObject : FrameKind::kSkippedArray,
               .prefixes = static_cast<uint32_t>(prefixes_.open())});
}

}  // namespace dragoman::transcoding
