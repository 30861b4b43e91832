#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/config.h"
#include "tls/openssl.h"
#include "tls/server_names.h"
#include "tls/ticket_keys.h"
#include "transcoding/status.h"

namespace dragoman::tls {

// What all TLS connections of a listener share, on whatever worker: certificates by SNI, the CA of client certificates,
// ticket keys, ALPN ("h2", "http/1.1"). TLS 1.2 with forward secrecy and AEAD only, and 1.3; no renegotiation, no
// compression, no early data. Sessions are resumed by ticket; nothing is kept for them here.
//
// Threads: safe to use concurrently.
class ServerContext {
 public:
  // Errors, for the operator, all of them: files that cannot be read, a text that is no PEM, a key that does not belong
  // to its certificate, a certificate that is expired or not valid yet, a chain out of order, a key that is too weak.
  static tl::expected<std::shared_ptr<const ServerContext>, Problems> Build(const config::ListenerTls& tls);
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  // Of the first certificate; its callbacks choose among the others. Outlived by this object.
  SSL_CTX* native() const { return contexts_.front().get(); }

 private:
  // A certificate's names, and the kinds of keys that it has one of: certificates for the same names share a context,
  // in which OpenSSL chooses what the client understands.
  struct Names {
    std::vector<std::string> names;
    std::vector<int> key_types;
  };

  ServerContext();
  SSL_CTX* ContextFor(const X509* certificate, const EVP_PKEY* key, const config::ListenerTls& tls, X509_STORE* clients,
                      const std::vector<UniqueCertificate>& authorities);

  static int OnServerName(SSL* ssl, int* alert, void* self);
  static int OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                         int seal);

  std::vector<UniqueContext> contexts_;
  std::vector<Names> names_;  // of contexts_
  ServerNames by_name_;       // to indices of contexts_
  mutable TicketKeys ticket_keys_;
};

// What the gateway demands of a backend, or of an HTTP server that it asks: a certificate for the server's name from a
// CA that is trusted. TLS as of a ServerContext.
//
// Threads: immutable; safe to use concurrently.
class ClientContext {
 public:
  enum class Protocol { kHttp2, kHttp1 };  // by ALPN: h2 is required, http/1.1 offered

  // Errors as of a ServerContext.
  static tl::expected<std::shared_ptr<const ClientContext>, Problems> Build(const config::ClientTls& tls,
                                                                            Protocol protocol);
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  // A connection's state that will accept only a certificate for `host`, or for the configured server_name instead; an
  // address must be in the certificate as one. Null if there is no memory, or the name is too long to be one.
  UniqueSsl Start(std::string_view host) const;
  // Whom Start expects: server_name, or `host`.
  std::string_view NameOf(std::string_view host) const { return server_name_.empty() ? host : server_name_; }

  Protocol protocol() const { return protocol_; }
  SSL_CTX* native() const { return context_.get(); }

 private:
  ClientContext(const config::ClientTls& tls, Protocol protocol);

  UniqueContext context_;
  const std::string server_name_;
  const Protocol protocol_;
};

// Where a connection of either context leaves why it did not accept the other side's certificate, if it does not; must
// outlive the connection.
void TellWhyNotVerified(SSL* ssl, std::string& words);

}  // namespace dragoman::tls
