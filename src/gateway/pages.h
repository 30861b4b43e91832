#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.h"
#include "generation/generation.h"

namespace dragoman::gateway {

// What the gateway answers by itself where `openapi` is configured: the API's document, the page that shows it, the page's files.
//
//   GET /openapi.json   accept-encoding: gzip   if-none-match: "5f0c…-gzip"
//     → 304   etag, cache-control, vary
//
// Everything is made once for a generation, compressed at once, and shared by all workers. A document that is too large (openapi::Render) is left
// out, and the page with it; the log says so (`openapi_left_out`). Threads: safe to use concurrently.
class Pages {
 public:
  struct Page {
    std::string path;
    std::string_view content_type{};
    std::string_view asset{};  // of docs::Assets; empty: the two below
    std::string plain{};
    std::string gzip{};
    std::string digest{};
    std::string policy{};    // Content-Security-Policy; empty: none
    std::string location{};  // where the client should look instead; empty: here it is
  };

  explicit Pages(const Generation& generation);

  // Null: this path is none of them.
  const Page* Find(std::string_view target) const;
  // For GET and HEAD, of which the exchange is one.
  static Task<Status> Answer(Exchange& exchange, const Page& page);

 private:
  std::vector<Page> pages_;
};

}  // namespace dragoman::gateway
