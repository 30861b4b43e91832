#include "diagnostics.h"

#include <chrono>

namespace shop {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;

ServerUnaryReactor* Diagnostics::Echo(CallbackServerContext* context, const v1::EchoRequest* request,
                                      v1::EchoResponse* reply) {
  return Serve(calls_, context, "Diagnostics/Echo", [=, this] {
    reply->set_text(request->text());
    reply->set_backend(name_);
    for (const auto& [key, value] : context->client_metadata()) {
      (*reply->mutable_metadata())[std::string(key.data(), key.size())] = std::string(value.data(), value.size());
    }
    auto left = context->deadline() - std::chrono::system_clock::now();
    reply->set_has_deadline(left < std::chrono::hours(24 * 365));
    if (reply->has_deadline())
      reply->set_deadline_ms(std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
    reply->set_padding(std::string(request->reply_bytes(), 'x'));
    for (const auto& [key, value] : request->reply_metadata()) context->AddInitialMetadata(key, value);
    for (const auto& [key, value] : request->reply_trailers()) context->AddTrailingMetadata(key, value);
    return Status::OK;
  });
}

ServerUnaryReactor* Diagnostics::Fail(CallbackServerContext* context, const v1::FailRequest* request,
                                      v1::EchoResponse*) {
  return Serve(calls_, context, "Diagnostics/Fail", [=] {
    const google::rpc::Status& status = request->status();
    return Status(static_cast<grpc::StatusCode>(status.code()), status.message(),
                  status.details_size() > 0 ? status.SerializeAsString() : std::string());
  });
}

ServerUnaryReactor* Diagnostics::GetStats(CallbackServerContext* context, const v1::GetStatsRequest*,
                                          v1::Stats* reply) {
  for (const auto& [rpc, counts] : calls_.Snapshot()) {
    v1::CallCounts& out = (*reply->mutable_calls())[rpc];
    out.set_started(counts.started);
    out.set_ended(counts.ended);
    out.set_cancelled(counts.cancelled);
  }
  ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(Status::OK);
  return reactor;
}

}  // namespace shop
