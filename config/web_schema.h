#pragma once

#include <optional>

#include "config/reader.h"

// The grammar of what browsers need: pages of other origins, compressed replies.
namespace dragoman::config {

// cors: {origins: ["https://app.example", "https://*.example.com"], credentials: true, headers: [x-tenant],
//        exposed: [x-total], max_age: 10m}
void ReadCors(MappingReader& map, std::optional<Cors>& out);
// compression: {codings: [br, gzip], min_bytes: 1KiB}
void ReadCompression(MappingReader& map, Compression& out);

}  // namespace dragoman::config
