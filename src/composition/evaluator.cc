#include "composition/evaluator.h"

#include <cstring>

#include "composition/compare.h"
#include "composition/expression.h"
#include "transcoding/utf8.h"

namespace dragoman::composition {
namespace {

using Op = Term::Op;

bool IsTrue(const Value& value) { return !value.absent() && value.boolean; }

}  // namespace

Value BoolValue(bool boolean) {
  Value value;
  value.form = Value::Form::kScalar;
  value.kind = Kind::kBool;
  value.boolean = boolean;
  return value;
}

bool Evaluation::Fail(Reason reason, std::string what) {
  error_ = Status(reason, std::move(what));
  return false;
}

bool Evaluation::Guarded(const Term& term, Value& value) {
  ++guards_;
  const bool evaluated = Evaluate(term, value);
  --guards_;
  return evaluated;
}

template <typename Apply>
bool Evaluation::Through(const Value& in, size_t levels, Value& out, Apply apply) {
  if (in.absent()) {
    out = Value();
    return true;
  }
  if (levels == 0 || in.form != Value::Form::kList) return apply(in, out);
  Value* const items = fields_.NewList(in.items.size());
  if (items == nullptr) return false;
  for (size_t i = 0; i < in.items.size(); ++i) {
    if (!Through(in.items[i], levels - 1, items[i], apply)) return false;
  }
  out = Value::List({items, in.items.size()});
  return true;
}

bool Evaluation::Evaluate(const Term& term, Value& value) {
  const auto operand = [&term](size_t i) -> const Term& { return *term.operands[i]; };
  Value of;
  switch (term.op) {
    case Op::kConstant:
      value = term.constant;
      return true;
    case Op::kVariable:
      return Variable(term, value);
    case Op::kField:
      return Evaluate(operand(0), of) &&
             Through(of, operand(0).type.open, value, [&](const Value& message, Value& field) {
               return fields_.Read(message.bytes, *operand(0).type.message, *term.field, field);
             });
    case Op::kAt:
      return Evaluate(operand(0), of) &&
             Through(of, operand(0).type.open, value, [&](const Value& list, Value& element) {
               element = term.number < list.items.size() ? list.items[term.number] : Value();
               return true;
             });
    case Op::kKey:
      return Evaluate(operand(0), of) && Through(of, operand(0).type.open, value, [&](const Value& map, Value& found) {
               return fields_.Find(map, term.constant, found);
             });
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
      return Logic(term, value);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessOrEqual:
      return Comparison(term, value);
    case Op::kIn:
      return In(term, value);
    case Op::kCondition:
      return Evaluate(operand(0), of) && Evaluate(operand(IsTrue(of) ? 1 : 2), value);
    case Op::kDefault:
      if (!Guarded(operand(0), value)) return false;
      return !value.absent() || Evaluate(operand(1), value);
    case Op::kFunction:
      return Call(term, value);
    case Op::kText:
      return Text(term, value);
    case Op::kList:
      return List(term, value);
    case Op::kEach:
      return Evaluate(operand(0), of) && Each(term, of, operand(0).type.open, value);
    case Op::kObject:
    case Op::kJoin:
    case Op::kWithout:
      value = Value();  // whoever writes the answer goes into these
      return true;
  }
  return false;
}

bool Evaluation::Variable(const Term& term, Value& value) {
  value = term.number < bindings_.variables.size() ? bindings_.variables[term.number] : Value();
  for (size_t i = 0; i < term.skip; ++i) {
    const bool there = i < bindings_.indices.size() && bindings_.indices[i] < value.items.size();
    value = there ? value.items[bindings_.indices[i]] : Value();
  }
  if (term.call && value.absent() && guards_ == 0) bindings_.missing = true;
  return true;
}

bool Evaluation::Logic(const Term& term, Value& value) {
  bool truth = false;
  for (const auto& operand : term.operands) {
    if (!Evaluate(*operand, value)) return false;
    truth = IsTrue(value);
    if (term.op == Op::kAnd ? !truth : truth) break;
  }
  value = BoolValue(term.op == Op::kNot ? !truth : truth);
  return true;
}

bool Evaluation::Comparison(const Term& term, Value& value) {
  Value left;
  Value right;
  if (!Evaluate(*term.operands[0], left) || !Evaluate(*term.operands[1], right)) return false;
  const std::partial_ordering order = Compare(left, right);
  switch (term.op) {
    case Op::kEqual:
      value = BoolValue(order == 0);
      break;
    case Op::kNotEqual:
      value = BoolValue(order < 0 || order > 0);
      break;
    case Op::kLess:
      value = BoolValue(order < 0);
      break;
    default:
      value = BoolValue(order <= 0);
  }
  return true;
}

bool Evaluation::In(const Term& term, Value& value) {
  Value item;
  Value list;
  if (!Evaluate(*term.operands[0], item) || !Evaluate(*term.operands[1], list)) return false;
  bool found = false;
  for (const Value& element : list.items) found = found || Compare(item, element) == 0;
  value = BoolValue(found);
  return true;
}

bool Evaluation::Text(const Term& term, Value& value) {
  const size_t count = term.operands.size();
  // The pieces as values, so that they lie in the arena.
  Value* const pieces = fields_.NewList(count);
  if (pieces == nullptr) return false;
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) {
    Value piece;
    std::string_view text;
    if (!Evaluate(*term.operands[i], piece)) return false;
    if (!piece.absent() && !ToText(*term.operands[i], piece, text)) return false;
    if (!transcoding::IsUtf8(text)) return Fail(Reason::kBackendProtocolError, "a string of a reply is no UTF-8");
    pieces[i] = Value::Text(text);
    size += text.size();
  }
  char* const joined = fields_.NewText(size);
  if (joined == nullptr) return false;
  char* to = joined;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view text = pieces[i].bytes;
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to += text.size();
  }
  value = Value::Text({joined, size});
  return true;
}

bool Evaluation::List(const Term& term, Value& value) {
  Value* const items = fields_.NewList(term.operands.size());
  if (items == nullptr) return false;
  for (size_t i = 0; i < term.operands.size(); ++i) {
    if (!Evaluate(*term.operands[i], items[i])) return false;
  }
  value = Value::List({items, term.operands.size()});
  return true;
}

bool Evaluation::Each(const Term& term, const Value& list, size_t levels, Value& value) {
  if (levels == 0) {
    if (bindings_.variables.size() <= term.number) bindings_.variables.resize(term.number + 1);
    bindings_.variables[term.number] = list;
    return Evaluate(*term.operands[1], value);
  }
  if (list.absent()) {
    value = Value();
    return true;
  }
  const std::span<const Value> elements = list.items;
  Value* const items = fields_.NewList(elements.size());
  if (items == nullptr) return false;
  bindings_.indices.push_back(0);
  bool evaluated = true;
  for (size_t i = 0; evaluated && i < elements.size(); ++i) {
    bindings_.indices.back() = static_cast<uint32_t>(i);
    evaluated = Each(term, elements[i], levels - 1, items[i]);
  }
  bindings_.indices.pop_back();
  value = Value::List({items, elements.size()});
  return evaluated;
}

Result<Value> Evaluate(const Term& term, Bindings& bindings) {
  Evaluation evaluation(bindings);
  Value value;
  if (!evaluation.Evaluate(term, value)) return Refuse(evaluation.TakeError());
  return value;
}

}  // namespace dragoman::composition
