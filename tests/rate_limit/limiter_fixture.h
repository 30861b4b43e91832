#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "limits_fixture.h"
#include "rate_limit/limiter.h"

namespace dragoman::rate_limit {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// What became of one request.
struct Outcome {
  Status status;
  HeaderList headers;  // of its response, as far as limits have some
};

// The headers that an admission appends to a response's.
inline HeaderList HeadersOf(Admission& admission) {
  boost::container::small_vector<Header, 8> headers;
  admission.AppendHeaders(headers);
  HeaderList list;
  for (const Header& header : headers) list.emplace_back(header.name, header.value);
  return list;
}

// Serves one request of the RPC as the pipeline does: its head, its message, its response.
inline Task<void> Serve(Limiter& limiter, const RpcLimits& rpc, const Caller& caller, std::string_view wire,
                        std::optional<Outcome>& outcome) {
  Admission admission;
  std::optional<Status> verdict = limiter.TryAdmitHead(rpc, caller, admission);
  if (!verdict) verdict = co_await limiter.AdmitHead(rpc, caller, admission);
  if (verdict->ok() && rpc.reads_message()) {
    verdict = limiter.TryAdmitMessage(rpc, caller, wire, admission);
    if (!verdict) verdict = co_await limiter.AdmitMessage(rpc, caller, wire, admission);
  }
  HeaderList headers = HeadersOf(admission);
  if (!verdict->ok()) {
    EXPECT_TRUE(headers.empty()) << "a refusal's are in its status";
    headers = verdict->headers();
  }
  outcome = Outcome{*std::move(verdict), std::move(headers)};
}

// One worker in front of a Shop.
class Worker {
 public:
  explicit Worker(const Shop& shop, SharedWindows* shared = nullptr)
      : rpc_(shop.rpc()), limiter_(loop_, shop.limits(), shared) {}

  // Where nothing waits.
  Outcome Serve(const Client& client = {}, std::string_view wire = {}) { return Serve(rpc_, client, wire); }
  Outcome Serve(const RpcLimits& rpc, const Client& client = {}, std::string_view wire = {}) {
    std::optional<Outcome> outcome;
    client.With([&](const Caller& caller) { loop_.Spawn(rate_limit::Serve(limiter_, rpc, caller, wire, outcome)); });
    EXPECT_TRUE(outcome) << "the request waits";
    return outcome ? *std::move(outcome) : Outcome();
  }
  bool Admits(const Client& client = {}, std::string_view wire = {}) { return Serve(client, wire).status.ok(); }
  // How many requests pass at once, up to 1000.
  int Drain(const Client& client = {}) {
    int count = 0;
    while (count < 1000 && Admits(client)) ++count;
    return count;
  }
  Limiter& limiter() { return limiter_; }
  Loop& loop() { return loop_; }

 private:
  Loop loop_;
  const RpcLimits& rpc_;
  Limiter limiter_;
};

// The wire bytes of a shop.v1.Request { page_size }, below 128.
inline std::string PageOf(int size) { return {'\x08', static_cast<char>(size)}; }

}  // namespace dragoman::rate_limit
