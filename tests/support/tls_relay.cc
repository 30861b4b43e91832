#include "tls_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>

namespace dragoman {
namespace {

sockaddr_in Local(uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  return at;
}

bool SendAll(int descriptor, std::string_view bytes, size_t piece) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(descriptor, bytes.data(), piece > 0 ? std::min(piece, bytes.size()) : bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                   unsigned int count, void* protocol) {
  const std::string& ours = *static_cast<const std::string*>(protocol);
  for (unsigned int at = 0; at < count; at += 1u + offered[at]) {
    if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), offered[at]) != ours) continue;
    *chosen = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TlsRelay::TlsRelay(const std::string& target, Options options)
    : target_(target), options_(std::move(options)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets as to files
  SSL_CTX* context = context_.get();
  SSL_CTX_set_max_proto_version(context, options_.max_version);
  BIO* bio = BIO_new_mem_buf(options_.certificate.certificate.data(), -1);
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  X509_free(certificate);
  BIO_free(bio);
  bio = BIO_new_mem_buf(options_.certificate.private_key.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(bio);
  if (!options_.client_ca.empty()) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    bio = BIO_new_mem_buf(options_.client_ca.data(), -1);
    X509* ca = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
    X509_free(ca);
    BIO_free(bio);
  }
  if (!options_.protocol.empty()) {
    SSL_CTX_set_alpn_select_cb(context, &ChooseProtocol, const_cast<std::string*>(&options_.protocol));
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = Local(0);
  socklen_t size = sizeof at;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
  ::listen(listener_, 64);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  acceptor_ = std::thread([this] { Accept(); });
}

TlsRelay::~TlsRelay() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  CutAll();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

std::vector<std::string> TlsRelay::server_names() const {
  const std::lock_guard lock(mutex_);
  return server_names_;
}

std::vector<std::string> TlsRelay::clients() const {
  const std::lock_guard lock(mutex_);
  return clients_;
}

void TlsRelay::CutAll() {
  const std::lock_guard lock(mutex_);
  for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
}

void TlsRelay::Accept() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (client < 0 || stopped_) {
      if (client >= 0) ::close(client);
      return;
    }
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    open_.push_back(client);
    threads_.emplace_back([this, client] { Serve(client); });
  }
}

void TlsRelay::Serve(int client) {
  SSL* ssl = SSL_new(context_.get());
  SSL_set_fd(ssl, client);
  if (options_.silent) {
    char byte;
    while (::recv(client, &byte, 1, 0) == 1) {
    }
  } else if (SSL_accept(ssl) == 1) {
    char name[256] = "";
    if (X509* certificate = SSL_get0_peer_certificate(ssl)) {
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    }
    const char* server_name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    {
      const std::lock_guard lock(mutex_);
      server_names_.emplace_back(server_name ? server_name : "");
      clients_.emplace_back(name);
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in to = Local(static_cast<uint16_t>(std::stoi(target_.substr(target_.rfind(':') + 1))));
    if (::connect(server, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) Relay(ssl, client, server);
    ::close(server);
  } else {  // behind the alert, so that no reset overtakes it
    ::shutdown(client, SHUT_WR);
    char bytes[1024];
    while (::recv(client, bytes, sizeof bytes, 0) > 0) {
    }
  }
  ERR_clear_error();
  const std::lock_guard lock(mutex_);
  std::erase(open_, client);
  SSL_free(ssl);
  ::close(client);
}

void TlsRelay::Relay(SSL* ssl, int client, int server) {
  // What is written to the client is encrypted into memory, so that it can be cut up.
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set0_wbio(ssl, out);
  for (;;) {
    pollfd ready[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (SSL_pending(ssl) == 0 && ::poll(ready, 2, -1) < 0) return;
    char bytes[32 << 10];
    if (SSL_pending(ssl) > 0 || ready[0].revents != 0) {
      const int count = SSL_read(ssl, bytes, sizeof bytes);
      if (count <= 0) return;
      if (!SendAll(server, {bytes, static_cast<size_t>(count)}, 0)) return;
    }
    if (ready[1].revents != 0) {
      const ssize_t count = ::recv(server, bytes, sizeof bytes, 0);
      if (count <= 0) {
        SSL_shutdown(ssl);
      } else {
        SSL_write(ssl, bytes, static_cast<int>(count));
      }
      char* records = nullptr;
      const long size = BIO_get_mem_data(out, &records);
      const bool sent = SendAll(client, {records, static_cast<size_t>(size)}, options_.piece);
      (void)BIO_reset(out);
      if (count <= 0 || !sent) return;
    }
  }
}

}  // namespace dragoman
