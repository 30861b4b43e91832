#pragma once

#include <shop/v1/payments.grpc.pb.h>

#include <map>
#include <mutex>
#include <string>

#include "once.h"
#include "orders.h"
#include "serving.h"
#include "users.h"

namespace shop {

// shop.v1.Payments over a map. The orders 1000, 1001 and 1002 are paid: pay-1, pay-2 and pay-3.
class Payments final : public v1::Payments::CallbackService {
 public:
  Payments(Calls& calls, const Orders& orders, const Users& users);

  grpc::ServerUnaryReactor* GetPayment(grpc::CallbackServerContext*, const v1::GetPaymentRequest*,
                                       v1::Payment*) override;
  grpc::ServerUnaryReactor* ListPayments(grpc::CallbackServerContext*, const v1::ListPaymentsRequest*,
                                         v1::ListPaymentsResponse*) override;
  grpc::ServerUnaryReactor* Charge(grpc::CallbackServerContext*, const v1::ChargeRequest*, v1::Payment*) override;
  grpc::ServerUnaryReactor* Refund(grpc::CallbackServerContext*, const v1::RefundRequest*, v1::Payment*) override;
  grpc::ServerUnaryReactor* GetStatement(grpc::CallbackServerContext*, const v1::GetStatementRequest*,
                                         v1::Statement*) override;

 private:
  // Runs `change(payment)` under the lock, once per key. A key is required: in the message, or else beside it.
  template <typename Request, typename Change>
  grpc::Status DoOnce(const grpc::CallbackServerContext& context, const Request& request, v1::Payment& reply,
                      Change change);
  grpc::Status Capture(const v1::ChargeRequest& request, v1::Payment& payment);
  grpc::Status GiveBack(const v1::RefundRequest& request, v1::Payment& payment);

  Calls& calls_;
  const Orders& orders_;
  const Users& users_;
  std::mutex mutex_;
  std::map<std::string, v1::Payment> payments_;  // by id
  Once<v1::Payment> once_;
};

}  // namespace shop
