#pragma once

#include <optional>

#include "config/openapi.h"
#include "config/reader.h"

// The grammar of how the API is described.
namespace dragoman::config {

// openapi: {path: /openapi.json, docs: /docs, title: Shop, version: "1", description: …, servers: ["https://api.example"]}
void ReadOpenApi(MappingReader& root, std::optional<OpenApi>& out);

}  // namespace dragoman::config
