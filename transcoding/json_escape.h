#pragma once

#include <string_view>

#include "transcoding/buffer.h"

namespace dragoman::transcoding {

// Appends `text` as a JSON string, quotes included. False, with `out` as it was, where `text` is no UTF-8.
// Only what JSON demands is escaped: quotes, backslashes, control characters (\n, \u001b).
// Cost: 16 bytes a step while nothing is to be escaped.
bool AppendEscaped(std::string_view text, Buffer& out);

}  // namespace dragoman::transcoding
