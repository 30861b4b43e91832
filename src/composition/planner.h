#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "composition/levels.h"
#include "composition/plan.h"

namespace dragoman::composition {

// What compositions are compiled against.
struct PlanContext {
  const config::Config& config;
  const transcoding::Schema& schema;
  const transcoding::PlanSet& plans;
  const routing::Router& router;
};

// Compiles one composition, once.
//
// A call is declared first, which says of what type its reply is, and compiled then. What a for_each goes through may
// name other calls, which are declared as they are met; a problem of one call is told once, not again by those that use
// it.
class Planner {
 public:
  Planner(const config::Composition& composition, const PlanContext& context, Problems& problems);
  ~Planner();

  // Nothing where there was a problem, which has been reported.
  std::optional<Plan> Run() &&;

 private:
  class CallScope;

  enum class State : uint8_t { kNew, kBegun, kDeclared, kFailed };
  struct Declared {
    State state = State::kNew;
    bool told = false;  // that it waits for itself
    size_t rpc = 0;
    const google::protobuf::MethodDescriptor* method = nullptr;
    const transcoding::FieldPlan* replies = nullptr;  // of a batch
    const transcoding::MessagePlan* reply = nullptr;
    std::vector<Axis> axes;          // of the result
    std::optional<Expression> list;  // of a for_each
    std::optional<Levels> levels;
  };

  std::optional<size_t> FindCall(std::string_view name) const;
  void Report(const config::Position& at, std::string what);
  std::string ChainOf(const std::vector<size_t>& calls) const;  // "user → orders → user"

  // True where it is declared; false where it cannot be, which has been reported.
  bool Declare(size_t call);
  bool DeclareMethod(size_t call);
  bool DeclareReplies(size_t call);
  bool DeclareList(size_t call);

  // An expression of a call's, in the names that it may use. Nothing where there was a problem.
  std::optional<Expression> Compile(const config::Node& text, Levels* levels, const Type* expected);
  bool CompileCall(size_t call);
  bool CompileBatch(size_t call, config::Node& request, std::optional<Batch>& batch);
  const transcoding::FieldPlan* CheckMatch(const config::CompositionCall& call, const Expression& item);
  bool CompileResponse();

  bool CheckGraph();
  void CheckOptional(const PlannedCall& call);
  void CheckUsed();

  const config::Composition& composition_;
  const PlanContext& context_;
  Problems& problems_;
  size_t next_variable_ = 0;
  std::vector<Declared> declared_;  // of composition_.calls
  std::vector<size_t> chain_;       // calls that are being declared
  std::optional<Inputs> inputs_;
  std::vector<PlannedCall> calls_;
  std::optional<ResponseTemplate> response_;
  CriticalPath critical_path_;
};

}  // namespace dragoman::composition
