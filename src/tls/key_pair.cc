#include "tls/key_pair.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "config/text_source.h"

namespace dragoman::tls {
namespace {

// How messages call it: "tls.crt", "the variable TLS_KEY".
std::string CalledBy(const config::TextSource& source) {
  switch (source.kind) {
    case config::TextSource::Kind::kFile:
      return source.value;
    case config::TextSource::Kind::kEnvironment:
      return "the variable " + source.value;
    case config::TextSource::Kind::kText:
      break;
  }
  return "the text";
}

void Refuse(const config::TextSource& source, const std::string& what, Problems& problems) {
  problems.push_back({source.at.ToString(), CalledBy(source) + ": " + what});
}

// The text of `source`, if it is PEM at all.
std::optional<std::string> ReadPem(const config::TextSource& source, Problems& problems) {
  auto text = config::ResolveText(source);
  if (!text) {
    problems.push_back(std::move(text.error()));
    return std::nullopt;
  }
  if (text->find("-----BEGIN ") == std::string::npos) {
    Refuse(source, "expected PEM, got nothing that begins with \"-----BEGIN\"", problems);
    OPENSSL_cleanse(text->data(), text->size());
    return std::nullopt;
  }
  return *std::move(text);
}

UniqueBio BioOf(std::string_view text) {
  return UniqueBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// One block of a PEM text (RFC 7468).
struct PemBlock {
  ~PemBlock() {
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<size_t>(size));
  }
  bool Read(BIO* bio) { return PEM_read_bio(bio, &label, &header, &data, &size) == 1; }

  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
};

int RefusePassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

UniqueKey LoadKey(const config::TextSource& source, Problems& problems) {
  std::optional<std::string> text = ReadPem(source, problems);
  if (!text) return nullptr;
  bool asked = false;
  UniqueKey key(PEM_read_bio_PrivateKey(BioOf(*text).get(), nullptr, &RefusePassphrase, &asked));
  if (!key) {
    const std::string why = TakeError();
    if (asked) {
      Refuse(source, "expected a private key without a passphrase", problems);
    } else if (text->find("PRIVATE KEY-----") == std::string::npos) {
      Refuse(source, "expected a private key, got none", problems);
    } else {
      Refuse(source, "the private key cannot be read: " + why, problems);
    }
  }
  OPENSSL_cleanse(text->data(), text->size());
  return key;
}

// "2026-11-24 13:30:00 UTC"
std::string TimeText(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 64> text{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "a time that cannot be read";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

std::string NumberedSubject(const CertifiedKey& certified, size_t index) {
  return "certificate " + std::to_string(index + 1) + " (" + SubjectOf(certified.chain[index].get()) + ")";
}

void CheckChain(const config::TextSource& source, const CertifiedKey& certified, Problems& problems) {
  const auto& chain = certified.chain;
  for (size_t i = 0; i < chain.size(); ++i) {
    const ASN1_TIME* from = X509_get0_notBefore(chain[i].get());
    const ASN1_TIME* until = X509_get0_notAfter(chain[i].get());
    if (X509_cmp_current_time(from) >= 0) {
      Refuse(source, NumberedSubject(certified, i) + " is not valid before " + TimeText(from), problems);
    } else if (X509_cmp_current_time(until) <= 0) {
      Refuse(source, NumberedSubject(certified, i) + " expired on " + TimeText(until), problems);
    }
    if (i + 1 < chain.size() && X509_check_issued(chain[i + 1].get(), chain[i].get()) != X509_V_OK) {
      Refuse(source,
             NumberedSubject(certified, i + 1) + " did not issue " + NumberedSubject(certified, i) +
                 "; expected every certificate to be followed by its issuer's",
             problems);
    }
  }
}

void CheckKey(const config::KeyPair& pair, const CertifiedKey& certified, Problems& problems) {
  for (size_t i = 0; i < certified.chain.size(); ++i) {
    const bool belongs = X509_check_private_key(certified.chain[i].get(), certified.key.get()) == 1;
    ERR_clear_error();
    if (belongs && i == 0) return;
    if (!belongs) continue;
    Refuse(pair.certificate,
           "the private key belongs to " + NumberedSubject(certified, i) + "; expected that certificate first",
           problems);
    return;
  }
  Refuse(pair.private_key,
         "does not belong to the certificate of " + CalledBy(pair.certificate) + " (" +
             SubjectOf(certified.chain.front().get()) + ")",
         problems);
}

}  // namespace

std::vector<UniqueCertificate> LoadCertificates(const config::TextSource& source, Problems& problems) {
  std::vector<UniqueCertificate> certificates;
  const std::optional<std::string> text = ReadPem(source, problems);
  if (!text) return certificates;
  const UniqueBio bio = BioOf(*text);
  std::string other;  // the label of a block that is no certificate
  for (;;) {
    PemBlock block;
    const std::string number = std::to_string(certificates.size() + 1);
    if (!block.Read(bio.get())) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      const std::string why = TakeError();
      if (at_end) break;
      Refuse(source, "certificate " + number + " cannot be read: " + why, problems);
      return {};
    }
    if (std::string_view(block.label) != PEM_STRING_X509) {
      other = block.label;
      continue;
    }
    const unsigned char* der = block.data;
    UniqueCertificate certificate(d2i_X509(nullptr, &der, block.size));
    if (!certificate || der != block.data + block.size) {
      const std::string why = certificate ? "bytes behind its end" : TakeError();
      Refuse(source, "certificate " + number + " cannot be read: " + why, problems);
      return {};
    }
    certificates.push_back(std::move(certificate));
  }
  if (certificates.empty()) Refuse(source, "expected a certificate, got \"" + other + "\"", problems);
  return certificates;
}

std::optional<CertifiedKey> LoadCertifiedKey(const config::KeyPair& pair, Problems& problems) {
  const size_t before = problems.size();
  CertifiedKey certified{LoadCertificates(pair.certificate, problems), LoadKey(pair.private_key, problems)};
  if (!certified.chain.empty()) CheckChain(pair.certificate, certified, problems);
  if (!certified.chain.empty() && certified.key) CheckKey(pair, certified, problems);
  if (problems.size() > before) return std::nullopt;
  return certified;
}

void UseCertifiedKey(SSL_CTX* context, const CertifiedKey& certified, const config::KeyPair& pair, Problems& problems) {
  STACK_OF(X509)* others = sk_X509_new_null();
  for (size_t i = 1; i < certified.chain.size(); ++i) sk_X509_push(others, certified.chain[i].get());
  const int used = SSL_CTX_use_cert_and_key(context, certified.chain.front().get(), certified.key.get(), others, 1);
  sk_X509_free(others);
  if (used != 1) Refuse(pair.certificate, "OpenSSL refuses it: " + TakeError(), problems);
}

}  // namespace dragoman::tls
