#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/ip_address.h"
#include "transcoding/status.h"

namespace dragoman::guard {

inline constexpr size_t kMaxNetworkFile = 64u << 20;  // bytes
inline constexpr size_t kMaxNetworks = 1'000'000;     // of a list, all its files together

// Reads a text of networks, a line each, and adds them to `networks`; blanks around them and empty lines do not count,
// `#` begins a comment.
//
//   # seen in the logs of November
//   192.0.2.0/24
//   2001:db8::7      # a single one
//
// What is wrong goes to `problems`, with `name` and line ("deny.txt:2"), the first kMaxProblems of them.
void ParseNetworks(std::string_view text, const std::string& name, std::vector<config::Network>& networks,
                   Problems& problems);
inline constexpr size_t kMaxProblems = 20;  // of a file

// The same of a file.
void ReadNetworkFile(const std::string& path, std::vector<config::Network>& networks, Problems& problems);

}  // namespace dragoman::guard
