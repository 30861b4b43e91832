#pragma once

#include "streams/v1/streams.grpc.pb.h"
#include "tally.h"

namespace streams {

// Prices that are made up: the same for a symbol and a number whenever they are asked for.
class Prices final : public v1::Prices::CallbackService {
 public:
  explicit Prices(Tally& tally) : tally_(tally) {}

  grpc::ServerUnaryReactor* GetPrice(grpc::CallbackServerContext* context, const v1::GetPriceRequest* request,
                                     v1::Price* reply) override;
  grpc::ServerWriteReactor<v1::Price>* WatchPrices(grpc::CallbackServerContext* context,
                                                   const v1::WatchPricesRequest* request) override;

 private:
  Tally& tally_;
};

}  // namespace streams
