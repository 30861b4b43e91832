#pragma once

#include <shop/v1/orders.grpc.pb.h>

#include <map>
#include <mutex>

#include "serving.h"

namespace shop {

// shop.v1.Orders over a map. It starts with the orders 1001 (placed) and 1002 (shipped) of the customer ada.
class Orders final : public v1::Orders::Service {
 public:
  explicit Orders(Calls& calls);

  grpc::Status CreateOrder(grpc::ServerContext*, const v1::CreateOrderRequest*, v1::Order*) override;
  grpc::Status GetOrder(grpc::ServerContext*, const v1::GetOrderRequest*, v1::Order*) override;
  grpc::Status ListOrders(grpc::ServerContext*, const v1::ListOrdersRequest*, v1::ListOrdersResponse*) override;
  grpc::Status CancelOrder(grpc::ServerContext*, const v1::CancelOrderRequest*, v1::Order*) override;
  grpc::Status GetInvoice(grpc::ServerContext*, const v1::GetInvoiceRequest*, google::api::HttpBody*) override;

 private:
  Calls& calls_;
  std::mutex mutex_;
  std::map<int64_t, v1::Order> orders_;  // by id
};

}  // namespace shop
