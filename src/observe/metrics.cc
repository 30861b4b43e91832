#include "observe/metrics.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dragoman::observe {
namespace {

// The tallies of several workers, added up.
struct RpcSums {
  std::array<uint64_t, kOutcomes> outcomes{};
  std::array<uint64_t, 17> grpc_codes{};
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t requests = 0;
  uint64_t replies = 0;
  uint64_t open_streams = 0;
  uint64_t streams = 0;
  HistogramSum total;
  HistogramSum upstream;
  HistogramSum own;

  RpcSums& operator+=(const RpcTallies& worker) {
    for (size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += worker.outcomes[i].Get();
    for (size_t i = 0; i < grpc_codes.size(); ++i) grpc_codes[i] += worker.grpc_codes[i].Get();
    bytes_in += worker.bytes_in.Get();
    bytes_out += worker.bytes_out.Get();
    requests += worker.requests.Get();
    replies += worker.replies.Get();
    open_streams += worker.open_streams.Get();
    streams += worker.streams.Get();
    total += worker.total;
    upstream += worker.upstream;
    own += worker.own;
    return *this;
  }
};

// False without a look at most of the tallies, whose pages need not exist.
bool WasCalled(const RpcTallies& tallies) {
  if (tallies.open_streams.Get() > 0) return true;
  const auto& buckets = tallies.total.buckets();
  return std::any_of(buckets.begin(), buckets.end(), [](const Tally& bucket) { return bucket.Get() > 0; });
}

// Of requests that have one answer.
void AppendDurations(const std::string& rpc, const HistogramSum& total, const HistogramSum& own,
                     const HistogramSum& upstream, MetricsWriter& writer) {
  writer.Histogram("dragoman_request_duration_seconds", "From the end of a request's head to the end of its reply.",
                   {{"rpc", rpc}}, total);
  writer.Histogram("dragoman_gateway_duration_seconds",
                   "Of that, what the gateway itself took: without waiting for backends and for the client.",
                   {{"rpc", rpc}}, own);
  if (upstream.count() == 0) return;
  writer.Histogram("dragoman_upstream_duration_seconds",
                   "Of that, waiting for backends; of the requests that asked one.", {{"rpc", rpc}}, upstream);
}

}  // namespace

Metrics::Metrics(std::vector<std::string> rpcs, std::vector<Call> calls)
    : rpcs_(std::move(rpcs)), calls_(std::move(calls)) {
  rpcs_.emplace_back();
}

WorkerMetrics& Metrics::AddWorker() {
  return *workers_.emplace_back(std::make_unique<WorkerMetrics>(rpcs_.size() - 1, calls_.size()));
}

void Metrics::Render(Buffer& out) const {
  MetricsWriter writer;
  for (size_t rpc = 0; rpc < rpcs_.size(); ++rpc) AppendRpc(rpc, writer);
  for (size_t call = 0; call < calls_.size(); ++call) AppendCall(call, writer);
  uint64_t in_flight = 0;
  for (const auto& worker : workers_) in_flight += worker->in_flight();
  writer.Gauge("dragoman_requests_in_flight", "Requests that are being served.", {}, in_flight);
  AppendWebSockets(writer);
  for (const MetricsSource* source : sources_) source->Append(writer);
  writer.Finish(out);
}

void Metrics::AppendWebSockets(MetricsWriter& writer) const {
  uint64_t open = 0;
  uint64_t ever = 0;
  for (const auto& worker : workers_) {
    open += worker->open_websockets();
    ever += worker->websockets();
  }
  if (ever == 0) return;
  writer.Gauge("dragoman_websockets_open", "WebSockets, now.", {}, open);
  writer.Counter("dragoman_websockets_total", "WebSockets that were opened.", {}, ever);
}

void Metrics::AppendRpc(size_t rpc, MetricsWriter& writer) const {
  RpcSums sums;
  for (const auto& worker : workers_) {
    if (const RpcTallies& tallies = worker->rpcs()[rpc]; WasCalled(tallies)) sums += tallies;
  }
  const std::string& name = rpcs_[rpc];
  if (sums.streams + sums.open_streams > 0) {
    writer.Gauge("dragoman_streams_open", "Calls of RPCs that stream, now.", {{"rpc", name}}, sums.open_streams);
    constexpr std::string_view kMessages = "dragoman_stream_messages_total";
    constexpr std::string_view kHelp = "Messages of streams, to the backend (request) and to the client (reply).";
    writer.Counter(kMessages, kHelp, {{"rpc", name}, {"direction", "request"}}, sums.requests);
    writer.Counter(kMessages, kHelp, {{"rpc", name}, {"direction", "reply"}}, sums.replies);
  }
  if (sums.total.count() == 0) return;
  for (size_t i = 0; i < sums.outcomes.size(); ++i) {
    if (sums.outcomes[i] == 0) continue;
    const OutcomeFacts facts = FactsOfOutcome(i);
    writer.Counter("dragoman_requests_total",
                   "Requests that are over, by RPC, HTTP status and the gateway's own reason for it, if it had one.",
                   {{"rpc", name}, {"code", facts.code}, {"reason", FactsOf(facts.reason).name}}, sums.outcomes[i]);
  }
  for (size_t i = 0; i < sums.grpc_codes.size(); ++i) {
    if (sums.grpc_codes[i] == 0) continue;
    writer.Counter("dragoman_upstream_calls_total", "Requests that a backend answered, by RPC and gRPC status.",
                   {{"rpc", name}, {"grpc_code", CodeName(static_cast<Code>(i))}}, sums.grpc_codes[i]);
  }
  if (sums.streams > 0) {
    writer.Histogram("dragoman_stream_duration_seconds", "From the end of a request's head to the end of the stream.",
                     {{"rpc", name}}, sums.total);
  } else {
    AppendDurations(name, sums.total, sums.own, sums.upstream, writer);
  }
  writer.Counter("dragoman_request_bytes_total", "Bytes of the bodies of requests.", {{"rpc", name}}, sums.bytes_in);
  writer.Counter("dragoman_response_bytes_total", "Bytes of the bodies of responses.", {{"rpc", name}}, sums.bytes_out);
}

void Metrics::AppendCall(size_t call, MetricsWriter& writer) const {
  std::array<uint64_t, 17> grpc_codes{};
  HistogramSum waited;
  for (const auto& worker : workers_) {
    const CallTallies& tallies = worker->calls()[call];
    for (size_t i = 0; i < grpc_codes.size(); ++i) grpc_codes[i] += tallies.grpc_codes[i].Get();
    waited += tallies.waited;
  }
  if (waited.count() == 0) return;
  const auto& [composition, name] = calls_[call];
  for (size_t i = 0; i < grpc_codes.size(); ++i) {
    if (grpc_codes[i] == 0) continue;
    writer.Counter("dragoman_composition_calls_total",
                   "gRPC calls that compositions have made, by their names in the configuration and by gRPC status.",
                   {{"composition", composition}, {"call", name}, {"grpc_code", CodeName(static_cast<Code>(i))}},
                   grpc_codes[i]);
  }
  writer.Histogram("dragoman_composition_call_duration_seconds", "Of each of them, waiting for the backend.",
                   {{"composition", composition}, {"call", name}}, waited);
}

}  // namespace dragoman::observe
