#include "openapi/answers.h"

#include <functional>
#include <set>

#include "composition/answer_part.h"

namespace dragoman::openapi {
namespace {

using composition::AnswerPart;
using composition::Kind;
using transcoding::FieldPlan;

class Writer {
 public:
  Writer(Form form, Schemas& schemas, JsonOut& out) : form_(form), schemas_(schemas), out_(out) {}

  void Part(const AnswerPart& part) {
    switch (part.form) {
      case AnswerPart::Form::kText:
        return out_.Raw("const", part.text);
      case AnswerPart::Form::kValue:
        return Lists(part.term->type.axes.size(), [&] { Value(part); });
      case AnswerPart::Form::kField:
        return WholeField(part);
      case AnswerPart::Form::kObject:
      case AnswerPart::Form::kJoin:
        out_.Text("type", "object");
        out_.Open("properties");
        Properties(part);
        out_.Close();
        seen_.clear();
        return;
      case AnswerPart::Form::kList:
        out_.Text("type", "array");
        out_.Open("items");
        AnyOf(part.parts);
        out_.Close();
        return;
      case AnswerPart::Form::kEach:
        return Lists(part.levels, [&] { Nested(part.parts.front()); });
      case AnswerPart::Form::kCondition:
      case AnswerPart::Form::kDefault:
        return AnyOf(part.parts);
    }
  }

  // The members of an object, a message or what is joined of such; of one name the first.
  void Properties(const AnswerPart& part) {
    if (part.form == AnswerPart::Form::kObject) {
      for (size_t i = 0; i < part.parts.size(); ++i) {
        if (!seen_.insert(part.names[i]).second) continue;
        out_.Open(part.names[i]);
        Nested(part.parts[i]);
        out_.Close();
      }
    } else if (const transcoding::MessagePlan* message = part.message(); message != nullptr) {
      message->Complete();
      for (const FieldPlan& field : message->fields()) {
        if (part.drops(field) || !seen_.insert(NameOf(field, form_)).second) continue;
        out_.Open(NameOf(field, form_));
        schemas_.Field(field, form_, out_);
        out_.Close();
      }
    } else {
      for (const AnswerPart& below : part.parts) Properties(below);
    }
  }

 private:
  void Nested(const AnswerPart& part) { Writer(form_, schemas_, out_).Part(part); }

  // `write` for an element of so many lists inside each other. An element may be absent, for which there is null.
  void Lists(size_t levels, const std::function<void()>& write) {
    if (levels == 0) return write();
    out_.Text("type", "array");
    out_.Open("items");
    out_.OpenList("anyOf");
    out_.Open();
    Lists(levels - 1, write);
    out_.Close();
    out_.Open();
    out_.Text("type", "null");
    out_.Close();
    out_.CloseList();
    out_.Close();
  }

  void AnyOf(const std::vector<AnswerPart>& parts) {
    if (parts.empty()) return;
    out_.OpenList("anyOf");
    for (const AnswerPart& part : parts) {
      out_.Open();
      Nested(part);
      out_.Close();
    }
    out_.CloseList();
  }

  // A message, of which some fields may be left out.
  void Message(const AnswerPart& part, const transcoding::MessagePlan& message) {
    message.Complete();
    if (!part.fields || message.special_form()) return schemas_.Message(message, form_, out_);
    schemas_.Object(message, form_, [&part](const FieldPlan& field) { return part.drops(field); }, out_);
  }

  // Of the term's type, its lists left aside.
  void Value(const AnswerPart& part) {
    const composition::Type& type = part.term->type;
    switch (type.kind) {
      case Kind::kMessage:
        return Message(part, *type.message);
      case Kind::kMap:
        return Map(part, *type.message->FindNumber(2));
      case Kind::kEnum:
        return schemas_.Enum(*type.enumeration, form_, out_);
      case Kind::kNull:
        return out_.Text("type", "null");
      case Kind::kBool:
        return out_.Text("type", "boolean");
      case Kind::kInt32:
      case Kind::kUint32:
        return Number("integer", type.kind == Kind::kInt32 ? "int32" : "uint32");
      case Kind::kInt64:
      case Kind::kUint64:
        return Number(form_.int64_numbers ? "integer" : "string", type.kind == Kind::kInt64 ? "int64" : "uint64");
      case Kind::kFloat:
      case Kind::kDouble:
        return Number("number", type.kind == Kind::kFloat ? "float" : "double");
      case Kind::kString:
        return out_.Text("type", "string");
      case Kind::kBytes:
        out_.Text("type", "string");
        return out_.Text("contentEncoding", "base64");
      case Kind::kObject:
        return out_.Text("type", "object");
    }
  }

  void Number(std::string_view type, std::string_view format) {
    out_.Text("type", type);
    out_.Text("format", format);
  }

  void Map(const AnswerPart& part, const FieldPlan& value) {
    out_.Text("type", "object");
    out_.Open("additionalProperties");
    if (value.message != nullptr) {
      Message(part, *value.message);
    } else {
      schemas_.Value(value, form_, out_);
    }
    out_.Close();
  }

  void WholeField(const AnswerPart& part) {
    const FieldPlan& field = *part.term->field;
    if (!part.fields) return schemas_.Field(field, form_, out_);
    if (field.map) return Map(part, *field.message->FindNumber(2));
    if (!field.repeated) return Message(part, *field.message);
    out_.Text("type", "array");
    out_.Open("items");
    Message(part, *field.message);
    out_.Close();
  }

  const Form form_;
  Schemas& schemas_;
  JsonOut& out_;
  std::set<std::string> seen_;
};

constexpr std::string_view kErrors =
    R"({"type":"array","description":"What is missing, and why.","items":{"type":"object","properties":{)"
    R"("part":{"type":"string","description":"The call that failed."},)"
    R"("index":{"type":"array","items":{"type":"integer"},"description":"Of a call that is made for each item: of which."},)"
    R"("code":{"type":"integer","description":"The gRPC code."},"reason":{"type":"string"},"message":{"type":"string"},)"
    R"("more":{"type":"integer","description":"How many more items failed."}},"required":["part"]}})";

}  // namespace

void WriteAnswer(const composition::Plan& plan, Form form, Schemas& schemas, JsonOut& out) {
  const composition::Answer& answer = plan.response.answer();
  out.Text("type", "object");
  out.Open("properties");
  Writer(form, schemas, out).Properties(answer.root);
  out.Raw(answer.errors_key, kErrors);
  out.Close();
}

}  // namespace dragoman::openapi
