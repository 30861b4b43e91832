#pragma once

#include <shop/v1/orders.grpc.pb.h>

#include <map>
#include <mutex>
#include <optional>

#include "once.h"
#include "serving.h"
#include "users.h"

namespace shop {

// shop.v1.Orders over a map. It starts with the orders 1000 of bob (shipped), 1001 (placed) and 1002 (shipped) of ada.
class Orders final : public v1::Orders::CallbackService {
 public:
  Orders(Calls& calls, const Users& users);

  std::optional<v1::Order> Find(int64_t id) const;
  // It has left the house. NOT_FOUND; FAILED_PRECONDITION where it is cancelled.
  grpc::Status Ship(int64_t id, const std::string& carrier);

  grpc::ServerUnaryReactor* CreateOrder(grpc::CallbackServerContext*, const v1::CreateOrderRequest*,
                                        v1::Order*) override;
  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext*, const v1::GetOrderRequest*, v1::Order*) override;
  grpc::ServerUnaryReactor* ListOrders(grpc::CallbackServerContext*, const v1::ListOrdersRequest*,
                                       v1::ListOrdersResponse*) override;
  grpc::ServerUnaryReactor* CancelOrder(grpc::CallbackServerContext*, const v1::CancelOrderRequest*,
                                        v1::Order*) override;
  grpc::ServerUnaryReactor* GetInvoice(grpc::CallbackServerContext*, const v1::GetInvoiceRequest*,
                                       google::api::HttpBody*) override;

 private:
  // A new order. Called under the lock.
  grpc::Status Place(const v1::CreateOrderRequest& request, v1::Order& order);

  Calls& calls_;
  const Users& users_;
  mutable std::mutex mutex_;
  std::map<int64_t, v1::Order> orders_;  // by id
  Once<v1::Order> once_;                 // of CreateOrder, where it comes with a key
};

}  // namespace shop
