#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "test_ca.h"

namespace dragoman {

// TLS in front of a test server that speaks plain text: takes connections on a free port of 127.0.0.1 and passes what
// is in them on, a thread a connection. By OpenSSL alone.
class TlsRelay {
 public:
  struct Options {
    PemPair certificate;
    std::string client_ca;        // PEM; set: client certificates are demanded
    std::string protocol = "h2";  // that it takes by ALPN; empty: it knows no ALPN
    int max_version = TLS1_3_VERSION;
    size_t piece = 0;     // bytes of each send towards the client, TLS records cut up; 0: as they are
    bool silent = false;  // accepts and never shakes hands
  };

  TlsRelay(const std::string& target, Options options);
  ~TlsRelay();
  TlsRelay(const TlsRelay&) = delete;
  TlsRelay& operator=(const TlsRelay&) = delete;

  const std::string& address() const { return address_; }
  // Server names that clients asked for, "" for none, and common names of their certificates, by connection.
  std::vector<std::string> server_names() const;
  std::vector<std::string> clients() const;
  // Ends every connection without close_notify.
  void CutAll();

 private:
  void Accept();
  void Serve(int client);
  void Relay(SSL* ssl, int client, int server);

  const std::string target_;
  const Options options_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  int listener_ = -1;
  std::string address_;
  mutable std::mutex mutex_;  // of what follows
  bool stopped_ = false;
  std::vector<int> open_;
  std::vector<std::string> server_names_;
  std::vector<std::string> clients_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace dragoman
