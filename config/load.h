#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/draft.h"
#include "transcoding/status.h"

namespace dragoman::config {

// Reads a configuration file, YAML or JSON; config/README.md explains every key.
//
//   LoadFile("dragoman.yaml") → Config, or [{"dragoman.yaml:14:3", "unknown key \"endpoint\"; did you mean
//   \"endpoints\"?"}, …]
//
// All problems of the file by itself are reported, in its order; of what is no YAML at all, the first. Paths in the result are
// relative to the working directory of the process or absolute, no longer to the file. Only the file itself is read,
// not what it names.
tl::expected<Config, Problems> LoadFile(const std::string& path);

// The same for a text in memory. `name` stands for it in problems, and in its folder stand relative paths.
tl::expected<Config, Problems> LoadText(const std::string& name, std::string_view text);

// The same two, with what could be read of a file that has problems.
tl::expected<Config, Draft> ReadFile(const std::string& path);
tl::expected<Config, Draft> ReadText(const std::string& name, std::string_view text);

// What stands in a file, of one that is too large one byte more than kMaxFileBytes.
tl::expected<std::string, Problem> ReadFileText(const std::string& path);

}  // namespace dragoman::config
