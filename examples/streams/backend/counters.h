#pragma once

#include "streams/v1/streams.grpc.pb.h"
#include "tally.h"

namespace streams {

class Counters final : public v1::Counters::CallbackService {
 public:
  explicit Counters(const Tally& tally) : tally_(tally) {}

  grpc::ServerUnaryReactor* GetCounters(grpc::CallbackServerContext* context, const google::protobuf::Empty*,
                                        v1::Counts* reply) override {
    reply->set_calls_begun(tally_.begun);
    reply->set_calls_ended(tally_.ended);
    reply->set_calls_cancelled(tally_.cancelled);
    reply->set_messages_received(tally_.received);
    reply->set_messages_sent(tally_.sent);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const Tally& tally_;
};

}  // namespace streams
