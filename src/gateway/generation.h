#pragma once

#include <memory>

#include "config/config.h"
#include "routing/router.h"
#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman::gateway {

// One immutable snapshot of everything configured. Workers share it; a request ends on the one that it began with.
struct Generation {
  config::Config config;
  transcoding::Schema schema;
  std::unique_ptr<const transcoding::PlanSet> plans;
  routing::Router router;
};

// Reads the descriptors that `config` names and compiles everything. Reports every problem of a stage; a later
// stage is only tried when the earlier ones are free of them.
tl::expected<std::shared_ptr<const Generation>, Problems> BuildGeneration(config::Config config);

}  // namespace dragoman::gateway
