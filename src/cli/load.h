#pragma once

#include <memory>
#include <optional>
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

// Of commands that need no configuration to tell about an API.
inline constexpr Flag kBackendFlag = {"backend", "ADDRESS", "without a file: the gRPC server, which is asked (reflection)"};
inline constexpr Flag kDescriptorsFlag = {"descriptors", "PATH", "without a file: a FileDescriptorSet, a folder of .proto files, or one such file"};

// The configuration of --config, or what --backend and --descriptors mean without one. Nothing: the flags are wrong, and `err` says so.
std::optional<tl::expected<config::Config, Problems>> LoadConfig(const Command& command, const Flags& flags, std::ostream& err);

// The generation of the configuration at `path`; all problems.
tl::expected<GenerationPtr, Problems> ReadGeneration(const std::string& path);

// Everything that --config FILE names, ready to serve. What is wrong is already on `err`; the error is the exit code.
tl::expected<GenerationPtr, int> LoadGeneration(const Command& command, const Flags& flags, std::ostream& err);

}  // namespace dragoman::cli
