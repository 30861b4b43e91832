#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/exchange.h"
#include "transcoding/status.h"

namespace dragoman::dialects::rest {

using Metadata = boost::container::small_vector<Header, 16>;

// Which request headers travel on as metadata: the fixed set (tracing, language, idempotency key, authorization), what
// `forward_headers` adds, and what the gateway itself asserts about the client.
//
// Threads: immutable.   Spec: src/dialects/rest/README.md, "Headers and metadata".
class MetadataRules {
 public:
  // `forward_headers`: names in lower case, each acceptable to CannotForward.
  explicit MetadataRules(const std::vector<std::string>& forward_headers);

  // Appends the metadata of one request. The views are the exchange's. Errors: kInvalidRequest naming the header whose
  // value gRPC cannot carry.
  Status Collect(const Exchange& exchange, Metadata& out) const;

 private:
  static constexpr size_t kMaxName = 64;

  bool Forwards(std::string_view name) const;

  std::array<std::vector<std::string>, kMaxName + 1> names_by_length_;
};

// Why a header of that name can never be forwarded from a client; empty if it can.
std::string_view CannotForward(std::string_view name);

// True if reply metadata of that name becomes a response header.
bool ReachesClient(std::string_view name);

}  // namespace dragoman::dialects::rest
