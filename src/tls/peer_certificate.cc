#include "tls/peer_certificate.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/hex.h"
#include "tls/openssl.h"

namespace dragoman::tls {
namespace {

std::string_view BytesOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text))};
}

// Control characters of ASCII, and U+0080…U+009F in UTF-8.
bool HasControl(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

// Empty if `text` may be a name. DNS names and URIs are IA5String (RFC 5280 section 4.2.1.6): printable ASCII without
// blanks.
std::string WhyNoName(std::string_view kind, std::string_view text) {
  const std::string has("has a " + std::string(kind));
  if (text.empty()) return has + " that is empty";
  if (text.size() > kMaxPeerName) return has + " over " + std::to_string(kMaxPeerName) + " bytes";
  if (HasControl(text)) return has + " with a control character in it";
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    return has + " that is not printable ASCII";
  }
  return {};
}

// subjectAltName; what is neither a DNS name nor a URI is counted only.
std::string ReadAlternativeNames(const X509& certificate, PeerCertificate& out) {
  int critical = 0;
  const std::unique_ptr<GENERAL_NAMES, FreeWith<&GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, &critical, nullptr)));
  if (!names) return critical == -1 ? std::string() : "has no readable subjectAltName, or more than one";
  const int count = sk_GENERAL_NAME_num(names.get());
  if (static_cast<size_t>(count) > kMaxPeerNames) return "has over " + std::to_string(kMaxPeerNames) + " names";
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_URI) continue;
    const bool is_dns = name->type == GEN_DNS;
    const std::string_view text = BytesOf(is_dns ? name->d.dNSName : name->d.uniformResourceIdentifier);
    if (std::string why = WhyNoName(is_dns ? "DNS name" : "URI", text); !why.empty()) return why;
    (is_dns ? out.dns_names : out.uris).emplace_back(text);
  }
  return {};
}

std::string ReadCommonName(const X509_NAME* subject, PeerCertificate& out) {
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  std::optional<std::string> only;
  for (int i = at; i >= 0; i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) {
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    if (size < 0) return "has a common name that is no text";
    std::string name(reinterpret_cast<char*>(utf8), static_cast<size_t>(size));
    OPENSSL_free(utf8);
    if (name.size() > kMaxPeerName) return "has a common name over " + std::to_string(kMaxPeerName) + " bytes";
    if (HasControl(name)) return "has a common name with a control character in it";
    if (i == at) {
      only = std::move(name);
    } else {
      only.reset();
    }
  }
  if (only) out.common_name = *std::move(only);
  return {};
}

std::string Sha256Of(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return RenderHex(std::span(digest).first(size));
}

std::string Read(X509& certificate, PeerCertificate& out) {
  if (std::string why = ReadAlternativeNames(certificate, out); !why.empty()) return why;
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  if (std::string why = ReadCommonName(subject, out); !why.empty()) return why;
  out.subject = NameText(subject);
  if (out.subject.size() > kMaxPeerSubject) {
    return "has a subject over " + std::to_string(kMaxPeerSubject) + " bytes";
  }
  out.sha256 = Sha256Of(certificate);
  return out.sha256.empty() ? "cannot be hashed" : "";
}

}  // namespace

tl::expected<PeerCertificate, std::string> ReadPeerCertificate(X509& certificate) {
  PeerCertificate read;
  std::string why = Read(certificate, read);
  ERR_clear_error();
  if (!why.empty()) return tl::unexpected(std::move(why));
  return read;
}

tl::expected<PeerCertificate, std::string> ParsePeerCertificate(std::string_view der) {
  if (der.size() > kMaxPeerCertificate) {
    return tl::unexpected("is over " + std::to_string(kMaxPeerCertificate >> 10) + " KiB");
  }
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* end = begin;
  const UniqueCertificate certificate(d2i_X509(nullptr, &end, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!certificate || end != begin + der.size()) return tl::unexpected(std::string("cannot be read"));
  return ReadPeerCertificate(*certificate);
}

}  // namespace dragoman::tls
