#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"

namespace dragoman::transcoding {

using FieldSpan = std::span<const FieldPlan* const>;  // of a RequestPlan::FieldPath

//   2: {1: "a"} 5: 7 2: {3: 9}   with the paths 2.1 and 2.3   →   2: {1: "a" 3: 9} 5: 7
//
// Appends `wire` with one occurrence of each message that a path leads through, instead of several that parsers would merge: not all do.
// Returns false, and appends nothing, where there is no second occurrence. `paths`: where sources have written to in `wire`.
//
// Cost: linear in `wire` for each level on which there is a second one.
bool JoinParts(std::string_view wire, const std::vector<FieldSpan>& paths, Buffer& out);

}  // namespace dragoman::transcoding
