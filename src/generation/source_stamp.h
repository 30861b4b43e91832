#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman {

// What tells one state of files from another, by name, inode, size and time of each.
//
// Threads: any; looks at files, so not a worker's or the control loop's.

std::string StampOfFiles(const std::vector<std::string>& paths);

// Of what `config.descriptors` names: descriptor sets, and every `.proto` file below the roots of sources, since any may be imported. Within
// the bounds of ProtoFiles.
std::string StampOfDescriptors(const config::Config& config);

// What a configuration is made of: its file, and those whose texts are part of it (Config::text_files) but what the gateway follows by
// itself, tokens that backends are shown.
struct ConfigurationFiles {
  std::vector<std::string> files;
  std::string stamp;  // of them as they were read: whatever changes later changes it
};
struct ReadConfig {
  config::Config config;
  ConfigurationFiles files;
};
// As LoadConfigFile (generation.h).
tl::expected<ReadConfig, Problems> ReadConfiguration(const std::string& path);

}  // namespace dragoman
