#pragma once

#include <shop/v1/ads.grpc.pb.h>

#include "serving.h"

namespace shop {

// shop.v1.Ads: the same two for everybody.
class Ads final : public v1::Ads::CallbackService {
 public:
  explicit Ads(Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* Pick(grpc::CallbackServerContext*, const v1::PickAdsRequest*,
                                 v1::PickAdsResponse*) override;

 private:
  Calls& calls_;
};

}  // namespace shop
