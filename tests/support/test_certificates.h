#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

namespace dragoman {

// A certificate authority of a test's own: certificates that are made when they are needed and never stored.
class TestAuthority {
 public:
  struct Leaf {
    std::vector<std::string>
        names;                // subjectAltName, as OpenSSL's configuration has it: "DNS:localhost", "IP:127.0.0.1"
    long valid_from = -3600;  // seconds from now
    long valid_until = 3600;
  };
  // PEM.
  struct Pair {
    std::string certificate;
    std::string private_key;
  };

  TestAuthority();

  const std::string& certificate() const { return certificate_; }  // PEM
  Pair Issue(const Leaf& leaf) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> root_;
  std::string certificate_;
};

}  // namespace dragoman
