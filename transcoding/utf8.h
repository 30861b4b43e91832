#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dragoman::transcoding {

// True where `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
// Cost: long texts go 32 bytes a step where the processor can, else runs of ASCII 8.
bool IsUtf8(std::string_view text);
// The same, character by character, whatever the processor can.
bool IsUtf8ByCharacters(std::string_view text);

// The length in bytes of the well-formed character at the front of `text`; 0 where there is none.
size_t Utf8CharacterSize(std::string_view text);

// Appends `code_point`, which is no surrogate and at most U+10FFFF, at `to` (room for 4 bytes); returns the end.
char* PutUtf8(char* to, uint32_t code_point);

}  // namespace dragoman::transcoding
