#pragma once

#include <string>
#include <string_view>

namespace dragoman::cli {

// What a file that is there already means.
enum class Existing { kReplace, kKeep };

// Writes a whole file, beside its place first, and then in one step there: whoever reads it, or whatever ends the
// process, meets the old text or the new one. A file that is replaced keeps its mode, and its owner and group where
// that is allowed: where it is not, nobody else may do more than before (no set-id bits, no rights of another group). A
// symbolic link stays one, also where it leads to nothing yet. What is no regular file (/dev/stdout, a pipe) is written
// to. Empty, or why not: "exists already", "cannot be written: Permission denied". Then nothing has changed.
std::string WriteFile(const std::string& path, std::string_view text, Existing existing = Existing::kReplace);

}  // namespace dragoman::cli
