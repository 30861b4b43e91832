#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "tls/openssl.h"
#include "transcoding/status.h"

namespace dragoman::tls {

// A certificate, those that vouch for it in their order, and its key: checked to belong together and to be valid now.
struct CertifiedKey {
  std::vector<UniqueCertificate> chain;  // never empty; the end entity's first
  UniqueKey key;
};

// Reads a pair; nothing if `problems` got some, which are all that can be told: texts that cannot be read or are no
// PEM, a certificate or key that is none, a certificate that has expired or is not valid yet, one that its successor in
// the chain did not issue, a key that belongs to another certificate or wants a passphrase.
std::optional<CertifiedKey> LoadCertifiedKey(const config::KeyPair& pair, Problems& problems);

// Lets connections of `context` show `certified`. Errors, as a problem of `pair`: what OpenSSL's security level
// refuses.
void UseCertifiedKey(SSL_CTX* context, const CertifiedKey& certified, const config::KeyPair& pair, Problems& problems);

// All certificates of a PEM text, in its order. Errors as above, but for what is said of validity and keys; empty then.
std::vector<UniqueCertificate> LoadCertificates(const config::TextSource& source, Problems& problems);

}  // namespace dragoman::tls
