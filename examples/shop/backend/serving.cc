#include "serving.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace shop {
namespace {

// The value of a metadata key as a number; `otherwise` where there is none.
long NumberIn(const grpc::ServerContext& context, const char* key, long otherwise) {
  auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return otherwise;
  return std::strtol(std::string(found->second.data(), found->second.size()).c_str(), nullptr, 10);
}

grpc::Status WithDetails(grpc::StatusCode code, const std::string& message,
                         std::initializer_list<const google::protobuf::Message*> details) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  for (const google::protobuf::Message* detail : details) status.add_details()->PackFrom(*detail);
  return grpc::Status(code, message, status.SerializeAsString());
}

}  // namespace

void Calls::Started(std::string_view rpc) {
  std::lock_guard lock(mutex_);
  ++counts_[std::string(rpc)].started;
}

void Calls::Ended(std::string_view rpc, bool cancelled) {
  std::lock_guard lock(mutex_);
  CallCounts& counts = counts_[std::string(rpc)];
  ++counts.ended;
  if (cancelled) ++counts.cancelled;
}

std::map<std::string, CallCounts> Calls::Snapshot() const {
  std::lock_guard lock(mutex_);
  return {counts_.begin(), counts_.end()};
}

grpc::Status ObeyMetadata(grpc::ServerContext* context) {
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(NumberIn(*context, "x-shop-delay-ms", 0));
  while (std::chrono::steady_clock::now() < end) {
    if (context->IsCancelled()) return grpc::Status(grpc::StatusCode::CANCELLED, "cancelled while waiting");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  long code = NumberIn(*context, "x-shop-fail", 0);
  if (code != 0) return grpc::Status(static_cast<grpc::StatusCode>(code), "failed as x-shop-fail asked for");
  return grpc::Status::OK;
}

grpc::Status NotFound(const std::string& type, const std::string& name) {
  google::rpc::ErrorInfo info;
  info.set_reason("NO_SUCH_" + std::string(type == "item" ? "ITEM" : type == "order" ? "ORDER" : "RESOURCE"));
  info.set_domain("shop.example");
  (*info.mutable_metadata())[type] = name;
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("shop.example/" + type);
  resource.set_resource_name(name);
  return WithDetails(grpc::StatusCode::NOT_FOUND, "no " + type + " \"" + name + "\"", {&info, &resource});
}

grpc::Status Invalid(const std::string& field, const std::string& description) {
  google::rpc::BadRequest bad;
  google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
  violation->set_field(field);
  violation->set_description(description);
  return WithDetails(grpc::StatusCode::INVALID_ARGUMENT, field + " " + description, {&bad});
}

grpc::Status NotNow(const std::string& type, const std::string& subject, const std::string& description) {
  google::rpc::PreconditionFailure failure;
  google::rpc::PreconditionFailure::Violation* violation = failure.add_violations();
  violation->set_type(type);
  violation->set_subject(subject);
  violation->set_description(description);
  return WithDetails(grpc::StatusCode::FAILED_PRECONDITION, description, {&failure});
}

int64_t NextSecond() {
  static std::atomic<int64_t> now{1'768'471'200};  // 2026-01-15T10:00:00Z
  return now++;
}

}  // namespace shop
