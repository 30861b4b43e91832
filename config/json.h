#pragma once

#include <string>

#include "config/position.h"

// How the JSON of requests is read, and that of replies written.
namespace dragoman::config {

struct Json {
  bool emit_defaults = true;
  bool preserve_proto_names = false;
  bool enums_as_integers = false;
  bool int64_as_numbers = false;  // 7 instead of "7"
  bool ignore_unknown_fields = false;
};

// That of a policy's RPCs.
struct JsonPolicy {
  Json json;                     // whole: what the policy leaves out is as for all
  std::string fields_parameter;  // of the query, which chooses fields of the reply: "fields"; empty: none does
  Position at;
};

}  // namespace dragoman::config
