#include "composition/answer_writer.h"

#include "composition/expression.h"
#include "transcoding/json_escape.h"
#include "transcoding/json_value.h"
#include "transcoding/number_text.h"

namespace dragoman::composition {

using Form = AnswerPart::Form;

bool AppendScalar(const Value& value, const Type& type, const transcoding::JsonWriteOptions& options, Buffer& out) {
  switch (value.kind) {
    case Kind::kBool:
      out.Append(value.boolean ? "true" : "false");
      return true;
    case Kind::kInt32:
      transcoding::AppendDecimal(value.integer, out);
      return true;
    case Kind::kInt64:
      transcoding::AppendWideDecimal(value.integer, options.int64_as_numbers, out);
      return true;
    case Kind::kUint32:
      transcoding::AppendDecimal(value.natural, out);
      return true;
    case Kind::kUint64:
      transcoding::AppendWideDecimal(value.natural, options.int64_as_numbers, out);
      return true;
    case Kind::kFloat:
      transcoding::AppendFloating(static_cast<float>(value.real), out);
      return true;
    case Kind::kDouble:
      transcoding::AppendFloating(value.real, out);
      return true;
    case Kind::kString:
      return transcoding::AppendEscaped(value.bytes, out);
    case Kind::kBytes:
      transcoding::AppendBytesValue(value.bytes, out);
      return true;
    case Kind::kEnum:
      transcoding::AppendEnumValue(*type.enumeration, static_cast<int32_t>(value.integer), options.enums_as_integers,
                                   out);
      return true;
    case Kind::kNull:
    case Kind::kMessage:
    case Kind::kMap:
    case Kind::kObject:
      break;
  }
  out.Append("null");
  return true;
}

Status AnswerWriter::Write(const Answer& answer, const AnswerSelection* selection) {
  const size_t before = out_.size();
  bool first = true;
  bool present = false;
  return Ended(Members(answer.root, selection, first, present), before);
}

Status AnswerWriter::WritePiece(const AnswerPart& part, size_t member, const AnswerSelection* selection) {
  const size_t before = out_.size();
  bool first = true;
  bool present = false;
  if (part.form != Form::kObject) return Ended(Members(part, selection, first, present), before);
  return Ended(ObjectMember(part, member, AnswerSelection::Below(selection, part), first), before);
}

// On error `out` is as it was before, and the status tells where.
Status AnswerWriter::Ended(bool written, size_t before) {
  if (written) return Status();
  out_.Truncate(before);
  if (path_.empty()) return std::move(error_);
  Status status(error_.reason(), path_ + ": " + std::string(error_.message()));
  const bool ours = error_.reason() == Reason::kReplyNotRenderable;
  return ours ? std::move(status).With({path_, std::string(error_.message())}) : status;
}

bool AnswerWriter::Done(Status status) {
  if (status.ok() && out_.size() <= end_) return true;
  error_ = std::move(status);
  if (error_.ok()) error_ = Status(Reason::kResponseTooLarge, "the answer is larger than the gateway lets through");
  return false;
}

bool AnswerWriter::Within(std::string_view name) {
  path_ = std::string(name) + (path_.empty() || path_[0] == '[' ? "" : ".") + path_;
  return false;
}

bool AnswerWriter::WithinItem(size_t index) { return Within("[" + std::to_string(index) + "]"); }

bool AnswerWriter::Evaluated(const Term& term, Value& value) {
  Result<Value> result = Evaluate(term, bindings_);
  if (!result) return Done(std::move(result.error()));
  value = *result;
  return true;
}

bool AnswerWriter::Part(const AnswerPart& part, const AnswerSelection* selection) {
  selection = AnswerSelection::Below(selection, part);
  Value value;
  switch (part.form) {
    case Form::kText:
      out_.Append(part.text);
      return Done(Status());
    case Form::kValue:
      if (!Evaluated(*part.term, value)) return false;
      return value.absent() || WriteValue(value, part.term->type, AnswerSelection::FieldsOf(selection, part));
    case Form::kField:
      return Field(part, AnswerSelection::FieldsOf(selection, part));
    case Form::kObject:
    case Form::kJoin:
      return Object(part, selection);
    case Form::kList:
      return List(part, selection);
    case Form::kEach:
      if (!Evaluated(*part.term, value)) return false;
      return value.absent() || Each(part, selection, value, part.levels);
    case Form::kCondition: {
      size_t chosen = 0;
      return Chosen(part, chosen) && Part(part.parts[chosen], selection);
    }
    case Form::kDefault: {
      const size_t before = out_.size();
      const bool missing = bindings_.missing;
      if (!Part(part.parts[0], selection)) return false;
      if (out_.size() > before) return true;
      bindings_.missing = missing;  // the other stands in for it
      return Part(part.parts[1], selection);
    }
  }
  return true;
}

bool AnswerWriter::Chosen(const AnswerPart& part, size_t& chosen) {
  Value truth;
  if (!Evaluated(*part.term, truth)) return false;
  chosen = !truth.absent() && truth.boolean ? 0 : 1;
  return true;
}

bool AnswerWriter::Object(const AnswerPart& part, const AnswerSelection* selection) {
  const size_t before = out_.size();
  bool first = true;
  bool present = false;
  out_.Append('{');
  if (!Members(part, selection, first, present)) return false;
  if (!present) {
    out_.Truncate(before);
    return true;
  }
  out_.Append('}');
  return Done(Status());
}

bool AnswerWriter::Members(const AnswerPart& part, const AnswerSelection* selection, bool& first, bool& present) {
  selection = AnswerSelection::Below(selection, part);
  switch (part.form) {
    case Form::kObject:
      present = true;
      return ObjectMembers(part, selection, first);
    case Form::kJoin:
      for (const AnswerPart& below : part.parts) {
        if (!AnswerSelection::Has(selection, below)) continue;
        if (!Members(below, selection, first, present)) return false;
      }
      return true;
    case Form::kCondition: {
      size_t chosen = 0;
      return Chosen(part, chosen) && Members(part.parts[chosen], selection, first, present);
    }
    case Form::kDefault: {
      const bool missing = bindings_.missing;
      bool there = false;
      if (!Members(part.parts[0], selection, first, there)) return false;
      present |= there;
      if (there) return true;
      bindings_.missing = missing;
      return Members(part.parts[1], selection, first, present);
    }
    default:
      return MessageMembers(part, selection, first, present);
  }
}

bool AnswerWriter::ObjectMembers(const AnswerPart& part, const AnswerSelection* selection, bool& first) {
  for (size_t i = 0; i < part.parts.size(); ++i) {
    if (AnswerSelection::Has(selection, part.parts[i]) && !ObjectMember(part, i, selection, first)) return false;
  }
  return true;
}

bool AnswerWriter::ObjectMember(const AnswerPart& part, size_t member, const AnswerSelection* selection, bool& first) {
  const size_t before = out_.size();
  if (!first) out_.Append(',');
  out_.Append(part.keys[member]);
  const size_t value_at = out_.size();
  if (!Part(part.parts[member], selection)) return Within(part.names[member]);
  if (out_.size() == value_at) {
    out_.Truncate(before);
  } else {
    first = false;
  }
  return true;
}

bool AnswerWriter::MessageMembers(const AnswerPart& part, const AnswerSelection* selection, bool& first,
                                  bool& present) {
  Value value;
  if (!Evaluated(*part.term, value)) return false;
  if (value.absent()) return true;
  present = true;
  const size_t before = out_.size();
  if (!first) out_.Append(',');
  const size_t members_at = out_.size();
  if (!Done(codec_.WriteMembers(*value.message, value.bytes, options_, out_,
                                AnswerSelection::FieldsOf(selection, part)))) {
    return false;
  }
  if (out_.size() == members_at) {
    out_.Truncate(before);
  } else {
    first = false;
  }
  return true;
}

bool AnswerWriter::List(const AnswerPart& part, const AnswerSelection* selection) {
  out_.Append('[');
  for (size_t i = 0; i < part.parts.size(); ++i) {
    if (i > 0) out_.Append(',');
    const size_t before = out_.size();
    if (!Part(part.parts[i], selection)) return WithinItem(i);
    if (out_.size() == before) out_.Append("null");
  }
  out_.Append(']');
  return Done(Status());
}

bool AnswerWriter::Each(const AnswerPart& part, const AnswerSelection* selection, const Value& list, size_t levels) {
  out_.Append('[');
  bindings_.indices.push_back(0);
  bool written = true;
  for (size_t i = 0; written && i < list.items.size(); ++i) {
    if (i > 0) out_.Append(',');
    bindings_.indices.back() = static_cast<uint32_t>(i);
    const Value& item = list.items[i];
    if (levels == 1) {
      written = Element(part, selection, item);
    } else if (item.absent()) {
      out_.Append("null");
    } else {
      written = Each(part, selection, item, levels - 1);
    }
    if (!written) WithinItem(i);
  }
  bindings_.indices.pop_back();
  out_.Append(']');
  return written && Done(Status());
}

// Of an element that is absent no object is made: it would look as if there were something.
bool AnswerWriter::Element(const AnswerPart& part, const AnswerSelection* selection, const Value& element) {
  const AnswerPart& body = part.parts[0];
  const size_t before = out_.size();
  if (!element.absent() || !body.object()) {
    if (bindings_.variables.size() <= part.element) bindings_.variables.resize(part.element + 1);
    bindings_.variables[part.element] = element;
    if (!Part(body, selection)) return false;
  }
  if (out_.size() == before) out_.Append("null");
  return true;
}

bool AnswerWriter::Field(const AnswerPart& part, const transcoding::FieldSelection* fields) {
  Value message;
  if (!Evaluated(*part.term->operands[0], message)) return false;
  if (message.absent()) return true;
  return Done(codec_.WriteField(*message.message, *part.term->field, message.bytes, options_, out_, fields));
}

bool AnswerWriter::WriteValue(const Value& value, const Type& type, const transcoding::FieldSelection* fields) {
  if (value.absent()) {
    out_.Append("null");
    return Done(Status());
  }
  if (value.form == Value::Form::kList) {
    out_.Append('[');
    for (size_t i = 0; i < value.items.size(); ++i) {
      if (i > 0) out_.Append(',');
      if (!WriteValue(value.items[i], type, fields)) return WithinItem(i);
    }
    out_.Append(']');
    return Done(Status());
  }
  if (value.kind == Kind::kMessage) {
    return Done(codec_.WriteMessage(*value.message, value.bytes, options_, out_, fields));
  }
  if (value.kind == Kind::kMap) {
    return Done(codec_.WriteField(*value.message, *value.field, value.bytes, options_, out_, fields));
  }
  if (AppendScalar(value, type, options_, out_)) return Done(Status());
  return Done(Status(Reason::kReplyNotRenderable, "the string is not valid UTF-8"));
}

}  // namespace dragoman::composition
