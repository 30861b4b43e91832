#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/consumers.h"
#include "auth/identity.h"
#include "config/config.h"
#include "tls/peer_certificate.h"
#include "transcoding/status.h"

namespace dragoman::auth {

// The scheme "mtls": which consumer a verified certificate stands for, by the names in it.
//
// Threads: immutable.
class CertificateTable {
 public:
  CertificateTable(const config::Config& config, const ConsumerDirectory& consumers);

  // Errors: kUnauthenticated: none of its names is a consumer's, two are of different ones, the consumer is disabled.
  Result<Identity> Verify(const tls::PeerCertificate& certificate) const;

 private:
  std::unordered_map<std::string, const Consumer*> names_;  // "uri:spiffe://acme.example/mobile"
};

}  // namespace dragoman::auth
