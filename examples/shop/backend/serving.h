#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

// What every method of the shop shares: counting, delay and failure on demand, and errors with details.
namespace shop {

struct CallCounts {
  int64_t started = 0;
  int64_t ended = 0;
  int64_t cancelled = 0;  // of those that ended
};

// How often each method was called. Threads: any.
class Calls {
 public:
  void Started(std::string_view rpc);
  void Ended(std::string_view rpc, bool cancelled);
  std::map<std::string, CallCounts> Snapshot() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, CallCounts, std::less<>> counts_;  // "Catalog/GetItem"
};

// Obeys the metadata of the call: x-shop-delay-ms waits (until the call is cancelled, at most), x-shop-fail answers
// with that code.
grpc::Status ObeyMetadata(grpc::ServerContext* context);

// Runs `handler` as the body of one method.
template <typename Handler>
grpc::Status Serve(Calls& calls, grpc::ServerContext* context, std::string_view rpc, Handler handler) {
  calls.Started(rpc);
  grpc::Status status = ObeyMetadata(context);
  if (status.ok()) status = handler();
  calls.Ended(rpc, context->IsCancelled());
  return status;
}

// NOT_FOUND with ErrorInfo and ResourceInfo: NotFound("item", "teapot").
grpc::Status NotFound(const std::string& type, const std::string& name);
// INVALID_ARGUMENT with a BadRequest of one violation.
grpc::Status Invalid(const std::string& field, const std::string& description);
// FAILED_PRECONDITION with a PreconditionFailure of one violation.
grpc::Status NotNow(const std::string& type, const std::string& subject, const std::string& description);

// A moment of the shop's own clock, which starts at 2026-01-15T10:00:00Z and ticks a second each time it is read, so
// that answers are the same in every run.
int64_t NextSecond();

}  // namespace shop
