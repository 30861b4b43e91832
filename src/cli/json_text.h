#pragma once

#include <ostream>

#include "generation/generation.h"

namespace dragoman::cli {

// What looks like a mistake; nothing where there is none:
//
//   remarks on json:
//     shop.v1.Orders/ListOrders  query parameter "fields" chooses fields of the reply; the request's own "fields"
//     cannot be set there
void PrintJsonRemarks(const Generation& generation, std::ostream& out);

}  // namespace dragoman::cli
