#pragma once

#include <string>
#include <string_view>

#include "faults.h"

namespace shop {

// What shop_backend was told to do.
struct Flags {
  std::string listen = "127.0.0.1:50051";
  std::string name = "shop";
  std::string tls_certificate;  // files; empty: plain text
  std::string tls_key;
  std::string tls_client_ca;  // empty: no client certificates are demanded
  bool compress = false;
  bool help = false;
};

extern const std::string_view kUsage;

// Reads the command line; rules of faults go into `faults`. The error is one line: which flag, what was expected, what
// came.
Parsed<Flags> ParseFlags(int argc, const char* const* argv, Faults& faults);

}  // namespace shop
