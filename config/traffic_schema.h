#pragma once

#include "config/reader.h"

// The grammar of how much may pass: the keys store and rate_limits, and what backends and policies say of limits and
// concurrency.
namespace dragoman::config {

void ReadStore(MappingReader& root, Config& config);
// After the store, which limits are shared through.
void ReadRateLimits(MappingReader& root, Config& config);

// concurrency: {max: 64, queue: 256, queue_timeout: 100ms} of a backend.
void ReadBackendConcurrency(MappingReader& map, Concurrency& out);
// The keys rate_limits, concurrency and priority of a policy. After the limits and consumers, whose names they use.
void ReadPolicyTraffic(MappingReader& map, const Config& config, Policy& policy);

}  // namespace dragoman::config
