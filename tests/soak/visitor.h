#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "harness.h"
#include "weather.h"

namespace dragoman::soak {

// What is wrong with an answer; empty if nothing is.
using Complaint = std::string;

// A request, and what its answer must be.
struct Ask {
  std::string http_method = "GET";
  std::string target;
  integration::Headers headers;  // x-request-id is added
  std::string body;
  int status = 200;
  std::function<Complaint(const std::string& body)> check;  // of the body, where the status is right
};

// Says that `part` must stand in the body.
std::function<Complaint(const std::string&)> Holds(std::string part);

// One of the clients: several keep-alive connections, and a source of chance of its own.
class Visitor {
 public:
  Visitor(std::string gateway_address, const Weather& weather, uint64_t seed, size_t connections);

  const std::string& gateway_address() const { return gateway_address_; }
  const Weather& weather() const { return weather_; }

  // A number from `low` to `high`, both included.
  int Between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  // A text that nobody else in this run has: "v3-117".
  std::string Unique() { return prefix_ + std::to_string(++made_); }

  // Sends the request on one of the connections and looks at its answer: the status, the id that came back, the body.
  // In a storm 503 (or 499, where the backend was told to end) is an answer, too.
  Complaint Send(const Ask& ask);
  // Writes all of them at once, then reads the answers, which must come in that order.
  Complaint Pipeline(std::vector<Ask> asks);
  // One of the connections, a new one where the last was closed. What it is used for must leave it in step or closed.
  integration::HttpClient& Connection();

  uint64_t stormy() const { return stormy_; }

 private:
  Complaint Look(const Ask& ask, const std::string& id, const integration::HttpResponse& response,
                 Weather::Sight before);

  std::string gateway_address_;
  const Weather& weather_;
  std::mt19937_64 random_;
  std::string prefix_;
  uint64_t made_ = 0;
  uint64_t stormy_ = 0;  // answers that only a storm explains
  std::vector<std::unique_ptr<integration::HttpClient>> connections_;
};

}  // namespace dragoman::soak
