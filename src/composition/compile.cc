#include "composition/compile.h"

#include <algorithm>

#include "composition/checker.h"

namespace dragoman::composition {
namespace {

using Op = Term::Op;

// Where in the file the byte `offset` of a text stands: known where the text is on one line.
void ReportAt(const config::Node& text, const SyntaxError& error, const Report& report) {
  if (text.text.find('\n') != std::string::npos) {
    report.At(text, "character " + std::to_string(error.offset + 1) + " of the text: " + error.what);
  } else {
    report.At(text.line, text.column + (text.plain ? 0 : 1) + static_cast<int>(error.offset), error.what);
  }
}

}  // namespace

void Report::At(int line, int column, std::string what) const {
  problems.push_back({file + ":" + std::to_string(line) + ":" + std::to_string(column), std::move(what)});
}

std::unique_ptr<Term> CompileTerm(const config::Node& text, Scope& scope, const CompileOptions& options,
                                  const Report& report) {
  if (text.kind != config::Node::Kind::kScalar) {
    report.At(text, "expected a text");
    return nullptr;
  }
  const tl::expected<TextSyntax, SyntaxError> syntax = ParseText(text.text);
  if (!syntax) {
    ReportAt(text, syntax.error(), report);
    return nullptr;
  }
  Checker checker(text.text, text, scope, options);
  if (syntax->single()) {
    std::unique_ptr<Term> term = checker.CheckExpression(*syntax->parts[0].expression, options.expected);
    if (term == nullptr) ReportAt(text, checker.error(), report);
    return term;
  }
  std::unique_ptr<Term> term = checker.CheckText(*syntax);
  if (term == nullptr) {
    ReportAt(text, checker.error(), report);
    return nullptr;
  }
  if (options.expected != nullptr && !Fits(term->type, *options.expected)) {
    const bool bare = syntax->constant();
    report.At(text, "expected " + options.expected->ToString() + ", got a string" +
                        (bare ? "; an expression stands in braces"
                              : "; a text that is more than one expression is a string"));
    return nullptr;
  }
  return term;
}

CallSet UsesOf(const Term& term) {
  CallSet uses = term.op == Op::kVariable && term.call ? SetOf(*term.call) : 0;
  for (const auto& operand : term.operands) uses |= UsesOf(*operand);
  return uses;
}

CallSet NeedsOf(const Term& term) {
  switch (term.op) {
    case Op::kVariable:
      return term.call ? SetOf(*term.call) : 0;
    case Op::kFunction:
      if (static_cast<Function>(term.function) == Function::kHas) return 0;
      break;
    case Op::kDefault:
      return NeedsOf(*term.operands[1]);
    case Op::kCondition:
    case Op::kAnd:
    case Op::kOr:
      return NeedsOf(*term.operands[0]);
    default:
      break;
  }
  CallSet needs = 0;
  for (const auto& operand : term.operands) needs |= NeedsOf(*operand);
  return needs;
}

std::vector<std::string> MembersOf(const Term& term, bool preserve_proto_names) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& name : more) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  switch (term.op) {
    case Op::kObject:
      return term.keys;
    case Op::kJoin:
      for (const auto& operand : term.operands) add(MembersOf(*operand, preserve_proto_names));
      return names;
    case Op::kCondition:
    case Op::kDefault:
      if (term.type.kind != Kind::kObject) break;
      for (size_t i = term.operands.size() - 2; i < term.operands.size(); ++i) {
        add(MembersOf(*term.operands[i], preserve_proto_names));
      }
      return names;
    default:
      break;
  }
  const Type& type = term.op == Op::kWithout ? term.operands[0]->type : term.type;
  if (type.kind != Kind::kMessage) return names;
  for (const transcoding::FieldPlan& field : type.message->fields()) {
    if (std::find(term.fields.begin(), term.fields.end(), &field) != term.fields.end()) continue;
    names.push_back(preserve_proto_names ? field.name : field.json_name);
  }
  return names;
}

}  // namespace dragoman::composition
