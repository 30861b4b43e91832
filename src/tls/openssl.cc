#include "tls/openssl.h"

#include <openssl/err.h>

#include <cstring>

namespace dragoman::tls {

std::string TakeError() {
  const unsigned long error = ERR_peek_last_error();
  const char* text = ERR_SYSTEM_ERROR(error) ? std::strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);
  std::string words = text ? text : "unknown error";
  ERR_clear_error();
  return words;
}

std::string NameText(const X509_NAME* name) {
  const UniqueBio bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    ERR_clear_error();
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

std::string SubjectOf(const X509* certificate) { return NameText(X509_get_subject_name(certificate)); }

}  // namespace dragoman::tls
