#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "test_ca.h"

namespace dragoman {

// The client's end of a TLS connection, by OpenSSL alone: nothing of the gateway's code is in it. A blocking socket
// that gives up after ten seconds.
//
//   TlsClient client("127.0.0.1:8443", {.ca = ca.pem(), .server_name = "shop.example"});
//   ASSERT_TRUE(client.Handshake()) << client.error();
//   client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
class TlsClient {
 public:
  struct Options {
    std::string ca;           // PEM; empty: the server is not verified
    std::string server_name;  // for SNI; empty: none
    PemPair certificate;      // to be shown
    std::string protocols;    // ALPN in wire format: "\x02h2\x08http/1.1"
    int max_version = TLS1_3_VERSION;
    SSL_SESSION* resume = nullptr;
    size_t piece = 0;  // bytes of each send; 0: as they are
  };

  // `address`: "127.0.0.1:8443" or "unix:/path".
  TlsClient(const std::string& address, const Options& options);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool Handshake();
  void Send(std::string_view text);
  // Exactly `size` bytes, or fewer at the end.
  std::string Read(size_t size);
  // Head and sized body of one response.
  std::string ReadResponse();
  // Everything up to the end.
  std::string ReadAll() { return Read(SIZE_MAX); }
  // close_notify.
  void SayGoodbye();
  void ShutdownSend();
  void Close();
  // Past OpenSSL.
  void SendRaw(std::string_view bytes);
  // Encrypts `text` and returns the records instead of sending them.
  std::string Encrypt(std::string_view text);

  // OpenSSL's words for what failed last: "tlsv1 alert no application protocol".
  const std::string& error() const { return error_; }
  // The server said close_notify.
  bool ended_orderly() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  bool reused() const { return SSL_session_reused(ssl_.get()) == 1; }
  std::string protocol() const;  // by ALPN
  std::string server() const;    // the certificate's common name
  // For Options::resume of another connection; holds as long as this object.
  SSL_SESSION* session() const { return session_.get(); }
  SSL* native() const { return ssl_.get(); }

 private:
  bool Receive();
  void Flush();
  void Fail();

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  BIO* in_ = nullptr;  // both of ssl_
  BIO* out_ = nullptr;
  const size_t piece_;
  int socket_ = -1;
  std::string error_;
};

}  // namespace dragoman
