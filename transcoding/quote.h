#pragma once

#include <string>
#include <string_view>

namespace dragoman::transcoding {

// Text of a user's as it stands in an error message: in double quotes, at most 64 bytes of it and then "…", control
// characters as \n or \u001B, quotes and backslashes escaped, bytes that are no UTF-8 as U+FFFD. Always valid UTF-8.
std::string Quote(std::string_view text);

// The same without the quotes around it, and with quotes and backslashes as they are: for numbers and names.
std::string Excerpt(std::string_view text);

// One byte of a text: '}', or byte 0x0A where it cannot be shown.
std::string QuoteByte(char byte);

}  // namespace dragoman::transcoding
