#include "auth/certificates.h"

#include <array>

namespace dragoman::auth {
namespace {

constexpr std::array<std::string_view, 3> kFields = {"uri:", "dns:", "common_name:"};

std::string Key(config::Consumer::Certificate::Field field, std::string_view value) {
  std::string key(kFields[static_cast<size_t>(field)]);
  for (const char c : value) {
    const bool lower = field == config::Consumer::Certificate::Field::kDns && c >= 'A' && c <= 'Z';
    key += lower ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return key;
}

}  // namespace

CertificateTable::CertificateTable(const config::Config& config, const ConsumerDirectory& consumers) {
  for (const config::Consumer& consumer : config.consumers) {
    for (const config::Consumer::Certificate& certificate : consumer.certificates) {
      names_.emplace(Key(certificate.field, certificate.value), consumers.FindByName(consumer.name));
    }
  }
}

Result<Identity> CertificateTable::Verify(const tls::PeerCertificate& certificate) const {
  using Field = config::Consumer::Certificate::Field;
  const Consumer* found = nullptr;
  bool clash = false;
  const auto look = [&](Field field, const std::string& value) {
    const auto name = names_.find(Key(field, value));
    if (name == names_.end()) return;
    clash = clash || (found != nullptr && found != name->second);
    found = name->second;
  };
  for (const std::string& uri : certificate.uris) look(Field::kUri, uri);
  for (const std::string& dns : certificate.dns_names) look(Field::kDns, dns);
  if (!certificate.common_name.empty()) look(Field::kCommonName, certificate.common_name);
  if (found == nullptr) return Refuse(Reason::kUnauthenticated, "the client certificate is no known consumer's");
  if (clash) return Refuse(Reason::kUnauthenticated, "the client certificate has the names of two consumers");
  if (found->disabled) return Refuse(Reason::kUnauthenticated, "the consumer of the client certificate is disabled");
  return Identity{.scheme = "mtls", .consumer = found, .claims = nullptr};
}

}  // namespace dragoman::auth
