#pragma once

#include <memory>
#include <optional>

#include "composition/answer_part.h"
#include "composition/compile.h"
#include "config/composition.h"

namespace dragoman::composition {

// Compiles `merge` and `response` of one composition. Recursion is as deep as YAML (config::kMaxNesting) and an expression
// (kMaxExpressionDepth) nest.
class AnswerBuilder {
 public:
  AnswerBuilder(Scope& scope, const transcoding::JsonWriteOptions& options, const Report& report)
      : scope_(scope), report_(report), answer_(std::make_shared<Answer>()) {
    answer_->options = options;
  }

  // Null where there was a problem.
  std::shared_ptr<const Answer> Build(const config::Composition& composition);

 private:
  // Nothing where there was a problem.
  std::optional<AnswerPart> FromNode(const config::Node& node);
  std::optional<AnswerPart> FromMapping(const config::Node& node);
  std::optional<AnswerPart> FromList(const config::Node& node);
  std::optional<AnswerPart> FromText(const config::Node& node);
  std::optional<AnswerPart> FromTerm(const Term& term, const config::Node& node);
  std::optional<AnswerPart> FromConstant(const Term& term, const config::Node& node);
  bool AddOperands(const Term& term, size_t first, const config::Node& node, AnswerPart& part);
  // An object or message whose members stand at the top.
  bool AddTop(const config::Node& node, std::string name, AnswerPart& root);
  AnswerPart NewPart(AnswerPart::Form form, const Term* term = nullptr);
  static AnswerPart Finished(AnswerPart part);

  struct Taken {
    std::string name;
    std::string by;  // "response (d.yaml:7:3)"
  };

  Scope& scope_;
  const Report& report_;
  std::shared_ptr<Answer> answer_;
  std::vector<Taken> taken_;  // names at the top
};

}  // namespace dragoman::composition
