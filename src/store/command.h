#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "store/script.h"
#include "transcoding/buffer.h"

namespace dragoman::store {

// Appends a command as Redis reads it, an array of texts of any bytes: "*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n".
void AppendCommand(Buffer& out, std::initializer_list<std::string_view> words);

// How a script is named: EVALSHA with its digest, or EVAL with its text.
enum class ScriptForm : uint8_t { kDigest, kText };
void AppendScript(Buffer& out, const Script& script, ScriptForm form, std::span<const std::string_view> keys,
                  std::span<const std::string_view> arguments);

}  // namespace dragoman::store
