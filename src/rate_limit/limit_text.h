#pragma once

#include <string>
#include <vector>

#include "config/config.h"

// Limits in words: for people who read `dragoman check`, and for clients that are refused.
namespace dragoman::rate_limit {

// "250 ms", "1 s", "90 s", "5 min", "1 h".
std::string SpellDuration(config::Milliseconds duration);

// "10/s (burst 20) and quota 1000/h"; of several seconds "10/30s".
std::string DescribeWindows(const std::vector<config::LimitWindow>& windows);
// "by consumer", "by address and header x-app"; of a key that is the same for everybody "by all together".
std::string DescribeKey(const std::vector<config::LimitKey>& key);

// "more than 10 requests in 1 s by this client (limit per-client-1s)".
std::string SpellExcess(const config::LimitWindow& window, const std::vector<config::LimitKey>& key);

}  // namespace dragoman::rate_limit
