#include "ads.h"

#include "seed.h"

namespace shop {

grpc::ServerUnaryReactor* Ads::Pick(grpc::CallbackServerContext* context, const v1::PickAdsRequest* request,
                                    v1::PickAdsResponse* reply) {
  return Serve(calls_, context, "Ads/Pick", [=]() -> grpc::Status {
    if (request->count() < 0) return Invalid("count", "must not be negative");
    for (v1::Ad& ad : SeedAds()) {
      if (request->count() > 0 && reply->ads_size() == request->count()) break;
      *reply->add_ads() = std::move(ad);
    }
    return grpc::Status::OK;
  });
}

}  // namespace shop
