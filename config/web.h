#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/position.h"

namespace dragoman::config {

// An origin that a page may come from: "https://app.example", all below a domain as "https://*.example.com", or "*".
struct CorsOrigin {
  std::string text;  // in lower case, without a default port
  Position at;
};

// Which pages of other origins may call, and what their scripts see (Fetch standard, "CORS protocol").
struct Cors {
  std::vector<CorsOrigin> origins;   // empty: none may, which is how a policy takes it back
  bool credentials = false;          // cookies and client certificates; not beside the origin "*"
  std::vector<std::string> headers;  // names in lower case that scripts may send; empty: whatever they ask for
  std::vector<std::string> exposed;  // names in lower case that scripts may read beside the safelisted ones and ours
  Milliseconds max_age{600'000};     // how long a preflight's answer holds
  Position at;
};

enum class ContentCoding { kGzip, kBrotli };

// Of responses. What clients send compressed is read without any key.
struct Compression {
  std::vector<ContentCoding> codings = {ContentCoding::kBrotli, ContentCoding::kGzip};  // the preferred one first
  uint64_t min_bytes = 1 << 10;  // of a whole response; streams are compressed from their first message on
  Position at;
};

}  // namespace dragoman::config
