#include "test_ca.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <string_view>

namespace dragoman {
namespace {

template <typename T>
T* Need(T* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL makes no test certificate");
  return made;
}

std::shared_ptr<EVP_PKEY> NewKey(CertificateSpec::Key kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case CertificateSpec::Key::kP256:
      key = EVP_EC_gen("P-256");
      break;
    case CertificateSpec::Key::kEd25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
    case CertificateSpec::Key::kRsa2048:
      key = EVP_RSA_gen(2048);
      break;
    case CertificateSpec::Key::kRsa1024:
      key = EVP_RSA_gen(1024);
      break;
  }
  return {Need(key), &EVP_PKEY_free};
}

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string copy(text, static_cast<size_t>(size));
  BIO_free(bio);
  return copy;
}

std::string PemOf(X509* certificate) {
  BIO* bio = Need(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio, certificate);
  return TextOf(bio);
}

std::string PemOf(EVP_PKEY* key) {
  BIO* bio = Need(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(bio);
}

void AddName(GENERAL_NAMES* names, int type, std::string_view bytes) {
  GENERAL_NAME* name = Need(GENERAL_NAME_new());
  ASN1_STRING* text = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
  ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(name, type, text);
  sk_GENERAL_NAME_push(names, name);
}

void AddAlternativeNames(X509* certificate, const CertificateSpec& spec) {
  GENERAL_NAMES* names = Need(sk_GENERAL_NAME_new_null());
  for (const std::string& dns : spec.dns) AddName(names, GEN_DNS, dns);
  for (const std::string& uri : spec.uris) AddName(names, GEN_URI, uri);
  for (const std::string& address : spec.addresses) {
    ASN1_OCTET_STRING* bytes = Need(a2i_IPADDRESS(address.c_str()));
    AddName(
        names, GEN_IPADD,
        {reinterpret_cast<const char*>(ASN1_STRING_get0_data(bytes)), static_cast<size_t>(ASN1_STRING_length(bytes))});
    ASN1_OCTET_STRING_free(bytes);
  }
  if (sk_GENERAL_NAME_num(names) > 0)
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
  GENERAL_NAMES_free(names);
}

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = Need(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> NewCertificate(EVP_PKEY* key, const CertificateSpec& spec) {
  std::shared_ptr<X509> certificate(Need(X509_new()), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), spec.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), spec.valid_until);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  for (const std::string& name : spec.common_names) {
    // Into a UTF8String as it is: what is added by text could hold no NUL and no bad UTF-8.
    X509_NAME_ENTRY* entry = Need(X509_NAME_ENTRY_create_by_NID(nullptr, NID_commonName, V_ASN1_UTF8STRING,
                                                                reinterpret_cast<const unsigned char*>(name.data()),
                                                                static_cast<int>(name.size())));
    X509_NAME_add_entry(subject, entry, -1, 0);
    X509_NAME_ENTRY_free(entry);
  }
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void Sign(X509* certificate, EVP_PKEY* key) {
  const bool ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
  if (X509_sign(certificate, key, ed25519 ? nullptr : EVP_sha256()) <= 0) Need<X509>(nullptr);
}

}  // namespace

TestCa::TestCa(const std::string& name) : TestCa(name, nullptr) {}

TestCa::TestCa(const std::string& name, const TestCa* issuer)
    : key_(NewKey(CertificateSpec::Key::kP256)),
      certificate_(NewCertificate(key_.get(), {.common_names = {name}})),
      key_pem_(PemOf(key_.get())) {
  X509* by = issuer ? issuer->certificate_.get() : certificate_.get();
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(by));
  AddExtension(certificate_.get(), by, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate_.get(), by, NID_key_usage, "critical,keyCertSign");
  Sign(certificate_.get(), issuer ? issuer->key_.get() : key_.get());
  pem_ = PemOf(certificate_.get());
  if (issuer) chain_ = pem_ + issuer->chain_;
}

PemPair TestCa::Issue(const CertificateSpec& spec) const {
  const std::shared_ptr<EVP_PKEY> key = NewKey(spec.key);
  const std::shared_ptr<X509> certificate = NewCertificate(key.get(), spec);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  AddAlternativeNames(certificate.get(), spec);
  Sign(certificate.get(), key_.get());
  return {PemOf(certificate.get()) + chain_, PemOf(key.get())};
}

TestCa TestCa::IssueAuthority(const std::string& name) const { return TestCa(name, this); }

std::string Encrypted(const std::string& private_key) {
  BIO* in = BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size()));
  EVP_PKEY* key = Need(PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr));
  BIO_free(in);
  BIO* bio = Need(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr);
  EVP_PKEY_free(key);
  return TextOf(bio);
}

std::string DerOf(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = Need(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  X509_free(certificate);
  return der;
}

}  // namespace dragoman
