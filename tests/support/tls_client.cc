#include "tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace dragoman {
namespace {

int Connected(const std::string& address) {
  sockaddr_storage to{};
  socklen_t size = 0;
  if (address.starts_with("unix:")) {
    auto& path = reinterpret_cast<sockaddr_un&>(to);
    path.sun_family = AF_UNIX;
    address.copy(path.sun_path, sizeof path.sun_path - 1, 5);
    size = sizeof(sockaddr_un);
  } else {
    auto& host = reinterpret_cast<sockaddr_in&>(to);
    const size_t colon = address.rfind(':');
    host.sin_family = AF_INET;
    host.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &host.sin_addr);
    size = sizeof(sockaddr_in);
  }
  const int descriptor = ::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{10, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&to), size) != 0) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

template <typename Use>
void WithBio(const std::string& pem, Use use) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  use(bio);
  BIO_free(bio);
}

int KeepSession(SSL* ssl, SSL_SESSION* session) {
  auto* kept = static_cast<std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)>*>(SSL_get_app_data(ssl));
  kept->reset(session);
  return 1;
}

}  // namespace

TlsClient::TlsClient(const std::string& address, const Options& options)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
      session_(nullptr, SSL_SESSION_free),
      ssl_(nullptr, SSL_free),
      piece_(options.piece),
      socket_(Connected(address)) {
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_.get(), &KeepSession);
  SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
  if (!options.ca.empty()) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    WithBio(options.ca, [&](BIO* bio) {
      X509* ca = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), ca);
      X509_free(ca);
    });
  }
  if (!options.certificate.certificate.empty()) {
    WithBio(options.certificate.certificate, [&](BIO* bio) {
      X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
      SSL_CTX_use_certificate(context_.get(), certificate);
      X509_free(certificate);
    });
    WithBio(options.certificate.private_key, [&](BIO* bio) {
      EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
      SSL_CTX_use_PrivateKey(context_.get(), key);
      EVP_PKEY_free(key);
    });
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_app_data(ssl_.get(), &session_);
  if (!options.server_name.empty()) {
    SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
    if (!options.ca.empty()) SSL_set1_host(ssl_.get(), options.server_name.c_str());
  }
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned int>(options.protocols.size()));
  }
  if (options.resume) SSL_set_session(ssl_.get(), options.resume);
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_connect_state(ssl_.get());
}

TlsClient::~TlsClient() {
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN);  // else OpenSSL takes the session for a bad one
  Close();
}

bool TlsClient::Handshake() {
  for (;;) {
    const int result = SSL_do_handshake(ssl_.get());
    const int error = SSL_get_error(ssl_.get(), result);
    if (result != 1 && error != SSL_ERROR_WANT_READ) Fail();
    Flush();
    if (result == 1) return true;
    if (error != SSL_ERROR_WANT_READ || !Receive()) return false;
  }
}

void TlsClient::Send(std::string_view text) {
  SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  Flush();
}

std::string TlsClient::Encrypt(std::string_view text) {
  SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out_, &bytes);
  std::string records(bytes, static_cast<size_t>(size));
  (void)BIO_reset(out_);
  return records;
}

std::string TlsClient::Read(size_t size) {
  std::string got;
  while (got.size() < size) {
    char piece[16 << 10];
    size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), piece, std::min(sizeof piece, size - got.size()), &count);
    if (result == 1) {
      got.append(piece, count);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) {
      if (!Receive()) break;
    } else {
      if (error != SSL_ERROR_ZERO_RETURN) Fail();
      break;
    }
  }
  return got;
}

std::string TlsClient::ReadResponse() {
  std::string response;
  while (!response.ends_with("\r\n\r\n")) {
    const std::string next = Read(1);
    if (next.empty()) return response;
    response += next;
  }
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  const size_t at = response.find(kLength);
  if (at != std::string::npos) response += Read(std::stoul(response.substr(at + kLength.size())));
  return response;
}

void TlsClient::SayGoodbye() {
  SSL_shutdown(ssl_.get());
  Flush();
}

void TlsClient::ShutdownSend() { ::shutdown(socket_, SHUT_WR); }

void TlsClient::Close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void TlsClient::SendRaw(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t size = piece_ > 0 ? std::min(piece_, bytes.size()) : bytes.size();
    const ssize_t sent = ::send(socket_, bytes.data(), size, MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server may well have closed; what came back tells
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string TlsClient::protocol() const {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

std::string TlsClient::server() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  char name[256] = "";
  if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return name;
}

// More bytes from the socket; false at their end.
bool TlsClient::Receive() {
  char bytes[16 << 10];
  const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count < 0) error_ = std::strerror(errno);
  if (count <= 0) return false;
  BIO_write(in_, bytes, static_cast<int>(count));
  return true;
}

void TlsClient::Flush() {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out_, &bytes);
  SendRaw({bytes, static_cast<size_t>(size)});
  (void)BIO_reset(out_);
}

void TlsClient::Fail() {
  const char* words = ERR_reason_error_string(ERR_peek_last_error());
  if (words != nullptr) error_ = words;
  ERR_clear_error();
}

}  // namespace dragoman
