#pragma once

#include <string>

#include "generation/generation.h"

namespace dragoman::openapi {

// The OpenAPI 3.1 document of everything that clients can call: one line of JSON, the same bytes for the same generation.
//
// It is made from the tables that serve: routes, plans, compositions, rules of each RPC; README.md has the mapping. Its head is that of
// config::OpenApi, or that one's defaults where the configuration has none. Comments of the protos are in it where the schema has kept them
// (transcoding::Schema::comments), which LoadSchema does where the configuration has `openapi`.
//
// Cost: linear in what the routes lead to; some milliseconds per hundred routes, so it is made once per generation. Threads: any.
std::string Render(const Generation& generation);

}  // namespace dragoman::openapi
