#include "visitor.h"

#include <algorithm>

namespace dragoman::soak {

using integration::HttpClient;
using integration::HttpResponse;

std::function<Complaint(const std::string&)> Holds(std::string part) {
  return [part = std::move(part)](const std::string& body) {
    return body.find(part) == std::string::npos ? "it does not hold " + part : Complaint();
  };
}

Visitor::Visitor(std::string gateway_address, const Weather& weather, uint64_t seed, size_t connections)
    : gateway_address_(std::move(gateway_address)),
      weather_(weather),
      random_(seed),
      prefix_("v" + std::to_string(seed) + "-"),
      connections_(connections) {}

HttpClient& Visitor::Connection() {
  auto& connection = connections_[static_cast<size_t>(Between(0, static_cast<int>(connections_.size()) - 1))];
  if (!connection || !connection->connected()) connection = std::make_unique<HttpClient>(gateway_address_);
  return *connection;
}

Complaint Visitor::Send(const Ask& ask) { return Pipeline({ask}); }

Complaint Visitor::Pipeline(std::vector<Ask> asks) {
  HttpClient& connection = Connection();
  Weather::Sight before = weather_.Look();
  std::vector<std::string> ids;
  for (Ask& ask : asks) {
    ask.headers.emplace_back("X-Request-Id", ids.emplace_back(Unique()));
    connection.Begin(ask.http_method, ask.target, ask.headers, ask.body);
  }
  for (size_t i = 0; i < asks.size(); ++i) {
    HttpResponse response = connection.Read(asks[i].http_method);
    Complaint complaint = Look(asks[i], ids[i], response, before);
    if (response.Header("connection") == "close") connection.Close();
    if (complaint.empty()) continue;
    connection.Close();
    return asks[i].http_method + " " + asks[i].target.substr(0, 200) + " (" + ids[i] + "): " + complaint;
  }
  return {};
}

Complaint Visitor::Look(const Ask& ask, const std::string& id, const HttpResponse& response, Weather::Sight before) {
  auto shown = [&] {
    std::string head;
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "; ";
    return "; got " + std::to_string(response.status) + " [" + head + "] " + response.body.substr(0, 500);
  };
  if (response.status == 0) return response.body.substr(0, 500);
  if (response.Header("x-request-id") != id) return "the answer is another request's" + shown();
  bool stormy = response.status == 503 || response.status == 499;
  if (response.status != ask.status && stormy && weather_.Stormy(before)) {
    ++stormy_;
    return {};
  }
  if (response.status != ask.status) return "expected " + std::to_string(ask.status) + shown();
  if (!ask.check) return {};
  Complaint complaint = ask.check(response.body);
  return complaint.empty() ? complaint : complaint + shown();
}

}  // namespace dragoman::soak
