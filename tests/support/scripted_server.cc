#include "scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace dragoman {
namespace {

constexpr timeval kPatience{10, 0};

template <typename T, typename Read>
std::unique_ptr<T, void (*)(T*)> FromPem(const std::string& pem, Read read, void (*free)(T*)) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  return {read(bio.get(), nullptr, nullptr, nullptr), free};
}

std::shared_ptr<SSL_CTX> NewContext(const PemPair& pair) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const auto certificate = FromPem<X509>(pair.certificate, PEM_read_bio_X509, X509_free);
  const auto key = FromPem<EVP_PKEY>(pair.private_key, PEM_read_bio_PrivateKey, EVP_PKEY_free);
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    std::abort();
  }
  return context;
}

// Up to where the request in `text` reaches; nothing while it is not whole.
std::optional<size_t> EndOfRequest(const std::string& text) {
  const size_t blank = text.find("\r\n\r\n");
  if (blank == std::string::npos) return std::nullopt;
  constexpr std::string_view kLength = "content-length: ";
  const size_t length = text.find(kLength);
  const size_t body = length < blank ? std::strtoul(text.c_str() + length + kLength.size(), nullptr, 10) : 0;
  const size_t end = blank + 4 + body;
  return text.size() >= end ? std::optional(end) : std::nullopt;
}

}  // namespace

bool ScriptedServer::Connection::ReadSome(std::string& to) {
  char piece[4096];
  const ssize_t count = ssl_ != nullptr ? SSL_read(ssl_, piece, sizeof piece) : ::recv(fd_, piece, sizeof piece, 0);
  if (count <= 0) return false;
  to.append(piece, static_cast<size_t>(count));
  return true;
}

std::string ScriptedServer::Connection::ReadRequest() {
  std::string text;
  while (!EndOfRequest(text) && ReadSome(text)) {
  }
  if (!text.empty()) server_->Note(text);
  return text;
}

void ScriptedServer::Connection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                          : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the client has gone
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void ScriptedServer::Connection::WaitForClose() {
  std::string ignored;
  ReadSome(ignored);
}

void ScriptedServer::Connection::CutOff() { ::shutdown(fd_, SHUT_RDWR); }

std::string ScriptedServer::Connection::server_name() const {
  const char* name = ssl_ != nullptr ? SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name) : nullptr;
  return name != nullptr ? name : "";
}

ScriptedServer::ScriptedServer(Script script, const std::optional<PemPair>& tls)
    : script_(std::move(script)), tls_(tls ? NewContext(*tls) : nullptr) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

std::string ScriptedServer::address(std::string_view host) const {
  return std::string(host) + ":" + std::to_string(port_);
}

std::string ScriptedServer::url(std::string_view path, std::string_view host) const {
  return (tls_ ? "https://" : "http://") + address(host) + std::string(path);
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool ScriptedServer::WaitForRequests(size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
}

void ScriptedServer::Note(std::string request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
  changed_.notify_all();
}

ScriptedServer::Script ScriptedServer::Answers(std::string response) {
  return [response = std::move(response)](Connection& connection) {
    connection.ReadRequest();
    connection.Write(response);
  };
}

std::string ScriptedServer::Response(std::string_view body, std::string_view status, std::string_view content_type) {
  return "HTTP/1.1 " + std::string(status) + "\r\ncontent-type: " + std::string(content_type) +
         "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

void ScriptedServer::Accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void ScriptedServer::Serve(int fd) {
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  Connection connection;
  connection.server_ = this;
  connection.fd_ = fd;
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(tls_ ? SSL_new(tls_.get()) : nullptr, SSL_free);
  if (ssl) {
    SSL_set_fd(ssl.get(), fd);
    connection.ssl_ = ssl.get();
  }
  if (!ssl || SSL_accept(ssl.get()) == 1) script_(connection);
  if (ssl) SSL_shutdown(ssl.get());
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  ::close(fd);
}

}  // namespace dragoman
