#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "observe/histogram.h"
#include "observe/outcome.h"
#include "observe/tally.h"
#include "transcoding/status.h"

namespace dragoman::observe {

inline constexpr size_t kNoRpc = SIZE_MAX;

// What is counted of one request when it is over.
struct RequestSample {
  size_t rpc = kNoRpc;            // its place in the list that Metrics was made with; kNoRpc: none was found
  int http_status = 0;            // 0: nothing was sent
  int grpc_code = -1;             // with which a backend ended the call; -1: no backend answered
  Reason reason = Reason::kNone;  // of a local reply
  Duration total{};               // from the end of the request's head to the end of the reply
  Duration upstream{};            // of that, waiting for backends; zero or less: none was asked
  Duration client{};              // of that, waiting for the client to send its body and to take the reply
  uint64_t bytes_in = 0;          // of the request's body
  uint64_t bytes_out = 0;         // of the reply's
  bool stream = false;            // of an RPC that streams: the duration is the stream's, not how fast anybody was
};

// What is counted for one RPC on one worker.
struct RpcTallies {
  std::array<Tally, kOutcomes> outcomes;
  std::array<Tally, 17> grpc_codes;
  Tally bytes_in;
  Tally bytes_out;
  Tally requests;      // messages of streams, to the backend …
  Tally replies;       // … and to the client
  Tally open_streams;  // now
  Tally streams;       // of an RPC that streams all of its requests that are over, else none
  Histogram total;
  Histogram upstream;  // of the requests that asked a backend, without streams
  Histogram own;       // total - upstream - client: what the gateway itself took; likewise
};

// What is counted of one gRPC call that a composition has made.
struct CallSample {
  size_t call = 0;     // its place in the list that Metrics was made with
  int grpc_code = 0;   // with which it ended, a refusal of the gateway's own included
  Duration waited{};   // for the backend
};

// What is counted for one call of a composition on one worker.
struct CallTallies {
  std::array<Tally, 17> grpc_codes;
  Histogram waited;
};

// One worker's counters.
//
// Cost:     Record some 130 instructions; no allocation, no lock, no clock. Memory: sizeof(RpcTallies), 3.2 KiB, for
//           each RPC and once for none, of which the kernel gives a page when it is first written: RPCs that nobody
//           calls take none.
// Threads:  one thread counts; any reads meanwhile. Workers share no cache line.
class alignas(64) WorkerMetrics {
 public:
  explicit WorkerMetrics(size_t rpcs, size_t calls = 0);
  WorkerMetrics(const WorkerMetrics&) = delete;
  WorkerMetrics& operator=(const WorkerMetrics&) = delete;

  void Record(const RequestSample& sample);
  void RecordCall(const CallSample& sample);

  // A request is being served as long as this lives. Of the worker's thread.
  class InFlight {
   public:
    explicit InFlight(WorkerMetrics& worker) : worker_(worker) { worker_.in_flight_.Add(1); }
    ~InFlight() { worker_.in_flight_.Subtract(1); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

   private:
    WorkerMetrics& worker_;
  };
  uint64_t in_flight() const { return in_flight_.Get(); }

  // A WebSocket is open as long as this lives. Of the worker's thread.
  class OpenWebSocket {
   public:
    explicit OpenWebSocket(WorkerMetrics& worker) : worker_(worker) {
      worker_.websockets_.Add(1);
      worker_.open_websockets_.Add(1);
    }
    ~OpenWebSocket() { worker_.open_websockets_.Subtract(1); }
    OpenWebSocket(const OpenWebSocket&) = delete;
    OpenWebSocket& operator=(const OpenWebSocket&) = delete;

   private:
    WorkerMetrics& worker_;
  };
  uint64_t open_websockets() const { return open_websockets_.Get(); }
  uint64_t websockets() const { return websockets_.Get(); }  // that were ever opened

  // A call of an RPC that streams is open as long as this lives; its messages are counted as they pass. Of the worker's
  // thread.
  class OpenStream {
   public:
    OpenStream(WorkerMetrics& worker, size_t rpc) : tallies_(worker.rpcs_[rpc]) { tallies_.open_streams.Add(1); }
    ~OpenStream() { tallies_.open_streams.Subtract(1); }
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

    void CountRequests(uint64_t messages) { tallies_.requests.Add(messages); }
    void CountReplies(uint64_t messages) { tallies_.replies.Add(messages); }

   private:
    RpcTallies& tallies_;
  };

  // By RPC; what belongs to none comes last.
  std::span<const RpcTallies> rpcs() const { return {rpcs_.get(), none_ + 1}; }
  std::span<const CallTallies> calls() const { return calls_; }

 private:
  struct Unmap {
    size_t bytes;
    void operator()(RpcTallies* pages) const;
  };
  static std::unique_ptr<RpcTallies[], Unmap> MapTallies(size_t count);

  const size_t none_;  // the place of what belongs to no RPC
  const std::unique_ptr<RpcTallies[], Unmap> rpcs_;
  std::vector<CallTallies> calls_;
  Tally in_flight_;
  Tally open_websockets_;
  Tally websockets_;
};

}  // namespace dragoman::observe
