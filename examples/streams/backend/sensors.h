#pragma once

#include "streams/v1/streams.grpc.pb.h"
#include "tally.h"

namespace streams {

// Sums up what a sensor sends.
class Sensors final : public v1::Sensors::CallbackService {
 public:
  explicit Sensors(Tally& tally) : tally_(tally) {}

  grpc::ServerReadReactor<v1::Reading>* Record(grpc::CallbackServerContext* context, v1::Summary* reply) override;

 private:
  Tally& tally_;
};

}  // namespace streams
