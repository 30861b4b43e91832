#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "base/buffer_pool.h"
#include "base/task.h"
#include "composition/ledger.h"
#include "composition/plan.h"
#include "composition/surroundings.h"
#include "exchange/exchange.h"
#include "rpc/unary_call.h"

namespace dragoman::composition {

// The calls of one request: each begins as soon as what it needs is there, and its reply becomes a variable.
//
// A required call that fails stops all that have not begun. Those under way are given up too where the composition only
// reads; of one that writes they come to their end, so that it is known what was done.
//
// Lifetime: what it refers to outlives it; it outlives MakeCalls, and the bindings' values point into it.   Threads:
// its loop's.
class Run {
 public:
  // `wanted`: the calls to make, with all that they need. `deadline`: of all of them.
  Run(const Surroundings& surroundings, const Plan& plan, Exchange& exchange, const rpc::Admitted& composition,
      Bindings& bindings, CallSet wanted, TimePoint deadline);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Errors: that of the required call which failed first; Code::kCancelled: the client went away.
  Task<Status> MakeCalls();
  // After MakeCalls: replies that turn out to have no JSON, of calls that the answer can do without, fail after all.
  // False: there is none.
  bool DropUnreadable(transcoding::JsonCodec& codec, const transcoding::JsonWriteOptions& options);
  Ledger& ledger() { return ledger_; }
  // Calls `callback` whenever a call has ended, while MakeCalls runs.
  void WatchEnds(void (*callback)(void*), void* context) {
    end_callback_ = callback;
    end_context_ = context;
  }
  // What is there of them already: those that were wanted and have not ended are missing.
  CallSet missing() const { return wanted_ & ~ended_; }
  bool stopped() const { return stopped_; }
  // Gives up what is not needed any more; MakeCalls then returns `status`.
  void Stop(Status status);
  // The RPC of the first part for which the client could not prove who it is.
  std::optional<size_t> unproven() const { return unproven_; }

 private:
  friend class FanOut;

  // What the calls of one RPC have in common.
  struct Caller {
    const auth::Identity* identity = nullptr;
    auth::Identity own;  // where it is not that of the request
    Status refusal;
  };
  // What all calls of one part of the plan have in common.
  struct Prepared {
    std::span<const Header> metadata;
    std::unique_ptr<rpc::Metadata> own;  // where they are not those of most calls
    BufferPool::Lease texts{Buffer()};
    concurrency::RpcGates gates;
    TimePoint deadline{};  // of all of them
  };
  // A call under way, which can be given up.
  struct Live : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Live(const rpc::Outbound& outbound, Loop& loop) : call(outbound, loop, nullptr) {}
    rpc::UnaryCall call;
  };
  // What a reply leaves: its place in Run::replies_ of the call.
  struct Piece {
    size_t at = 0;
    size_t size = 0;
  };

  // Who calls each RPC, by the policies of each.
  Task<void> Identify();
  void StartReady();
  Task<void> RunCall(size_t index);
  Task<Status> MakeOne(size_t index);
  Task<Status> MakeEach(size_t index, const Prepared& prepared);
  // The condition of a call, where the scope stands.
  Result<bool> Holds(const PlannedCall& call);
  Result<BufferPool::Lease> Encode(const PlannedCall& call);
  Status Prepare(size_t index, Prepared& prepared);
  Status CollectMetadata(size_t index, Prepared& prepared);
  // What the RPC's limits and policies say of one call.
  Task<Status> Admit(const rpc::Rules& rules, const auth::Identity& identity, std::string_view message);
  // One gRPC call. `item`: what tells it from the others of its part, for the idempotency key; empty: it is the only
  // one.
  Task<Status> Call(size_t index, const Prepared& prepared, BufferPool::Lease message, std::string_view item,
                    Piece& reply);
  void Fail(size_t index, Status status);
  // A value of a call without those of its messages that `check` refuses; `index` is where it stands.
  template <typename Check>
  Value Sift(const Value& value, boost::container::small_vector<uint32_t, 3>& index, Check& check);
  Status Keep(size_t index, std::string_view reply, Piece& piece);
  std::string_view BytesOf(size_t index, const Piece& piece) const {
    return replies_[index]->view().substr(piece.at, piece.size);
  }

  const Surroundings& surroundings_;
  const Plan& plan_;
  Exchange& exchange_;
  const rpc::Admitted& composition_;
  Bindings& bindings_;
  const CallSet wanted_;
  const TimePoint deadline_;
  const bool enforce_;
  Ledger ledger_;
  std::vector<Caller> callers_;        // of the calls
  rpc::Metadata metadata_;             // of the calls whose policies change nothing about them, once there was one
  rpc::MetadataRules::Credentials credentials_{};  // what they hold of the client's `authorization`
  BufferPool::Lease texts_{Buffer()};
  std::vector<BufferPool::Lease> replies_;  // of each call all its replies, one behind the other
  size_t kept_bytes_ = 0;
  CallSet begun_ = 0;
  CallSet ended_ = 0;
  CallSet failed_ = 0;  // without anything in their place
  CallSet skipped_ = 0;
  size_t active_ = 0;
  Signal idle_;
  Status failure_;
  std::optional<size_t> failed_call_;  // the first required one
  std::optional<size_t> unproven_;
  bool stopped_ = false;
  void (*end_callback_)(void*) = nullptr;
  void* end_context_ = nullptr;
  boost::intrusive::list<Live, boost::intrusive::constant_time_size<false>> live_;
};

}  // namespace dragoman::composition
