#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <tl/expected.hpp>

#include "cli/command.h"
#include "cli/flags.h"
#include "generation/generation.h"

namespace dragoman::cli {

// The flag of every command that reads a configuration.
inline constexpr Flag kConfigFlag = {"config", "FILE",
                                     "the configuration, YAML or JSON; config/README.md explains its keys"};

// How a configuration becomes a generation: BuildGeneration or BuildFirst.
using Build = tl::expected<GenerationPtr, Problems> (*)(config::Config config);
// The generation of the configuration at `path`; all problems.
tl::expected<GenerationPtr, Problems> ReadGeneration(const std::string& path, Build build = &BuildGeneration);

// Everything that --config FILE names, ready to serve. What is wrong is already on `err`; the error is the exit code.
tl::expected<GenerationPtr, int> LoadGeneration(const Command& command, const Flags& flags, std::ostream& err,
                                                Build build = &BuildGeneration);

}  // namespace dragoman::cli
