#pragma once

#include <string_view>

#include "transcoding/buffer.h"

namespace dragoman::jose {

// Appends the bytes that `text` stands for. One spelling only: no padding, no white space, no character of the other
// alphabet, no bits set that stand for nothing. False, with `out` as it was, for anything else.
//
// Spec: RFC 7515, section 2 (base64url); RFC 4648, sections 3.5 and 5.
bool AppendFromBase64Url(std::string_view text, Buffer& out);

}  // namespace dragoman::jose
