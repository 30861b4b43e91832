#pragma once

#include <string>

#include "generation/generation.h"

namespace dragoman::cli {

// Which pages of other origins may call, where no policy of an RPC says something else; empty where nobody says
// anything:
//
//   those of https://app.example, https://*.example.com, with credentials
//   127.0.0.1:8080: those of every page; 127.0.0.1:8081: none
std::string PagesOf(const Generation& generation);

// The same of one RPC that has rules of its own, behind who may call it: "; pages: https://app.example"; else empty.
std::string OwnPagesOf(const rpc::Rules& rules);

}  // namespace dragoman::cli
