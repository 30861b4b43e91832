#pragma once

#include <boost/container/static_vector.hpp>
#include <string>
#include <string_view>
#include <unordered_set>

#include "config/web.h"
#include "exchange/exchange.h"

namespace dragoman::cors {

// A few headers of a response; room for all that a policy says.
using Headers = boost::container::static_vector<Header, 8>;

// Which pages of other origins may call, and what their scripts see: a `cors` of the configuration, compiled.
//
//   cors: {origins: ["https://app.example", "https://*.example.com"], credentials: true}
//     Allows("https://app.example")         as browsers write it: lower case, no default port
//     Allows("https://a.b.example.com")     but not "https://example.com"
//
// Threads: immutable.   Cost: of a look-up one hash for each label of the origin's host at most.
// Spec: Fetch, "CORS protocol".
class Policy {
 public:
  explicit Policy(const config::Cors& cors);

  // `origin`: what OriginOf says. An origin that is none ("null", several) is only let in by "*".
  bool Allows(std::string_view origin) const;
  // The same as what it means for credentials that browsers add by themselves.
  Exchange::PageRights RightsOf(std::string_view origin) const {
    if (!Allows(origin)) return Exchange::PageRights::kNone;
    return credentials_ ? Exchange::PageRights::kCallWithCredentials : Exchange::PageRights::kCall;
  }

  // What every response has, errors included, for a page of `origin`; empty: no page asks. The views are those of the
  // policy and `origin`.
  //
  //   access-control-allow-origin: https://app.example   or *
  //   access-control-allow-credentials: true             where the policy says so
  //   access-control-expose-headers: x-request-id, …     the gateway's own and the configured ones
  //   vary: Origin                                       also of pages that may not, and without a page
  void AppendTo(std::string_view origin, Headers& headers) const;

  // Header names that scripts may send, as a list; empty: whatever they ask for.
  const std::string& headers() const { return headers_; }
  // Seconds.
  const std::string& max_age() const { return max_age_; }
  bool credentials() const { return credentials_; }
  bool everybody() const { return everybody_; }
  bool nobody() const { return !everybody_ && origins_.empty() && domains_.empty(); }
  // For people: "https://app.example, https://*.example.com, with credentials"; "no page" of an empty list.
  const std::string& description() const { return description_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Texts = std::unordered_set<std::string, Hash, std::equal_to<>>;

  bool IsBelow(std::string_view origin) const;

  bool everybody_ = false;
  bool credentials_ = false;
  Texts origins_;  // "https://app.example"
  Texts domains_;  // "https://.example.com": everything below
  std::string headers_;
  std::string exposed_;
  std::string max_age_;
  std::string description_;
};

}  // namespace dragoman::cors
