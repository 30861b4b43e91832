#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "transcoding/status.h"

namespace dragoman::http {

// Bounds of a request head, in bytes.
struct HeadLimits {
  size_t request_line = 8 << 10;
  size_t headers = 32 << 10;  // all header lines together
  size_t header_count = 200;  // lines
};

// Finds the end of an HTTP/1 request head in bytes that come piece by piece, and looks at every byte of it once, before any parser that is more forgiving does.
// Header names are put into lower case where they stand.
//
//   "GET /v1/items HTTP/1.1\r\nHost: a\r\n\r\nPOST…"  → kHead, head_size() = 35, the first header is now "host: a"
//
// Refused (RFC 9112): a line that does not end in CRLF (2.2), CR, NUL and other control characters (2.2, 5), white space around the parts of the request line (3) or
// before the colon (5.1), a header that begins with white space (5.2, obs-fold), a name that is no token, a version other than 1.0 and 1.1 (2.3), and what is over the limits. One empty
// line in front of the request line is skipped (2.2).
//
// Errors:  kInvalidRequest (400, 505), kUriTooLong, kHeadersTooLarge.   Cost: one pass, whatever the pieces; no allocation unless refused.
class HeadScanner {
 public:
  enum class Outcome : uint8_t { kNeedMore, kHead, kRefused };

  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  // `bytes` holds what the last call was given, perhaps elsewhere in memory, and what has come since.
  Outcome Scan(char* bytes, size_t size);

  // Where the head begins (behind a skipped empty line) and how long it is, the empty line at its end included. After kHead.
  size_t head_begin() const { return begin_; }
  size_t head_size() const { return line_ - begin_; }
  // The request line's parts in `bytes`, once that line was read; empty before.
  std::string_view http_method(const char* bytes) const { return {bytes + begin_, method_size_}; }
  std::string_view target(const char* bytes) const { return {bytes + begin_ + method_size_ + 1, target_size_}; }
  bool has_request_line() const { return target_size_ != 0; }
  // Behind the last line that is whole and that nothing is wrong with.
  size_t lines_end() const { return refused_line_ != 0 ? refused_line_ : line_; }
  // Why, after kRefused.
  Status TakeRefusal() { return std::move(refusal_); }

 private:
  Outcome Refuse(Status status);
  Outcome RefuseLongLine();
  Outcome RefuseLongHeaders();
  Outcome CheckUnfinishedLine(const char* bytes, size_t size);
  bool ReadRequestLine(const char* line, size_t size);
  bool ReadHeaderLine(char* line, size_t size);

  HeadLimits limits_;
  size_t begin_ = 0;      // of the head
  size_t line_ = 0;       // of the line that is not complete yet
  size_t searched_ = 0;   // up to here there is no further LF
  size_t headers_ = 0;    // where the first header line begins
  size_t header_count_ = 0;
  size_t refused_line_ = 0;  // a header line's place, after kRefused because of it
  size_t method_size_ = 0;
  size_t target_size_ = 0;
  Status refusal_;
};

}  // namespace dragoman::http
