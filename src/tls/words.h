#pragma once

#include <string>

#include "tls/openssl.h"

namespace dragoman::tls {

// Why a certificate was not accepted, for a verify callback: "certificate verify failed: certificate has expired", "the
// certificate is for \"a.example\", not for \"shop.internal\"". Holds nothing unprintable.
std::string WhyNotVerified(X509_STORE_CTX* store);

// OpenSSL's last error of this thread, as said of the other side: "it sent the TLS alert \"certificate required\"",
// "there is no TLS version in common". None is left behind.
std::string TakeWhy();

}  // namespace dragoman::tls
