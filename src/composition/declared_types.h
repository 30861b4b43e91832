#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>

#include "config/composition.h"
#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman::composition {

// The message types of what a composition declares itself, made for it: so that the same conversions read its path,
// query and body as those of any RPC.
//
//   package dragoman.compositions.home;
//   message Parameters { optional string user_id = 1; optional int32 limit = 2; repeated string tags = 3; }
//   message Body { optional string user_id = 1; repeated Body_lines lines = 2; }       where the body is declared
//
// Fields keep their names in JSON, and those that are not given are absent.
//
// Lifetime: points into the schema and its plans.
class DeclaredTypes {
 public:
  // `parameters`: of path and query, in the order of the fields of Parameters. Problems: types that there are not,
  // messages without a scalar form among the parameters.
  static std::optional<DeclaredTypes> Build(const config::Composition& composition,
                                            const std::vector<config::CompositionParameter>& parameters,
                                            const transcoding::Schema& schema, const transcoding::PlanSet& plans,
                                            Problems& problems);

  const transcoding::MessagePlan& parameters() const { return *parameters_; }
  const transcoding::MessagePlan* body() const { return body_; }  // null: there is none

 private:
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<transcoding::PlanSet> plans_;
  const transcoding::MessagePlan* parameters_ = nullptr;
  const transcoding::MessagePlan* body_ = nullptr;
};

}  // namespace dragoman::composition
