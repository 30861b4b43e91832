#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "routing/names_to_come.h"
#include "transcoding/schema.h"
#include "transcoding/status.h"

namespace dragoman::routing {

// Which entry of `services` covers each service of the schema: an exact name beats the longest prefix ("shop.v1.*",
// "*").
//
// A prefix covers sub-packages, but never grpc.reflection.* and grpc.health.*: those must be named in full.
// Lifetime: the entries and the schema outlive it.
class ServiceMap {
 public:
  // Adds to `problems`: equal entries, and those that no service of the schema fits, but for those that `to_come` puts
  // off; null: it puts off none.
  ServiceMap(const std::vector<config::Service>& entries, const transcoding::Schema& schema, Problems& problems,
             NamesToCome* to_come = nullptr);

  // Null if no entry covers the service.
  const config::Service* Find(const google::protobuf::ServiceDescriptor* service) const;

 private:
  std::unordered_map<const google::protobuf::ServiceDescriptor*, const config::Service*> entries_;
};

}  // namespace dragoman::routing
