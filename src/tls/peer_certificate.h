#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman::tls {

// What a peer's certificate says, once its chain is verified. Names hold no NUL and no control character: a certificate
// that has such a name is not accepted.
struct PeerCertificate {
  std::string subject;                 // "CN=mobile,O=Acme", RFC 2253, for logs
  std::string common_name;             // of the subject; empty if there is none or more than one
  std::vector<std::string> dns_names;  // subjectAltName
  std::vector<std::string> uris;       // subjectAltName: "spiffe://acme.example/mobile"
  std::string sha256;                  // of the DER encoding, lower-case hex
};

inline constexpr size_t kMaxPeerCertificate = 64 << 10;  // bytes of DER
inline constexpr size_t kMaxPeerNames = 256;             // in subjectAltName, of any kind
inline constexpr size_t kMaxPeerName = 2048;             // bytes of each, and of the common name
inline constexpr size_t kMaxPeerSubject = 4096;          // bytes of the subject's text

// What `certificate` says. Errors, as the words behind "the certificate": "has a DNS name with a control character in
// it"; they hold nothing of what the peer sent.
//
// Threads: safe to call concurrently.
tl::expected<PeerCertificate, std::string> ReadPeerCertificate(X509& certificate);
// The same of a DER encoding, nothing behind it.
tl::expected<PeerCertificate, std::string> ParsePeerCertificate(std::string_view der);

}  // namespace dragoman::tls
