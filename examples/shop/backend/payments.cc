#include "payments.h"

#include <chrono>

#include "clock.h"
#include "money.h"
#include "seed.h"

namespace shop {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;
using grpc::StatusCode;

constexpr std::chrono::milliseconds kLedgerTime(250);

struct Card {
  const char* token;
  const char* shown;
  const char* decline_code;  // of the bank; nullptr: it pays
};
constexpr Card kCards[] = {{"tok_visa", "visa •••• 4242", nullptr},
                           {"tok_mastercard", "mastercard •••• 4444", nullptr},
                           {"tok_expired", "visa •••• 0069", "expired_card"},
                           {"tok_stolen", "visa •••• 9979", "stolen_card"},
                           {"tok_poor", "mastercard •••• 9995", "insufficient_funds"}};

const Card* FindCard(const std::string& token) {
  for (const Card& card : kCards) {
    if (token == card.token) return &card;
  }
  return nullptr;
}

int YearOf(const google::protobuf::Timestamp& time) {
  std::chrono::sys_days day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(time.seconds())));
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

}  // namespace

Payments::Payments(Calls& calls, const Orders& orders, const Users& users)
    : calls_(calls), orders_(orders), users_(users) {
  for (v1::Payment& payment : SeedPayments()) payments_[payment.id()] = std::move(payment);
}

template <typename Request, typename Change>
Status Payments::DoOnce(const CallbackServerContext& context, const Request& request, v1::Payment& reply,
                        Change change) {
  std::string key = request.idempotency_key().empty() ? KeyBeside(context) : request.idempotency_key();
  if (key.empty() || key.size() > kLongestKey) {
    return Invalid("idempotency_key", "must have 1 to " + std::to_string(kLongestKey) + " characters");
  }
  Request keyless = request;
  keyless.clear_idempotency_key();
  std::lock_guard lock(mutex_);
  return once_.Do(key, keyless, reply, [&](v1::Payment& payment) -> Status {
    if (Status no = change(payment); !no.ok()) return no;
    payments_[payment.id()] = payment;
    return Status::OK;
  });
}

ServerUnaryReactor* Payments::GetPayment(CallbackServerContext* context, const v1::GetPaymentRequest* request,
                                         v1::Payment* reply) {
  return Serve(calls_, context, "Payments/GetPayment", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = payments_.find(request->id());
    if (found == payments_.end()) return NotFound("payment", request->id());
    *reply = found->second;
    return Status::OK;
  });
}

ServerUnaryReactor* Payments::ListPayments(CallbackServerContext* context, const v1::ListPaymentsRequest* request,
                                           v1::ListPaymentsResponse* reply) {
  return Serve(calls_, context, "Payments/ListPayments", [=, this]() -> Status {
    if (request->order_id() == 0 && request->user_id().empty()) {
      return Invalid("order_id", "must be given, unless user_id is");
    }
    std::lock_guard lock(mutex_);
    for (const auto& [id, payment] : payments_) {
      if (request->order_id() != 0 && payment.order_id() != request->order_id()) continue;
      if (!request->user_id().empty() && payment.user_id() != request->user_id()) continue;
      *reply->add_payments() = payment;
    }
    return Status::OK;
  });
}

Status Payments::Capture(const v1::ChargeRequest& request, v1::Payment& payment) {
  std::string order_name = std::to_string(request.order_id());
  std::optional<v1::Order> order = orders_.Find(request.order_id());
  if (!order) return NotFound("order", order_name);
  if (order->state() == v1::ORDER_STATE_CANCELLED) {
    return NotNow("CANCELLED", "orders/" + order_name, "order " + order_name + " is cancelled");
  }
  for (const auto& [id, other] : payments_) {
    if (other.order_id() == request.order_id() && other.state() != v1::PAYMENT_STATE_REFUNDED) {
      return NotNow("PAID", "orders/" + order_name, "order " + order_name + " is paid: " + id);
    }
  }
  const Card* card = FindCard(request.card_token());
  if (card == nullptr) return Invalid("card_token", "is none of the processor's");
  if (card->decline_code != nullptr) {
    return Refuse(StatusCode::FAILED_PRECONDITION, "CARD_DECLINED", "the card was declined",
                  {{"decline_code", card->decline_code}, {"order", order_name}});
  }
  payment.set_id("pay-" + std::to_string(payments_.size() + 1));
  payment.set_order_id(request.order_id());
  payment.set_user_id(order->user_id());
  payment.set_state(v1::PAYMENT_STATE_CAPTURED);
  *payment.mutable_amount() = order->total();
  payment.set_card(card->shown);
  payment.mutable_created_at()->set_seconds(NextSecond());
  return Status::OK;
}

ServerUnaryReactor* Payments::Charge(CallbackServerContext* context, const v1::ChargeRequest* request,
                                     v1::Payment* reply) {
  return Serve(calls_, context, "Payments/Charge", [=, this] {
    Status status =
        DoOnce(*context, *request, *reply, [&](v1::Payment& payment) { return Capture(*request, payment); });
    if (status.ok()) {
      context->AddInitialMetadata("x-http-code", "201");
      context->AddInitialMetadata("location", "/v1/payments/" + reply->id());
    }
    return status;
  });
}

Status Payments::GiveBack(const v1::RefundRequest& request, v1::Payment& payment) {
  auto found = payments_.find(request.id());
  if (found == payments_.end()) return NotFound("payment", request.id());
  payment = found->second;
  const std::string& currency = payment.amount().currency_code();
  Nanos left = ToNanos(payment.amount()) - ToNanos(payment.refunded());
  Nanos asked = request.has_amount() ? ToNanos(request.amount()) : left;
  if (request.has_amount() && request.amount().currency_code() != currency) {
    return Invalid("amount.currency_code", "must be " + currency);
  }
  if (asked < 0 || (asked == 0 && left > 0)) return Invalid("amount", "must be more than nothing");
  if (left == 0 || asked > left) {
    return NotNow("REFUNDED", "payments/" + payment.id(), "payment " + payment.id() + " has less left than that");
  }
  *payment.mutable_refunded() = ToMoney(ToNanos(payment.refunded()) + asked, currency);
  payment.set_state(asked == left ? v1::PAYMENT_STATE_REFUNDED : v1::PAYMENT_STATE_PARTIALLY_REFUNDED);
  return Status::OK;
}

ServerUnaryReactor* Payments::Refund(CallbackServerContext* context, const v1::RefundRequest* request,
                                     v1::Payment* reply) {
  return Serve(calls_, context, "Payments/Refund", [=, this] {
    return DoOnce(*context, *request, *reply, [&](v1::Payment& payment) { return GiveBack(*request, payment); });
  });
}

ServerUnaryReactor* Payments::GetStatement(CallbackServerContext* context, const v1::GetStatementRequest* request,
                                           v1::Statement* reply) {
  auto read = [=, this]() -> Status {
    if (request->year() < 2000 || request->year() > 9999) return Invalid("year", "must be between 2000 and 9999");
    if (!users_.Exists(request->user_id())) return NotFound("user", request->user_id());
    Nanos paid = 0;
    Nanos refunded = 0;
    std::lock_guard lock(mutex_);
    for (const auto& [id, payment] : payments_) {
      if (payment.user_id() != request->user_id() || YearOf(payment.created_at()) != request->year()) continue;
      paid += ToNanos(payment.amount());
      refunded += ToNanos(payment.refunded());
      *reply->add_payments() = payment;
    }
    reply->set_user_id(request->user_id());
    reply->set_year(request->year());
    *reply->mutable_paid() = ToMoney(paid, "EUR");
    *reply->mutable_refunded() = ToMoney(refunded, "EUR");
    return Status::OK;
  };
  return Serve(calls_, context, "Payments/GetStatement", read, kLedgerTime);
}

}  // namespace shop
