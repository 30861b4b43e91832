#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/config.h"
#include "exchange/exchange.h"
#include "exchange/header_block.h"
#include "transcoding/status.h"

namespace dragoman::http {

// Collects the fields of one HTTP/2 request as HPACK gives them, and makes a RequestHead of them that means what it
// would mean in HTTP/1.
//
//   :method GET  :scheme https  :path /v1/items?x=1  :authority shop.example  cookie a=1  cookie b=2
//     → GET "/v1/items?x=1", authority "shop.example", one header: cookie "a=1; b=2"
//
// What is left to check after nghttp2, which resets the stream for pseudo-headers that are missing, unknown, doubled or
// late, names that are not in lower case, values with control characters, headers of a connection's own, a
// Content-Length that is none. Refused here with an answer: what is over the bounds (414, 431), a host that is none or
// two that differ (RFC 9113 section 8.3.1), a path with a character that no target has, another scheme than HTTP's,
// CONNECT and TRACE (405), an expectation other than 100-continue (417).
//
// Cookies that came in several fields are joined (8.2.3).
//
// Bounds: max_request_line_bytes for method and path, as HTTP/1 would write them; max_header_bytes for everything but
// the path, as HTTP/2 counts (6.5.2), and kMaxHeaders fields. What is over them is counted and not kept.
class Http2Head {
 public:
  static constexpr size_t kMaxHeaders = 200;

  explicit Http2Head(const config::Limits& limits) : limits_(limits) {}

  void Add(std::string_view name, std::string_view value);
  // All of them are there. Fills `out`, as far as it got if this is a refusal; its views hold as long as this object.
  Status Finish(RequestHead& out);

  // What has come so far, as HTTP/2 counts, kept or not.
  size_t bytes() const { return bytes_; }
  // After Finish. Nothing: none was declared.
  std::optional<uint64_t> content_length() const { return content_length_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  static constexpr size_t kEntryBytes = 32;  // of a field beside its name and value (6.5.2)
  static constexpr size_t kNone = SIZE_MAX;

  std::string_view ValueAt(size_t index) const {
    return index == kNone ? std::string_view() : block_.entries()[index].value;
  }
  void KeepPseudo(size_t& index, std::string_view name, std::string_view value);
  Status CheckAuthority(RequestHead& out) const;
  Status CheckTarget(const RequestHead& out) const;
  Status ReadHeaders(const RequestHead& out);

  const config::Limits& limits_;
  HeaderBlock block_;          // pseudo-headers in front
  size_t pseudo_headers_ = 0;  // of the entries
  size_t bytes_ = 0;
  size_t header_bytes_ = 0;  // of those, everything but the path's text
  size_t path_bytes_ = 0;
  size_t fields_ = 0;
  size_t cookies_ = 0;
  size_t http_method_ = kNone;  // where these are
  size_t path_ = kNone;
  size_t scheme_ = kNone;
  size_t authority_ = kNone;
  bool has_host_ = false;
  std::optional<uint64_t> content_length_;
  bool expects_continue_ = false;
};

}  // namespace dragoman::http
