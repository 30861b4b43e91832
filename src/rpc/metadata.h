#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "config/config.h"
#include "exchange/exchange.h"
#include "transcoding/buffer.h"
#include "transcoding/status.h"

namespace dragoman::rpc {

using Metadata = boost::container::small_vector<Header, 16>;

// Which request headers travel on as metadata: the fixed set (tracing, language, idempotency key, authorization), what
// `forward_headers` adds, and what the gateway itself asserts about the client.
//
// Threads: immutable.   Spec: src/rpc/README.md, "Headers and metadata".
class MetadataRules {
 public:
  enum class Credentials { kForward, kWithhold };  // the client's `authorization`

  // `forward_headers`: names in lower case, each acceptable to CannotForward. `identity`: what backends are told of the
  // caller. `asserted`: names that the gateway sets elsewhere. What has one of those names is never taken from a
  // client.
  explicit MetadataRules(const std::vector<std::string>& forward_headers,
                         std::vector<config::IdentityMetadata> identity = {},
                         const std::vector<std::string>& asserted = {});

  // Appends the metadata of one request. The views are the exchange's. Errors: kInvalidRequest naming the header whose
  // value gRPC cannot carry.
  Status Collect(const Exchange& exchange, Credentials credentials, Metadata& out) const;
  // Appends what backends are told of the caller; the views are those of `text`, which grows.
  void AppendIdentity(const auth::Identity& identity, Buffer& text, Metadata& out) const;
  bool tells_identity() const { return !identity_.empty(); }

 private:
  static constexpr size_t kMaxName = 64;

  bool Forwards(std::string_view name) const;

  std::array<std::vector<std::string>, kMaxName + 1> names_by_length_;
  std::vector<config::IdentityMetadata> identity_;
};

}  // namespace dragoman::rpc
