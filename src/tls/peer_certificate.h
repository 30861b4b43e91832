#pragma once

#include <string>
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

}  // namespace dragoman::tls
