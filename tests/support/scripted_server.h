#pragma once

#include <openssl/types.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "test_ca.h"

namespace dragoman {

// An HTTP server that does what a test says, byte by byte. It knows nothing of the gateway's code. Every connection has
// a thread of its own, on which the script runs; what is open when the server is destroyed is cut off.
class ScriptedServer {
 public:
  class Connection {
   public:
    // The whole request, its body by Content-Length; what there is of it if the client goes away before.
    std::string ReadRequest();
    void Write(std::string_view bytes);
    // Returns once the client has closed its end (or sends something).
    void WaitForClose();
    // Cuts the connection off, with TLS without a word of it.
    void CutOff();
    std::string server_name() const;  // SNI; empty: none

   private:
    friend class ScriptedServer;
    bool ReadSome(std::string& to);

    ScriptedServer* server_ = nullptr;
    int fd_ = -1;
    SSL* ssl_ = nullptr;
  };
  using Script = std::function<void(Connection&)>;

  explicit ScriptedServer(Script script, const std::optional<PemPair>& tls = std::nullopt);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:41234/path", "https:" with TLS.
  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const;
  std::string address(std::string_view host = "127.0.0.1") const;  // "127.0.0.1:41234"
  // The requests that scripts have read, in their order.
  std::vector<std::string> requests() const;
  // True once there were `count` requests; false after ten seconds.
  bool WaitForRequests(size_t count);

  // Reads a request and writes `response`.
  static Script Answers(std::string response);
  // A response with Content-Length.
  static std::string Response(std::string_view body, std::string_view status = "200 OK",
                              std::string_view content_type = "application/json");

 private:
  void Accept();
  void Serve(int fd);
  void Note(std::string request);

  const Script script_;
  std::shared_ptr<SSL_CTX> tls_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<int> open_;
  std::vector<std::string> requests_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace dragoman
