#pragma once

#include <ostream>

#include "composition/graph_text.h"
#include "generation/generation.h"

namespace dragoman::cli {

// What `check` says of compositions; nothing where there are none:
//
//   compositions:
//     compositions/home  GET /v1/home/{user_id}  5 calls  user → orders (300ms): 300ms of 800ms, and what user takes
//
//   policies that do not hold in a composition (enforce_parts: false):
//     compositions/home  shop.v1.Users/GetUser  api_key  10/s
void PrintCompositions(const Generation& generation, std::ostream& out);

// `check --graph`: each composition's.
void PrintGraphs(const Generation& generation, composition::GraphForm form, std::ostream& out);

}  // namespace dragoman::cli
