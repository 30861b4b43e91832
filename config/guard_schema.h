#pragma once

#include "config/reader.h"

// The grammar of who is shut out: the keys trusted_proxies and guard.
namespace dragoman::config {

void ReadTrustedProxies(MappingReader& root, Config& config);
// After the store, which bans are shared through.
void ReadGuard(MappingReader& root, Config& config);

}  // namespace dragoman::config
