#pragma once

#include "config/reader.h"

// The grammar of who may come in: the keys authentication, consumers and policies.
namespace dragoman::config {

void ReadAccess(MappingReader& root, Config& config);

// "2027-01-31T12:00:00Z" or "2027-01-31", in seconds since 1970; UTC. Nothing for any other text and for dates that
// there are not.
std::optional<int64_t> ParseDate(std::string_view text);

}  // namespace dragoman::config
