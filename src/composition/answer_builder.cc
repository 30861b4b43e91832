#include "composition/answer_builder.h"

#include <algorithm>

#include "composition/answer_writer.h"
#include "transcoding/json_escape.h"
#include "transcoding/quote.h"

namespace dragoman::composition {
namespace {

using config::Node;
using transcoding::Quote;
using Form = AnswerPart::Form;
using Op = Term::Op;

// A plain scalar of YAML that is JSON as it stands: a number or a bool.
bool IsJson(std::string_view text) {
  if (text == "true" || text == "false") return true;
  const auto digits = [&text] {
    const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero = text.starts_with('0');
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

bool IsAnObject(const AnswerPart& part) {
  switch (part.form) {
    case Form::kObject:
    case Form::kJoin:
      return true;
    case Form::kValue:
      return !part.term->type.list() && part.term->type.kind == Kind::kMessage && part.message() != nullptr;
    case Form::kCondition:
    case Form::kDefault:
      return std::all_of(part.parts.begin(), part.parts.end(), [](const AnswerPart& either) {
        return IsAnObject(either) || (either.form == Form::kValue && either.term->type.kind == Kind::kNull);
      });
    default:
      return false;
  }
}

}  // namespace

AnswerPart AnswerBuilder::NewPart(Form form, const Term* term) {
  AnswerPart part;
  part.form = form;
  part.number = answer_->parts++;
  part.term = term;
  return part;
}

AnswerPart AnswerBuilder::Finished(AnswerPart part) {
  const bool through = part.form == Form::kField;
  if (part.term != nullptr) part.own_uses = UsesOf(through ? *part.term->operands[0] : *part.term);
  part.uses = part.own_uses;
  if (const transcoding::MessagePlan* message = part.message(); message != nullptr) part.nothing.emplace(*message);
  for (const AnswerPart& below : part.parts) part.uses |= below.uses;
  return part;
}

std::optional<AnswerPart> AnswerBuilder::FromNode(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kMapping:
      return FromMapping(node);
    case Node::Kind::kList:
      return FromList(node);
    case Node::Kind::kNull: {
      AnswerPart part = NewPart(Form::kText);
      part.text = "null";
      return part;
    }
    case Node::Kind::kScalar:
      break;
  }
  if (!node.plain || !IsJson(node.text)) return FromText(node);
  AnswerPart part = NewPart(Form::kText);
  part.text = node.text;
  return part;
}

std::optional<AnswerPart> AnswerBuilder::FromMapping(const Node& node) {
  AnswerPart part = NewPart(Form::kObject);
  bool good = true;
  for (const Node::Entry& entry : node.entries) {
    const auto twin = std::find_if(node.entries.begin(), node.entries.end(),
                                   [&](const Node::Entry& other) { return other.key == entry.key; });
    if (&*twin != &entry) {
      report_.At(entry.line, entry.column,
                 "the member " + Quote(entry.key) + " stands twice: also in line " + std::to_string(twin->line));
      good = false;
      continue;
    }
    // `name: {user.name}` without quotes is a mapping to YAML.
    if (entry.value.kind == Node::Kind::kNull && entry.key.find_first_of(".[]()") != std::string::npos) {
      report_.At(entry.line, entry.column, "an expression stands in quotes: \"{" + entry.key + "}\"");
      good = false;
      continue;
    }
    Buffer key;
    if (!transcoding::AppendEscaped(entry.key, key)) {
      report_.At(entry.line, entry.column, "the name is not valid UTF-8");
      good = false;
      continue;
    }
    key.Append(':');
    std::optional<AnswerPart> value = FromNode(entry.value);
    if (!value) {
      good = false;
      continue;
    }
    part.names.push_back(entry.key);
    part.keys.emplace_back(key.view());
    part.parts.push_back(*std::move(value));
  }
  if (!good) return std::nullopt;
  return Finished(std::move(part));
}

std::optional<AnswerPart> AnswerBuilder::FromList(const Node& node) {
  AnswerPart part = NewPart(Form::kList);
  for (const Node& item : node.items) {
    std::optional<AnswerPart> value = FromNode(item);
    if (value) part.parts.push_back(*std::move(value));
  }
  if (part.parts.size() != node.items.size()) return std::nullopt;
  return Finished(std::move(part));
}

std::optional<AnswerPart> AnswerBuilder::FromText(const Node& node) {
  std::unique_ptr<Term> term = CompileTerm(
      node, scope_, {.allow_objects = true, .preserve_proto_names = answer_->options.preserve_proto_names}, report_);
  if (term == nullptr) return std::nullopt;
  answer_->terms.push_back(std::move(term));
  return FromTerm(*answer_->terms.back(), node);
}

bool AnswerBuilder::AddOperands(const Term& term, size_t first, const Node& node, AnswerPart& part) {
  for (size_t i = first; i < term.operands.size(); ++i) {
    std::optional<AnswerPart> below = FromTerm(*term.operands[i], node);
    if (!below) return false;
    part.parts.push_back(*std::move(below));
  }
  return true;
}

// What has no objects in it is one value, but for lists and maps that go from the wire to the text as they are, and
// what is written element by element rather than collected first.
std::optional<AnswerPart> AnswerBuilder::FromTerm(const Term& term, const Node& node) {
  if (answer_->parts > kMaxAnswerParts) {
    report_.At(node, "the answer has more than " + std::to_string(kMaxAnswerParts) + " parts");
    return std::nullopt;
  }
  const bool has_objects = term.type.kind == Kind::kObject;
  AnswerPart part;
  size_t first = 0;  // of the operands that are parts
  switch (term.op) {
    case Op::kConstant:
      return FromConstant(term, node);
    case Op::kText: {
      const bool constant = term.operands.size() == 1 && term.operands[0]->op == Op::kConstant;
      return constant ? FromConstant(*term.operands[0], node) : Whole(term);
    }
    case Op::kVariable: {
      if (!has_objects) return Whole(term);
      const auto made = made_.find(term.number);
      return made == made_.end() ? CannotTakeApart(node) : FromTerm(*made->second, node);
    }
    case Op::kField: {
      const Type& of = term.operands[0]->type;
      const bool straight = term.field->repeated && !of.list() && of.kind == Kind::kMessage;
      return Finished(NewPart(straight ? Form::kField : Form::kValue, &term));
    }
    case Op::kObject:
      part = NewPart(Form::kObject);
      part.names = term.keys;
      for (const std::string& name : term.keys) {
        Buffer key;
        if (!transcoding::AppendEscaped(name, key)) {
          report_.At(node, "a name is not valid UTF-8");
          return std::nullopt;
        }
        key.Append(':');
        part.keys.emplace_back(key.view());
      }
      break;
    case Op::kJoin:
      part = NewPart(Form::kJoin);
      break;
    case Op::kWithout:
      part = NewPart(Form::kValue, term.operands[0].get());
      part.fields.emplace(*part.term->type.message);
      for (const transcoding::FieldPlan& field : part.term->type.message->fields()) {
        if (std::find(term.fields.begin(), term.fields.end(), &field) == term.fields.end()) part.fields->Add(field);
      }
      return Finished(std::move(part));
    case Op::kEach:
      return Through(*term.operands[0], term.operands[0]->type.open, term.number, node,
                     [&] { return FromTerm(*term.operands[1], node); });
    case Op::kCondition:
      if (!has_objects) return Whole(term);
      part = NewPart(Form::kCondition, term.operands[0].get());
      first = 1;
      break;
    case Op::kDefault:
    case Op::kList:
      if (!has_objects) return Whole(term);
      part = NewPart(term.op == Op::kDefault ? Form::kDefault : Form::kList);
      break;
    default:
      if (!has_objects) return Whole(term);
      return CannotTakeApart(node);
  }
  if (!AddOperands(term, first, node, part)) return std::nullopt;
  return Finished(std::move(part));
}

std::optional<AnswerPart> AnswerBuilder::Whole(const Term& term) { return Finished(NewPart(Form::kValue, &term)); }

std::optional<AnswerPart> AnswerBuilder::Through(const Term& list, size_t levels, size_t element, const Node& node,
                                                 const std::function<std::optional<AnswerPart>()>& body) {
  if (levels == 0) {
    made_[element] = &list;
    return body();
  }
  if (list.type.kind != Kind::kObject) {
    AnswerPart part = NewPart(Form::kEach, &list);
    part.levels = levels;
    part.element = element;
    std::optional<AnswerPart> below = body();
    if (!below) return std::nullopt;
    part.parts.push_back(*std::move(below));
    return Finished(std::move(part));
  }
  const size_t outer = list.op == Op::kEach ? list.operands[0]->type.open : levels + 1;
  if (outer > levels) return CannotTakeApart(node);
  return Through(*list.operands[0], outer, list.number, node,
                 [&] { return Through(*list.operands[1], levels - outer, element, node, body); });
}

std::nullopt_t AnswerBuilder::CannotTakeApart(const Node& node) {
  report_.At(node, "an object that an expression has made cannot be taken apart again: it only goes into the answer");
  return std::nullopt;
}

std::optional<AnswerPart> AnswerBuilder::FromConstant(const Term& term, const Node& node) {
  if (term.constant.absent()) return Whole(term);
  AnswerPart part = NewPart(Form::kText);
  Buffer text;
  if (!AppendScalar(term.constant, term.type, answer_->options, text)) {
    report_.At(node, "the text is not valid UTF-8");
    return std::nullopt;
  }
  part.text = std::string(text.view());
  return part;
}

bool AnswerBuilder::AddTop(const Node& node, std::string name, AnswerPart& root) {
  std::optional<AnswerPart> part = FromNode(node);
  if (!part) return false;
  if (!IsAnObject(*part)) {
    const bool typed = part->form == Form::kValue || part->form == Form::kField;
    const std::string article = part->form == Form::kText ? "" : "a ";
    report_.At(node, name + ": expected a message or an object, got " +
                         (typed ? part->term->type.ToString() : article + DescriptionOf(*part)));
    return false;
  }
  bool good = true;
  name += " (" + report_.file + ":" + std::to_string(node.line) + ":" + std::to_string(node.column) + ")";
  const size_t before = taken_.size();
  for (std::string& member : NamesOf(*part, answer_->options)) {
    const auto end = taken_.begin() + static_cast<ptrdiff_t>(before);
    const auto twin = std::find_if(taken_.begin(), end, [&](const Taken& taken) { return taken.name == member; });
    if (twin != end) {
      report_.At(node, "the answer has " + Quote(member) + " twice: of " + twin->by + " and of " + name);
      good = false;
      continue;
    }
    taken_.push_back({std::move(member), name});
  }
  root.parts.push_back(*std::move(part));
  return good;
}

std::shared_ptr<const Answer> AnswerBuilder::Build(const config::Composition& composition) {
  answer_->errors_key = composition.errors_key;
  taken_.push_back({composition.errors_key, "what tells which parts are missing (errors_key)"});
  AnswerPart root = NewPart(Form::kJoin);
  bool good = true;
  for (size_t i = 0; i < composition.merge.size(); ++i) {
    good = AddTop(composition.merge[i], "merge[" + std::to_string(i) + "]", root) && good;
  }
  if (composition.response) good = AddTop(*composition.response, "response", root) && good;
  if (!good) return nullptr;
  answer_->root = Finished(std::move(root));
  return std::move(answer_);
}

}  // namespace dragoman::composition
