#include "observe/worker_metrics.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <type_traits>

namespace dragoman::observe {

// So that they may come to be in zeroed pages, and go with them.
static_assert(std::is_trivially_copyable_v<RpcTallies> && std::is_trivially_destructible_v<RpcTallies>);

WorkerMetrics::WorkerMetrics(size_t rpcs, size_t calls) : none_(rpcs), rpcs_(MapTallies(rpcs + 1)), calls_(calls) {}

std::unique_ptr<RpcTallies[], WorkerMetrics::Unmap> WorkerMetrics::MapTallies(size_t count) {
  const size_t bytes = count * sizeof(RpcTallies);
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return {static_cast<RpcTallies*>(pages), Unmap{bytes}};
}

void WorkerMetrics::Unmap::operator()(RpcTallies* pages) const { ::munmap(pages, bytes); }

void WorkerMetrics::Record(const RequestSample& sample) {
  RpcTallies& rpc = rpcs_[std::min(sample.rpc, none_)];
  rpc.outcomes[OutcomeOf(sample.http_status, sample.reason)].Add(1);
  if (const auto code = static_cast<size_t>(sample.grpc_code); code < rpc.grpc_codes.size())
    rpc.grpc_codes[code].Add(1);
  rpc.bytes_in.Add(sample.bytes_in);
  rpc.bytes_out.Add(sample.bytes_out);
  rpc.total.Observe(sample.total);
  if (sample.stream) {
    rpc.streams.Add(1);
    return;
  }
  const Duration upstream = std::max(sample.upstream, Duration::zero());
  if (upstream > Duration::zero()) rpc.upstream.Observe(upstream);
  rpc.own.Observe(sample.total - upstream - sample.client);
}

void WorkerMetrics::RecordCall(const CallSample& sample) {
  CallTallies& call = calls_[sample.call];
  if (const auto code = static_cast<size_t>(sample.grpc_code); code < call.grpc_codes.size()) {
    call.grpc_codes[code].Add(1);
  }
  call.waited.Observe(sample.waited);
}

}  // namespace dragoman::observe
