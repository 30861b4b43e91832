#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "composition/answer_part.h"
#include "composition/compile.h"
#include "config/composition.h"

namespace dragoman::composition {

inline constexpr size_t kMaxAnswerParts = 16'384;

// Compiles `merge` and `response` of one composition. Recursion is as deep as YAML (config::kMaxNesting) and an
// expression (kMaxExpressionDepth) nest.
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
  // `body` for each element of a list, through `levels` lists. A list of objects that an expression has made is gone
  // through where it is made, and its element stands for what makes it: `orders.orders[] - {lines} + {items: items}`.
  std::optional<AnswerPart> Through(const Term& list, size_t levels, size_t element, const config::Node& node,
                                    const std::function<std::optional<AnswerPart>()>& body);
  std::nullopt_t CannotTakeApart(const config::Node& node);
  bool AddOperands(const Term& term, size_t first, const config::Node& node, AnswerPart& part);
  // An object or message whose members stand at the top.
  bool AddTop(const config::Node& node, std::string name, AnswerPart& root);
  std::optional<AnswerPart> Whole(const Term& term);  // one value
  AnswerPart NewPart(AnswerPart::Form form, const Term* term = nullptr);
  static AnswerPart Finished(AnswerPart part);

  struct Taken {
    std::string name;
    std::string by;  // "response (d.yaml:7:3)"
  };

  Scope& scope_;
  const Report& report_;
  std::shared_ptr<Answer> answer_;
  std::vector<Taken> taken_;                      // names at the top
  std::unordered_map<size_t, const Term*> made_;  // elements that are objects: by their variable what they are made by
};

}  // namespace dragoman::composition
