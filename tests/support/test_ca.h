#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dragoman {

// A certificate, its chain behind it where there is one, and its key, as PEM.
struct PemPair {
  std::string certificate;
  std::string private_key;
};

// What a test certificate says; names may be as hostile as a test wants.
struct CertificateSpec {
  enum class Key { kP256, kEd25519, kRsa2048, kRsa1024 };
  std::vector<std::string> common_names;
  std::vector<std::string> dns;  // subjectAltName …
  std::vector<std::string> uris;
  std::vector<std::string> addresses;  // "127.0.0.1", "::1"
  int64_t valid_from = -3600;          // seconds from now
  int64_t valid_until = 86'400;        // likewise
  Key key = Key::kP256;
};

// A certificate authority made at run time.
//
//   const TestCa ca("Test CA");
//   const PemPair shop = ca.Issue({.common_names = {"shop"}, .dns = {"shop.example"}});
class TestCa {
 public:
  explicit TestCa(const std::string& name = "Test CA");

  const std::string& pem() const { return pem_; }
  // Of the CA's own key.
  const std::string& key_pem() const { return key_pem_; }
  PemPair Issue(const CertificateSpec& spec) const;
  // An authority that this one has issued; its certificates come with it as their chain.
  TestCa IssueAuthority(const std::string& name) const;

 private:
  TestCa(const std::string& name, const TestCa* issuer);

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string pem_;
  std::string key_pem_;
  std::string chain_;  // what follows a certificate of this authority
};

// The same PEM key under a passphrase.
std::string Encrypted(const std::string& private_key);

// The DER encoding of a PEM certificate.
std::string DerOf(const std::string& pem);

}  // namespace dragoman
