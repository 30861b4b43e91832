#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>
#include <tl/expected.hpp>

#include "config/config.h"
#include "transcoding/status.h"

namespace dragoman::tls {

// What all TLS connections of a listener share: certificates by SNI, the CA of client certificates, ticket keys, ALPN
// ("http/1.1"). TLS 1.2 and 1.3.
//
// Threads: immutable; safe to use concurrently.
class ServerContext {
 public:
  // Errors, for the operator, all of them: files that cannot be read, a text that is no PEM, a key that does not belong to
  // its certificate, a certificate that is expired or not valid yet, a chain out of order.
  static tl::expected<std::shared_ptr<const ServerContext>, Problems> Build(const config::ListenerTls& tls);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  SSL_CTX* native() const { return default_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  ServerContext() = default;

  std::unique_ptr<SSL_CTX, Free> default_;
};

// What the gateway demands of a backend, or of an HTTP server that it asks.
//
// Threads: immutable; safe to use concurrently.
class ClientContext {
 public:
  enum class Protocol { kHttp2, kHttp1 };  // by ALPN: h2 is required, http/1.1 offered

  // Errors as of a ServerContext.
  static tl::expected<std::shared_ptr<const ClientContext>, Problems> Build(const config::ClientTls& tls,
                                                                            Protocol protocol);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  SSL_CTX* native() const { return context_; }

 private:
  ClientContext() = default;

  SSL_CTX* context_ = nullptr;
};

}  // namespace dragoman::tls
