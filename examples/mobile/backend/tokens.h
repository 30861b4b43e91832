#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>

namespace mobile {

// The access tokens that the token endpoint has given out. Threads: any.
class Tokens {
 public:
  static constexpr std::chrono::seconds kLifetime{60};

  std::string Issue();
  bool IsValid(const std::string& token) const;

 private:
  using Clock = std::chrono::steady_clock;
  mutable std::mutex mutex_;
  std::random_device random_;
  std::map<std::string, Clock::time_point> issued_;  // until when
};

// POST /token: OAuth 2.0, client credentials grant, the secret in the body (RFC 6749, 4.4 and 2.3.1). One request at a
// time, on a thread of its own.
class TokenEndpoint {
 public:
  TokenEndpoint(Tokens& tokens, const std::string& client_secret, uint16_t port);
  ~TokenEndpoint();
  uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void Accept();
  void Serve(boost::asio::ip::tcp::socket socket);

  Tokens& tokens_;
  const std::string wanted_;  // what must be in the body
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace mobile
