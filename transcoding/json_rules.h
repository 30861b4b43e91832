#pragma once

#include "transcoding/json_codec.h"
#include "transcoding/request_plan.h"

namespace dragoman::transcoding {

// How requests of an RPC, or a composition, are read and its replies written. Immutable, shared by those for which the
// same holds.
struct JsonRules {
  RequestOptions request;
  JsonWriteOptions reply;
};

}  // namespace dragoman::transcoding
