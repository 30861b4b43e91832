#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "errors.h"
#include "faults.h"

// What every method of the shop shares: counting, delay and failure on demand. A method is served by gRPC's callbacks:
// its handler runs at once or after the delay, and no thread waits for anything.
namespace shop {

struct CallCounts {
  int64_t started = 0;
  int64_t ended = 0;
  int64_t cancelled = 0;  // of those that ended
};

// All calls of the process: how often each method was called, and what goes wrong with the next. Threads: any.
class Calls {
 public:
  explicit Calls(Faults& faults) : faults_(faults) {}

  void Started(std::string_view rpc);
  void Ended(std::string_view rpc, bool cancelled);
  std::map<std::string, CallCounts> Snapshot() const;
  Faults& faults() { return faults_; }

 private:
  Faults& faults_;
  mutable std::mutex mutex_;
  std::map<std::string, CallCounts, std::less<>> counts_;  // "Catalog/GetItem"
};

// One call from its arrival to its end, whatever its kind: counted, delayed, failed or handed to Begin. The wait ends
// early when the call is cancelled.
class Passage {
 public:
  Passage(Calls& calls, grpc::CallbackServerContext* context, std::string rpc)
      : calls_(calls), context_(context), rpc_(std::move(rpc)) {}

  // `begin` gets what became of the call before its handler: OK, the failure that was asked for, CANCELLED.
  void Enter(std::chrono::milliseconds work, std::function<void(grpc::Status)> begin);
  void Cancel() { alarm_.Cancel(); }
  // Before the answer goes, so that a client that has it finds the call counted.
  void Leave() { calls_.Ended(rpc_, context_->IsCancelled()); }

 private:
  Calls& calls_;
  grpc::CallbackServerContext* context_;
  std::string rpc_;
  grpc::Alarm alarm_;
};

// The reactors below own themselves: gRPC calls OnDone last, and exactly once.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Calls& calls, grpc::CallbackServerContext* context, std::string rpc, std::chrono::milliseconds work,
            std::function<grpc::Status()> handler)
      : passage_(calls, context, std::move(rpc)) {
    passage_.Enter(work, [this, handler = std::move(handler)](grpc::Status status) {
      if (status.ok()) status = handler();
      passage_.Leave();
      Finish(status);
    });
  }
  void OnCancel() override { passage_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  Passage passage_;
};

// Writes the next message of a stream; false when there is none.
template <typename Reply>
using Source = std::function<bool(Reply&)>;

template <typename Reply>
class StreamCall final : public grpc::ServerWriteReactor<Reply> {
 public:
  StreamCall(Calls& calls, grpc::CallbackServerContext* context, std::string rpc,
             std::function<grpc::Status(Source<Reply>&)> open)
      : passage_(calls, context, std::move(rpc)) {
    passage_.Enter({}, [this, open = std::move(open)](grpc::Status status) {
      if (status.ok()) status = open(source_);
      WriteOrEnd(status);
    });
  }
  void OnWriteDone(bool ok) override {
    WriteOrEnd(ok ? grpc::Status::OK : grpc::Status(grpc::StatusCode::CANCELLED, "cancelled while writing"));
  }
  void OnCancel() override { passage_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  void WriteOrEnd(const grpc::Status& status) {
    if (status.ok() && source_(message_)) return this->StartWrite(&message_);
    passage_.Leave();
    this->Finish(status);
  }

  Source<Reply> source_;
  Reply message_;
  Passage passage_;
};

// Runs `handler` as the body of one method of shop.v1. What it captures by value, request and reply included, lives
// until the call ends. `work` is how long the method takes by nature.
template <typename Handler>
grpc::ServerUnaryReactor* Serve(Calls& calls, grpc::CallbackServerContext* context, std::string rpc, Handler handler,
                                std::chrono::milliseconds work = {}) {
  return new UnaryCall(calls, context, std::move(rpc), work, std::move(handler));
}

// `open(source)` says whether there is a stream, and where its messages come from.
template <typename Reply, typename Open>
grpc::ServerWriteReactor<Reply>* ServeStream(Calls& calls, grpc::CallbackServerContext* context, std::string rpc,
                                             Open open) {
  return new StreamCall<Reply>(calls, context, std::move(rpc), std::move(open));
}

}  // namespace shop
