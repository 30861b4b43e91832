#pragma once

#include <optional>

#include "config/json.h"
#include "config/reader.h"

// The grammar of how JSON is read and written.
namespace dragoman::config {

// json: {emit_defaults: true, preserve_proto_names: false, enums_as_integers: false, int64_as_numbers: false,
//        unknown_fields: reject}
void ReadJson(MappingReader& root, Json& out);
// The same of a policy, and `fields_parameter: fields`; what it leaves out is that of `common`.
void ReadJsonPolicy(MappingReader& policy, const Json& common, std::optional<JsonPolicy>& out);

}  // namespace dragoman::config
