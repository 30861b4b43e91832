#pragma once

#include "config/reader.h"

// The grammar of what holds for which RPCs: the key policies.
namespace dragoman::config {

// After authentication and consumers, whose names it checks.
void ReadPolicies(MappingReader& root, Config& config);

// "claims.sub", "consumer.name", "consumer.tenant", "consumer.tier", "credential.scheme".
std::optional<IdentityValue> ReadIdentityValue(const Node& node, ReadContext& context);

}  // namespace dragoman::config
