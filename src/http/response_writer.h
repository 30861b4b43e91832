#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <span>
#include <string_view>

#include "exchange/exchange.h"
#include "transcoding/buffer.h"

namespace dragoman::http {

// The Date header's text, made once a second.
class HttpDate {
 public:
  // "Tue, 24 Nov 2026 07:59:20 GMT"; holds until the next call.
  std::string_view Now();

 private:
  std::time_t second_ = -1;
  std::array<char, 32> text_{};
};

// How a client finds the end of a body (RFC 9112 section 6).
enum class Framing : uint8_t {
  kNone,        // there is none and there never is: 204, 304
  kSized,       // Content-Length
  kChunked,     // Transfer-Encoding: chunked
  kUntilClose,  // HTTP/1.0
};

enum class Persistence : uint8_t {
  kImplied,    // HTTP/1.1 stays open without a word
  kKeepAlive,  // said, for HTTP/1.0
  kClose,
};

struct ResponseShape {
  Framing framing = Framing::kSized;
  uint64_t content_length = 0;  // bytes; of kSized
  Persistence persistence = Persistence::kImplied;
};

// Connection, Content-Length, Transfer-Encoding, Date …: what a response's head says of itself is said by this layer alone.
bool IsOfTheHttpLayer(std::string_view name);
// False for what would break the framing: line breaks, control characters, a name that is no token.
bool IsSafe(const Header& header);

// Appends status line, headers, those in `standing` too, and the empty line to `out`. A header that would break the framing (line breaks, control characters, a name that is no token) or
// that is this layer's business (Connection, Content-Length, Transfer-Encoding, Date …; Upgrade but in a 426) is left out; returns how many of the former sort there were.
size_t AppendResponseHead(const ResponseHead& head, std::span<const Header> standing, const ResponseShape& shape, std::string_view date,
                          Buffer& out);

}  // namespace dragoman::http
