#pragma once

#include <string_view>

#include "transcoding/buffer.h"

// Base64 as ProtoJSON has it. Spec: RFC 4648, sections 4 and 5.
namespace dragoman::transcoding {

// Appends the standard alphabet's text, padded: "\xFB" → "+w==".
void AppendBase64(std::string_view bytes, Buffer& out);

// Appends the bytes that `text` stands for. Both alphabets are read, even mixed; padding may be absent, but is whole
// where present; surplus bits of the last character are ignored. False, with `out` as it was, for anything else.
bool AppendFromBase64(std::string_view text, Buffer& out);

// True for what AppendBase64 writes, and for the same without its padding: the standard alphabet, no surplus bits.
bool IsBase64(std::string_view text);

}  // namespace dragoman::transcoding
