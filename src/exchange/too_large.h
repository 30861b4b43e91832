#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transcoding/status.h"

namespace dragoman {

// kBodyTooLarge: "the body is larger than 4194304 bytes" for `what` = "the body".
inline Status TooLarge(std::string_view what, uint64_t most_bytes) {
  return Status(Reason::kBodyTooLarge, std::string(what) + " is larger than " + std::to_string(most_bytes) + " bytes");
}

}  // namespace dragoman
