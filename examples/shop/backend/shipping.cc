#include "shipping.h"

#include <string>

#include "clock.h"
#include "money.h"
#include "seed.h"

namespace shop {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::ServerWriteReactor;
using grpc::Status;

constexpr uint32_t kHeaviestGrams = 30'000;
constexpr int64_t kDaySeconds = 24 * 3600;

struct Tariff {
  const char* carrier;
  Nanos base;
  Nanos per_kilogram;
  int64_t days;
};
// The cheapest first, whatever the weight.
constexpr Tariff kTariffs[] = {{"Posta", 4 * kNanosPerUnit, kNanosPerUnit / 2, 5},
                               {"Corriere", 9 * kNanosPerUnit, kNanosPerUnit, 2}};

}  // namespace

Shipping::Shipping(Calls& calls, Orders& orders) : calls_(calls), orders_(orders) {
  for (v1::Shipment& shipment : SeedShipments()) shipments_[shipment.order_id()] = std::move(shipment);
}

Status Shipping::Find(int64_t order_id, v1::Shipment& shipment) const {
  std::lock_guard lock(mutex_);
  auto found = shipments_.find(order_id);
  if (found == shipments_.end()) return NotFound("shipment", std::to_string(order_id));
  shipment = found->second;
  return Status::OK;
}

ServerUnaryReactor* Shipping::Track(CallbackServerContext* context, const v1::TrackRequest* request,
                                    v1::Shipment* reply) {
  return Serve(calls_, context, "Shipping/Track", [=, this] { return Find(request->order_id(), *reply); });
}

ServerUnaryReactor* Shipping::Quote(CallbackServerContext* context, const v1::QuoteRequest* request,
                                    v1::QuoteResponse* reply) {
  return Serve(calls_, context, "Shipping/Quote", [=]() -> Status {
    if (request->country_code().size() != 2) return Invalid("country_code", "must have two letters");
    if (request->weight_grams() == 0 || request->weight_grams() > kHeaviestGrams) {
      return Invalid("weight_grams", "must be between 1 and " + std::to_string(kHeaviestGrams));
    }
    bool abroad = request->country_code() != "IT";
    for (const Tariff& tariff : kTariffs) {
      v1::QuoteResponse::Option& option = *reply->add_options();
      Nanos price = tariff.base + tariff.per_kilogram * request->weight_grams() / 1000;
      option.set_carrier(tariff.carrier);
      *option.mutable_price() = ToMoney(abroad ? 2 * price : price, "EUR");
      option.mutable_delivery_time()->set_seconds((abroad ? 2 * tariff.days : tariff.days) * kDaySeconds);
    }
    return Status::OK;
  });
}

ServerUnaryReactor* Shipping::Ship(CallbackServerContext* context, const v1::ShipRequest* request,
                                   v1::Shipment* reply) {
  return Serve(calls_, context, "Shipping/Ship", [=, this]() -> Status {
    const Tariff& cheapest = kTariffs[0];
    std::lock_guard lock(mutex_);
    auto found = shipments_.find(request->order_id());
    if (found == shipments_.end()) {
      if (Status no = orders_.Ship(request->order_id(), cheapest.carrier); !no.ok()) return no;
      v1::Shipment& shipment = shipments_[request->order_id()];
      shipment.set_order_id(request->order_id());
      shipment.set_carrier(cheapest.carrier);
      shipment.set_state(v1::SHIPMENT_STATE_IN_TRANSIT);
      v1::ShipmentEvent& event = *shipment.add_events();
      event.mutable_at()->set_seconds(NextSecond());
      event.set_place("Napoli");
      event.set_text("left the house");
      shipment.mutable_estimated_delivery()->set_seconds(event.at().seconds() + cheapest.days * kDaySeconds);
      found = shipments_.find(request->order_id());
    }
    *reply = found->second;
    return Status::OK;
  });
}

ServerWriteReactor<v1::ShipmentEvent>* Shipping::Watch(CallbackServerContext* context,
                                                       const v1::WatchRequest* request) {
  return ServeStream<v1::ShipmentEvent>(calls_, context, "Shipping/Watch",
                                        [=, this](Source<v1::ShipmentEvent>& source) -> Status {
                                          v1::Shipment shipment;
                                          if (Status none = Find(request->order_id(), shipment); !none.ok())
                                            return none;
                                          source = [shipment, next = 0](v1::ShipmentEvent& event) mutable {
                                            if (next == shipment.events_size()) return false;
                                            event = shipment.events(next++);
                                            return true;
                                          };
                                          return Status::OK;
                                        });
}

}  // namespace shop
