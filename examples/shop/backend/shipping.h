#pragma once

#include <shop/v1/shipping.grpc.pb.h>

#include <map>
#include <mutex>

#include "orders.h"
#include "serving.h"

namespace shop {

// shop.v1.Shipping. The orders 1000 (delivered) and 1002 (on its way) have shipments.
class Shipping final : public v1::Shipping::CallbackService {
 public:
  Shipping(Calls& calls, Orders& orders);

  grpc::ServerUnaryReactor* Track(grpc::CallbackServerContext*, const v1::TrackRequest*, v1::Shipment*) override;
  grpc::ServerUnaryReactor* Quote(grpc::CallbackServerContext*, const v1::QuoteRequest*, v1::QuoteResponse*) override;
  grpc::ServerUnaryReactor* Ship(grpc::CallbackServerContext*, const v1::ShipRequest*, v1::Shipment*) override;
  grpc::ServerWriteReactor<v1::ShipmentEvent>* Watch(grpc::CallbackServerContext*, const v1::WatchRequest*) override;

 private:
  // The shipment of an order into `shipment`, or NOT_FOUND.
  grpc::Status Find(int64_t order_id, v1::Shipment& shipment) const;

  Calls& calls_;
  Orders& orders_;
  mutable std::mutex mutex_;
  std::map<int64_t, v1::Shipment> shipments_;  // by order
};

}  // namespace shop
