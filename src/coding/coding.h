#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dragoman::coding {

// How bytes are made smaller on their way (RFC 9110, 8.4.1).
enum class Coding : uint8_t {
  kIdentity,  // not at all
  kGzip,      // RFC 1952
  kDeflate,   // the zlib format, RFC 1950; read only
  kBrotli,    // RFC 7932
};

// "gzip", "deflate", "br", "identity".
std::string_view NameOf(Coding coding);
// Of a name in any case; "x-gzip" is gzip (8.4.1.3). Nothing: it is not known here.
std::optional<Coding> CodingOf(std::string_view name);

}  // namespace dragoman::coding
