#include "misconduct.h"

#include <array>
#include <string>

namespace dragoman::soak {
namespace {

using namespace std::string_literals;
using integration::HttpClient;
using integration::HttpResponse;

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";

const std::array<std::string, 12> kHostile = {
    "GET /v1/users/ada HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "GET /v1/users/ada HTTP/1.1\r\n\r\n",
    "GET /v1/users/ada HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n",
    "GET /v1/users/ada HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n",
    "GET /v1/users/ada HTTP/1.1\r\nHost: x\r\nX-A: b\rc\r\n\r\n",
    "GET /v1/users/ada HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n"s,
    "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}",
    "POST /v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfg\r\n{}\r\n0\r\n\r\n",
    "GET  /v1/users/ada HTTP/1.1\r\nHost: x\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s,
};

}  // namespace

Complaint GoneWhileWaiting(Visitor& visitor) {
  HttpClient& connection = visitor.Connection();
  connection.Begin("GET", "/v1/manuals/" + visitor.Unique(), {{"X-Shop-Delay", "5m"}});
  connection.Close();
  return {};
}

Complaint GoneWithinTheRequest(Visitor& visitor) {
  HttpClient& connection = visitor.Connection();
  std::string text = "POST " + std::string(kEcho) +
                     " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{\"text\": \"" + std::string(50'000, 'e');
  connection.Write(std::string_view(text).substr(0, static_cast<size_t>(visitor.Between(1, 50'000))));
  connection.Close();
  return {};
}

Complaint GoneWithinTheAnswer(Visitor& visitor) {
  // The second answer is on its way when the first has been read.
  HttpClient& connection = visitor.Connection();
  std::string first = visitor.Unique();
  connection.Begin("GET", "/v1/manuals/" + first, {{"X-Request-Id", first}});
  connection.Begin("POST", kEcho, {}, "{\"replyBytes\": 1000000}");
  Weather::Sight before = visitor.weather().Look();
  HttpResponse response = connection.Read();
  connection.Close();
  if (response.Header("x-request-id") == first || visitor.weather().Stormy(before)) return {};
  return "the first of two answers is not the first request's: " + std::to_string(response.status) + " " +
         response.body.substr(0, 500);
}

Complaint HostileHead(Visitor& visitor) {
  const std::string& hostile = kHostile[static_cast<size_t>(visitor.Between(0, kHostile.size() - 1))];
  HttpClient connection(visitor.gateway_address());
  connection.Write(hostile + "GET /v1/users/ada HTTP/1.1\r\nHost: x\r\n\r\n");
  HttpResponse response = connection.Read();
  if (response.status < 400 || response.status > 599) {
    return "a hostile head is answered with " + std::to_string(response.status) + ": " + hostile;
  }
  return connection.ClosedByPeer() ? "" : "something is served behind a hostile head: " + hostile;
}

}  // namespace dragoman::soak
