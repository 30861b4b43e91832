#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

// OpenSSL's objects as C++ owns them.
namespace dragoman::tls {

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using UniqueBio = std::unique_ptr<BIO, FreeWith<&BIO_free_all>>;
using UniqueCertificate = std::unique_ptr<X509, FreeWith<&X509_free>>;
using UniqueContext = std::unique_ptr<SSL_CTX, FreeWith<&SSL_CTX_free>>;
using UniqueKey = std::unique_ptr<EVP_PKEY, FreeWith<&EVP_PKEY_free>>;
using UniqueSsl = std::unique_ptr<SSL, FreeWith<&SSL_free>>;
using UniqueStore = std::unique_ptr<X509_STORE, FreeWith<&X509_STORE_free>>;

// The thread's last error in OpenSSL's words, "ee key too small", and none is left behind.
std::string TakeError();

// "CN=mobile,O=Acme", RFC 2253: whatever a hostile name holds is escaped.
std::string NameText(const X509_NAME* name);
// The subject.
std::string SubjectOf(const X509* certificate);

}  // namespace dragoman::tls
