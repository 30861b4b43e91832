#include "tls/words.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/listed.h"
#include "tls/peer_certificate.h"
#include "tls/server_names.h"

namespace dragoman::tls {
namespace {

constexpr size_t kNamesTold = 3;

// `"a.example", "b.example" and 2 more`
std::string NamesOf(const X509* certificate) {
  std::vector<std::string> names = DnsNamesOf(certificate);
  if (names.empty()) return "no host name";
  for (std::string& name : names) name = "\"" + name + "\"";
  return Listed(names, kNamesTold);
}

// Whom the connection expects: a name or an address.
std::string ExpectedName(X509_STORE_CTX* store) {
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(store);
  if (const char* host = X509_VERIFY_PARAM_get0_host(wanted, 0)) return host;
  std::string text;
  if (char* address = X509_VERIFY_PARAM_get1_ip_asc(wanted)) {
    text = address;
    OPENSSL_free(address);
  }
  return text;
}

}  // namespace

std::string WhyNotVerified(X509_STORE_CTX* store) {
  const int error = X509_STORE_CTX_get_error(store);
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate && (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH)) {
    return "the certificate is for " + NamesOf(certificate) + ", not for \"" + ExpectedName(store) + "\"";
  }
  if (certificate && error == X509_V_ERR_APPLICATION_VERIFICATION) {
    const auto read = ReadPeerCertificate(*certificate);
    if (!read) return "the certificate " + read.error();
  }
  return std::string("certificate verify failed: ") + X509_verify_cert_error_string(error);
}

std::string TakeWhy() {
  const unsigned long error = ERR_peek_error();  // the first: what follows it is its consequence
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    const int reason = ERR_GET_REASON(error);
    std::string words;
    switch (reason) {
      case SSL_R_NO_APPLICATION_PROTOCOL:
      case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
        words = "there is no protocol in common (ALPN)";
        break;
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        words = "there is no TLS version in common";
        break;
      case SSL_R_NO_SHARED_CIPHER:
        words = "there is no cipher in common";
        break;
      case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        words = "it shows no certificate";
        break;
      default:
        break;
    }
    if (words.empty() && reason >= SSL_AD_REASON_OFFSET) {
      std::string_view text = ERR_reason_error_string(error) ? ERR_reason_error_string(error) : "";
      constexpr std::string_view kAlert = "alert ";  // "tlsv13 alert certificate required"
      if (const size_t at = text.find(kAlert); at != std::string_view::npos) text.remove_prefix(at + kAlert.size());
      words = "it sent the TLS alert \"" + std::string(text) + "\"";
    }
    if (!words.empty()) {
      ERR_clear_error();
      return words;
    }
  }
  return TakeError();
}

}  // namespace dragoman::tls
