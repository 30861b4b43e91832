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
  // The client's `authorization`.
  enum class Credentials {
    kForward,        // whatever the client calls so: nobody has looked at it
    kForwardProven,  // the header itself, by which the gateway knows who calls
    kWithhold,
  };
  enum class Prefixed { kDropped, kTaken };  // `Grpc-Metadata-Foo: x` as metadata `foo: x`

  // `forward_headers`: names in lower case, each acceptable to CannotForward. `identity`: what backends are told of the
  // caller. `asserted`: names that the gateway sets elsewhere. What has one of those names is never taken from a
  // client. `prefixed`: of any other name that is not CannotBeSet.
  explicit MetadataRules(const std::vector<std::string>& forward_headers,
                         std::vector<config::IdentityMetadata> identity = {}, std::vector<std::string> asserted = {},
                         Prefixed prefixed = Prefixed::kDropped);

  // Appends the metadata of one request. The views are the exchange's. Errors: kInvalidRequest naming the header whose
  // value gRPC cannot carry: no printable ASCII, or, of binary metadata, no standard base64.
  Status Collect(const Exchange& exchange, Credentials credentials, Metadata& out) const;
  // Appends what backends are told of the caller; the views are those of `text`, which grows.
  void AppendIdentity(const auth::Identity& identity, Buffer& text, Metadata& out) const;
  bool tells_identity() const { return !identity_.empty(); }

 private:
  static constexpr size_t kMaxName = 64;

  bool Forwards(std::string_view name) const;
  bool IsAsserted(std::string_view name) const;
  Status CollectPrefixed(const Header& header, Credentials credentials, Metadata& out) const;

  std::array<std::vector<std::string>, kMaxName + 1> names_by_length_;
  std::vector<config::IdentityMetadata> identity_;
  std::vector<std::string> asserted_;
  bool takes_prefixed_ = false;
};

}  // namespace dragoman::rpc
