#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::http_client {

// The URL that a target names, in parts.
struct Url {
  bool secure = false;
  std::string host;   // "issuer.example", "::1"
  uint16_t port = 0;
  std::string target;     // "/jwks?x=1"
  std::string authority;  // what Host says: "issuer.example", "issuer.example:8443"

  // "https://host[:port]/path". Errors, for the operator: another scheme, user information, a fragment, no host.
  static tl::expected<Url, std::string> Parse(std::string_view text);
};

struct Request {
  std::string_view method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string_view content_type;  // of the body; empty: none
};

struct Response {
  int status = 0;
  std::string content_type;
  std::string cache_control;
  std::string body;
};

// One HTTP server that the gateway asks off the hot path: keys of issuers, introspection, token endpoints.
//
// One connection a request, closed after it; redirects are not followed, whatever the status is it is returned; a body has
// at most kMaxBody bytes; the whole exchange, with the name's resolution, ends within the target's timeout.
//
// Errors of Fetch: kBackendUnavailable, the text naming host and cause: "issuer.example:443: certificate verify failed:
// certificate has expired".
// Threads: its loop's, and one of Asio's own for names.   Lifetime: outlived by its loop. A fetch that is under way when
// the client is destroyed goes on; one whose coroutine is destroyed is cancelled.
class Client {
 public:
  static constexpr size_t kMaxBody = 1 << 20;

  // Errors, for the operator: a URL that is none, a CA that cannot be read.
  static tl::expected<std::unique_ptr<Client>, Problem> Make(Loop& loop, const config::HttpTarget& target);
  // What Make would say of a target, without a loop.
  static std::optional<Problem> Check(const config::HttpTarget& target);
  virtual ~Client() = default;

  virtual Task<Result<Response>> Fetch(Request request) = 0;
};

}  // namespace dragoman::http_client
