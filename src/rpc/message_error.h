#pragma once

#include <cstdint>
#include <string_view>

#include "transcoding/status.h"

namespace dragoman::rpc {

// What is wrong with one of the messages of a stream, told with which one; all else of `no`, which is not OK, stays.
//
//   MessageError("element", 3, …"line 3, column 8: expected an int32, got true")
//     → "element 3: line 3, column 8: expected an int32, got true"
Status MessageError(std::string_view what, uint64_t number, const Status& no);

}  // namespace dragoman::rpc
