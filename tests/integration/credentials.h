#pragma once

#include <string>
#include <string_view>

namespace dragoman::integration {

// The SHA-256 of an API key as the configuration has it.
std::string KeyDigest(std::string_view key);

// An entry of `consumers`: `ada: {tier: gold, keys: [{sha256: …}]}`. `more` is what it says beside its key: "tier: gold".
std::string ConsumerLine(std::string_view name, std::string_view key, std::string_view more = {});

}  // namespace dragoman::integration
