#include "tls/server_names.h"

#include <openssl/err.h>

#include <algorithm>

#include "tls/openssl.h"

namespace dragoman::tls {
namespace {

constexpr size_t kMaxName = 253;  // bytes (RFC 1035 section 2.3.4)

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

bool IsHostName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '*';
  });
}

}  // namespace

std::vector<std::string> DnsNamesOf(const X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, FreeWith<&GENERAL_NAMES_free>> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  for (int i = 0; i < (all ? sk_GENERAL_NAME_num(all.get()) : 0); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    std::string text = Lowered({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                static_cast<size_t>(ASN1_STRING_length(name->d.dNSName))});
    if (IsHostName(text)) names.push_back(std::move(text));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<size_t> ServerNames::Find(std::string_view host) const {
  if (host.size() > kMaxName) return std::nullopt;
  std::string name = Lowered(host);
  auto found = certificates_.find(name);
  const size_t dot = name.find('.');
  if (found == certificates_.end() && dot != std::string::npos && dot > 0) {
    found = certificates_.find(name.replace(0, dot, "*"));
  }
  if (found == certificates_.end()) return std::nullopt;
  return found->second;
}

}  // namespace dragoman::tls
