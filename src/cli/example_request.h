#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "generation/generation.h"

namespace dragoman::cli {

// The route that a newcomer should try first: one that asks for no credential before those that do, then one that does not
// stream, then a GET before all others, then one with few variables. Null if there is none.
const routing::Route* ChooseExample(const Generation& generation);

enum class Scheme { kHttp, kHttps };

// A line for a shell that calls the route of a server that listens on `address` ("127.0.0.1:8080", "unix:/run/d.sock").
// Variables get values that their fields can hold, and a body the JSON that is shortest.
//
//   GET  /v1/items/{id}, an int64   → curl -s 'http://127.0.0.1:8080/v1/items/1'
//   POST /v1/{name=shelves/*}:sort  → curl -s -d '{}' 'http://127.0.0.1:8080/v1/shelves/name:sort'
//
// With kHttps the certificate is not verified (-k): nothing says that it is for the address.
std::string CurlLine(const routing::Route& route, std::string_view address, Scheme scheme = Scheme::kHttp);

}  // namespace dragoman::cli
