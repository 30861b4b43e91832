// The input as the DER encoding of a certificate: what is read of it holds no control character, and no more than its
// bounds.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tls/peer_certificate.h"

namespace {

void Check(const std::string& text, size_t most) {
  if (text.size() > most) std::abort();
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = dragoman::tls::ParsePeerCertificate({reinterpret_cast<const char*>(data), size});
  if (!read) {
    if (read.error().empty()) std::abort();
    return 0;
  }
  Check(read->subject, dragoman::tls::kMaxPeerSubject);
  Check(read->common_name, dragoman::tls::kMaxPeerName);
  if (read->dns_names.size() + read->uris.size() > dragoman::tls::kMaxPeerNames) std::abort();
  for (const std::string& name : read->dns_names) Check(name, dragoman::tls::kMaxPeerName);
  for (const std::string& uri : read->uris) Check(uri, dragoman::tls::kMaxPeerName);
  if (read->sha256.size() != 64) std::abort();
  return 0;
}
