#include "observe/metrics.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <utility>

namespace dragoman::observe {
namespace {

// False without a look at most of the tallies, whose pages need not exist.
bool WasCalled(const RpcTallies& tallies) {
  if (tallies.open_streams.Get() > 0) return true;
  const auto& buckets = tallies.total.buckets();
  return std::any_of(buckets.begin(), buckets.end(), [](const Tally& bucket) { return bucket.Get() > 0; });
}

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

struct CallSums {
  std::array<uint64_t, 17> grpc_codes{};
  HistogramSum waited;

  CallSums& operator+=(const CallTallies& worker) {
    for (size_t i = 0; i < grpc_codes.size(); ++i) grpc_codes[i] += worker.grpc_codes[i].Get();
    waited += worker.waited;
    return *this;
  }
};

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

void AppendRpc(const std::string& name, const RpcSums& sums, MetricsWriter& writer) {
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

void AppendCall(const Metrics::Call& call, const CallSums& sums, MetricsWriter& writer) {
  if (sums.waited.count() == 0) return;
  const auto& [composition, name] = call;
  for (size_t i = 0; i < sums.grpc_codes.size(); ++i) {
    if (sums.grpc_codes[i] == 0) continue;
    writer.Counter("dragoman_composition_calls_total",
                   "gRPC calls that compositions have made, by their names in the configuration and by gRPC status.",
                   {{"composition", composition}, {"call", name}, {"grpc_code", CodeName(static_cast<Code>(i))}},
                   sums.grpc_codes[i]);
  }
  writer.Histogram("dragoman_composition_call_duration_seconds", "Of each of them, waiting for the backend.",
                   {{"composition", composition}, {"call", name}}, sums.waited);
}

}  // namespace

struct Metrics::Sums {
  std::map<std::string, RpcSums> rpcs;  // "" is what belongs to none
  std::map<Call, CallSums> calls;
  uint64_t in_flight = 0;
  uint64_t open_websockets = 0;
  uint64_t websockets = 0;

  void Add(const Names& names, const WorkerMetrics& worker) {
    static const std::string kNone;
    for (size_t i = 0; i <= names.rpcs.size(); ++i) {
      if (WasCalled(worker.rpcs()[i])) rpcs[i < names.rpcs.size() ? names.rpcs[i] : kNone] += worker.rpcs()[i];
    }
    for (size_t i = 0; i < names.calls.size(); ++i) calls[names.calls[i]] += worker.calls()[i];
    in_flight += worker.in_flight();
    open_websockets += worker.open_websockets();
    websockets += worker.websockets();
  }
};

Metrics::Metrics(Names names) : retired_(std::make_unique<Sums>()) { Begin(std::move(names)); }

Metrics::~Metrics() = default;

void Metrics::Begin(Names names) {
  if (!chapters_.empty() && chapters_.back().workers.empty()) chapters_.pop_back();
  chapters_.push_back({std::move(names)});
}

WorkerMetrics& Metrics::AddWorker() {
  Chapter& today = chapters_.back();
  return *today.workers.emplace_back(std::make_unique<WorkerMetrics>(today.names.rpcs.size(), today.names.calls.size()));
}

void Metrics::Retire(WorkerMetrics& worker) {
  for (size_t i = 0; i < chapters_.size(); ++i) {
    Chapter& chapter = chapters_[i];
    const auto found = std::ranges::find(chapter.workers, &worker, &std::unique_ptr<WorkerMetrics>::get);
    if (found == chapter.workers.end()) continue;
    retired_->Add(chapter.names, worker);
    chapter.workers.erase(found);
    if (chapter.workers.empty() && i + 1 < chapters_.size()) {
      chapters_.erase(chapters_.begin() + static_cast<std::ptrdiff_t>(i));
      ForgetGone();
    }
    return;
  }
}

void Metrics::ForgetGone() {
  std::unordered_set<std::string_view> served = {""};  // what belongs to no RPC never goes
  for (const Chapter& chapter : chapters_) served.insert(chapter.names.rpcs.begin(), chapter.names.rpcs.end());
  std::erase_if(gone_, [&](const std::string& rpc) { return served.contains(rpc); });
  const std::unordered_set<std::string_view> known(gone_.begin(), gone_.end());
  std::vector<std::string> more;
  for (const auto& [rpc, sums] : retired_->rpcs) {
    if (!served.contains(rpc) && !known.contains(rpc)) more.push_back(rpc);
  }
  gone_.insert(gone_.end(), more.begin(), more.end());
  for (; gone_.size() > kMostGone; gone_.pop_front()) retired_->rpcs.erase(gone_.front());
}

uint64_t Metrics::in_flight() const {
  uint64_t sum = 0;
  for (const Chapter& chapter : chapters_) {
    for (const auto& worker : chapter.workers) sum += worker->in_flight();
  }
  return sum;
}

void Metrics::Render(Buffer& out) const {
  Sums sums = *retired_;
  for (const Chapter& chapter : chapters_) {
    for (const auto& worker : chapter.workers) sums.Add(chapter.names, *worker);
  }
  MetricsWriter writer;
  for (const auto& [name, rpc] : sums.rpcs) AppendRpc(name, rpc, writer);
  for (const auto& [call, made] : sums.calls) AppendCall(call, made, writer);
  writer.Gauge("dragoman_requests_in_flight", "Requests that are being served.", {}, sums.in_flight);
  if (sums.websockets > 0) {
    writer.Gauge("dragoman_websockets_open", "WebSockets, now.", {}, sums.open_websockets);
    writer.Counter("dragoman_websockets_total", "WebSockets that were opened.", {}, sums.websockets);
  }
  for (const MetricsSource* source : sources_) source->Append(writer);
  writer.Finish(out);
}

}  // namespace dragoman::observe
