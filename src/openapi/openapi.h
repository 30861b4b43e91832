#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

#include "generation/generation.h"

namespace dragoman::openapi {

inline constexpr size_t kMaxDocumentBytes = 128u << 20;  // of JSON

// The OpenAPI 3.1 document of everything that clients can call: one line of JSON, the same bytes for the same generation.
//
// It is made from the tables that serve: routes, plans, compositions, rules of each RPC; README.md has the mapping. Its head is that of
// config::OpenApi, or that one's defaults where the configuration has none. Comments of the protos are in it where the schema has kept them
// (transcoding::Schema::comments), which LoadSchema does where the configuration has `openapi`.
//
// Errors:  it would be larger than `max_bytes`; the text says so, and how many of its paths alone are: `larger than 128 MiB, which the first
//          560 of its 5000 paths are already`. A route that captures a field of its body has the whole message written out.
// Threads: any.   Cost: linear in what the routes lead to and in what is written; some milliseconds per hundred routes, so it is made once per
// generation. Memory: of the text, at most three times `max_bytes`.
tl::expected<std::string, std::string> Render(const Generation& generation, size_t max_bytes = kMaxDocumentBytes);

}  // namespace dragoman::openapi
