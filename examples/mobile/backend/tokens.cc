#include "tokens.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <utility>

namespace mobile {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

std::string Tokens::Issue() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::lock_guard lock(mutex_);
  std::string token;
  while (token.size() < 32) token += kDigits[random_() % 16];
  issued_[token] = Clock::now() + kLifetime;
  return token;
}

bool Tokens::IsValid(const std::string& token) const {
  std::lock_guard lock(mutex_);
  auto found = issued_.find(token);
  return found != issued_.end() && Clock::now() < found->second;
}

TokenEndpoint::TokenEndpoint(Tokens& tokens, const std::string& client_secret, uint16_t port)
    : tokens_(tokens),
      wanted_("&client_id=mobile-gateway&client_secret=" + client_secret),
      acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)) {
  Accept();
  thread_ = std::thread([this] { io_.run(); });
}

TokenEndpoint::~TokenEndpoint() {
  io_.stop();
  thread_.join();
}

void TokenEndpoint::Accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (!error) Serve(std::move(socket));
    Accept();
  });
}

void TokenEndpoint::Serve(tcp::socket socket) {
  boost::system::error_code error;
  boost::beast::flat_buffer buffer(64 << 10);
  http::request<http::string_body> request;
  http::read(socket, buffer, request, error);
  if (error) return;
  bool asked = request.method() == http::verb::post && request.target() == "/token" &&
               request.body().starts_with("grant_type=client_credentials&");
  bool known = asked && request.body().ends_with(wanted_);
  http::response<http::string_body> response;
  response.result(known ? http::status::ok : asked ? http::status::unauthorized : http::status::bad_request);
  response.set(http::field::content_type, "application/json");
  response.set(http::field::cache_control, "no-store");
  response.body() = known ? R"({"access_token":")" + tokens_.Issue() + R"(","token_type":"Bearer","expires_in":)" +
                                std::to_string(Tokens::kLifetime.count()) + "}"
                    : asked ? R"({"error":"invalid_client"})"
                            : R"({"error":"invalid_request"})";
  response.prepare_payload();
  http::write(socket, response, error);
}

}  // namespace mobile
