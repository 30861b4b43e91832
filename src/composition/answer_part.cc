#include "composition/answer_part.h"

#include <algorithm>

namespace dragoman::composition {
namespace {

// "string", "list of shop.v1.Order": a type without its article.
std::string WithoutArticle(const Type& type) {
  std::string text = type.ToString();
  for (const std::string_view article : {"a ", "an "}) {
    if (text.starts_with(article)) return text.substr(article.size());
  }
  return text;
}

std::string Joined(const std::vector<AnswerPart>& parts, std::string_view separator) {
  std::string text;
  for (const AnswerPart& part : parts) text += (text.empty() ? "" : std::string(separator)) + DescriptionOf(part);
  return text;
}

std::string ValueDescription(const AnswerPart& part) {
  std::string text = WithoutArticle(part.term->type);
  if (!part.fields) return text;
  std::string dropped;
  for (const transcoding::FieldPlan& field : part.fields->plan().fields()) {
    if (part.drops(field)) dropped += (dropped.empty() ? "" : ", ") + field.name;
  }
  return text + " - {" + dropped + "}";
}

}  // namespace

const transcoding::MessagePlan* AnswerPart::message() const {
  if (form == Form::kField) return transcoding::SelectableBelow(*term->field);
  if (form != Form::kValue) return nullptr;
  const transcoding::MessagePlan* message = term->type.message;
  if (term->type.kind == Kind::kMap) message = message->FindNumber(2)->message;
  return message == nullptr || message->special_form() ? nullptr : message;
}

const std::string& SpelledName(const transcoding::FieldPlan& field, const transcoding::JsonWriteOptions& options) {
  return options.preserve_proto_names ? field.name : field.json_name;
}

std::vector<std::string> NamesOf(const AnswerPart& part, const transcoding::JsonWriteOptions& options) {
  if (part.form == AnswerPart::Form::kObject) return part.names;
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (const transcoding::MessagePlan* message = part.message(); message != nullptr) {
    for (const transcoding::FieldPlan& field : message->fields()) {
      if (!part.drops(field)) add(SpelledName(field, options));
    }
  }
  for (const AnswerPart& below : part.parts) {
    for (const std::string& name : NamesOf(below, options)) add(name);
  }
  return names;
}

std::string DescriptionOf(const AnswerPart& part) {
  switch (part.form) {
    case AnswerPart::Form::kText:
      return part.text;
    case AnswerPart::Form::kValue:
    case AnswerPart::Form::kField:
      return ValueDescription(part);
    case AnswerPart::Form::kObject: {
      std::string text;
      for (size_t i = 0; i < part.parts.size(); ++i) {
        text += (i == 0 ? "" : ", ") + part.names[i] + ": " + DescriptionOf(part.parts[i]);
      }
      return "{" + text + "}";
    }
    case AnswerPart::Form::kJoin:
      return Joined(part.parts, " + ");
    case AnswerPart::Form::kList:
      return "[" + Joined(part.parts, ", ") + "]";
    case AnswerPart::Form::kEach: {
      std::string text = "list of ";
      for (size_t i = 1; i < part.levels; ++i) text += "lists of ";
      return text + DescriptionOf(part.parts[0]);
    }
    case AnswerPart::Form::kCondition:
    case AnswerPart::Form::kDefault:
      return Joined(part.parts, " or ");
  }
  return {};
}

void DescribeMembers(const AnswerPart& part, const transcoding::JsonWriteOptions& options,
                     std::vector<std::pair<std::string, std::string>>& members) {
  if (part.form == AnswerPart::Form::kObject) {
    for (size_t i = 0; i < part.parts.size(); ++i) members.emplace_back(part.names[i], DescriptionOf(part.parts[i]));
  } else if (const transcoding::MessagePlan* message = part.message(); message != nullptr) {
    for (const transcoding::FieldPlan& field : message->fields()) {
      if (!part.drops(field)) members.emplace_back(SpelledName(field, options), WithoutArticle(TypeOf(field, {})));
    }
  } else {
    for (const AnswerPart& below : part.parts) DescribeMembers(below, options, members);
  }
}

}  // namespace dragoman::composition
