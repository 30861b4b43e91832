#include "orders.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <vector>

namespace shop {
namespace {

using grpc::ServerContext;
using grpc::Status;

constexpr int64_t kFirstOwnId = 1003;
constexpr int32_t kNanosPerUnit = 1'000'000'000;

constexpr const char* kOrders[] = {
    R"(id: 1001 customer: "ada" lines { item_id: "espresso-machine" quantity: 1 price { currency_code: "EUR" units: 499 nanos: 990000000 } }
       lines { item_id: "house-blend" quantity: 4 price { currency_code: "EUR" units: 12 nanos: 500000000 } }
       status: ORDER_STATUS_PLACED placed_at { seconds: 1768298400 nanos: 250000000 } delivery_time { seconds: 172800 }
       total { currency_code: "EUR" units: 549 nanos: 990000000 } card { network: "visa" last_digits: "4242" } note: "Ring twice"
       labels { key: "channel" value: "web" } gift_wrapping { value: true }
       extra { fields { key: "campaign" value { string_value: "winter" } } fields { key: "points" value { number_value: 12.5 } } fields { key: "vip" value { null_value: NULL_VALUE } } }
       history { [type.googleapis.com/shop.v1.OrderPlaced] { at { seconds: 1768298400 } } })",
    R"(id: 1002 customer: "ada" lines { item_id: "green-tea" quantity: 2 price { currency_code: "EUR" units: 8 nanos: 250000000 } }
       status: ORDER_STATUS_SHIPPED placed_at { seconds: 1768384800 } total { currency_code: "EUR" units: 16 nanos: 500000000 } voucher: "WELCOME"
       history { [type.googleapis.com/shop.v1.OrderPlaced] { at { seconds: 1768384800 } } }
       history { [type.googleapis.com/shop.v1.OrderShipped] { at { seconds: 1768388400 } carrier: "Posta" } })",
};

v1::Money TotalOf(const v1::Order& order) {
  __int128 nanos = 0;
  v1::Money total;
  for (const v1::OrderLine& line : order.lines()) {
    nanos += (static_cast<__int128>(line.price().units()) * kNanosPerUnit + line.price().nanos()) * line.quantity();
    total.set_currency_code(line.price().currency_code());
  }
  total.set_units(static_cast<int64_t>(nanos / kNanosPerUnit));
  total.set_nanos(static_cast<int32_t>(nanos % kNanosPerUnit));
  return total;
}

// One page with one line of text, its cross-reference table computed.
std::string Pdf(const std::string& text) {
  std::string page = "BT /F1 24 Tf 72 720 Td (" + text + ") Tj ET";
  const std::vector<std::string> objects = {
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
      "<< /Length " + std::to_string(page.size()) + " >>\nstream\n" + page + "\nendstream",
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  };
  std::string pdf = "%PDF-1.4\n";
  std::string table = "0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    char entry[24];
    std::snprintf(entry, sizeof entry, "%010zu 00000 n \n", pdf.size());
    table += entry;
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  size_t xref = pdf.size();
  std::string count = std::to_string(objects.size() + 1);
  return pdf + "xref\n0 " + count + "\n" + table + "trailer\n<< /Size " + count + " /Root 1 0 R >>\nstartxref\n" +
         std::to_string(xref) + "\n%%EOF\n";
}

}  // namespace

Orders::Orders(Calls& calls) : calls_(calls) {
  for (const char* text : kOrders) {
    v1::Order order;
    if (!google::protobuf::TextFormat::ParseFromString(text, &order)) {
      std::cerr << "the shop's seed is no text format:\n" << text << "\n";
      std::abort();
    }
    orders_[order.id()] = std::move(order);
  }
}

Status Orders::CreateOrder(ServerContext* context, const v1::CreateOrderRequest* request, v1::Order* reply) {
  return Serve(calls_, context, "Orders/CreateOrder", [&]() -> Status {
    if (request->customer().empty()) return Invalid("customer", "must not be empty");
    if (request->lines_size() == 0) return Invalid("lines", "must not be empty");
    for (int i = 0; i < request->lines_size(); ++i) {
      if (request->lines(i).quantity() == 0)
        return Invalid("lines[" + std::to_string(i) + "].quantity", "must be at least 1");
    }
    v1::Order order;
    order.set_customer(request->customer());
    *order.mutable_lines() = request->lines();
    order.set_status(v1::ORDER_STATUS_PLACED);
    order.mutable_placed_at()->set_seconds(NextSecond());
    order.mutable_delivery_time()->set_seconds(2 * 24 * 3600);
    *order.mutable_total() = TotalOf(order);
    if (request->has_card()) *order.mutable_card() = request->card();
    if (request->has_bank_transfer()) *order.mutable_bank_transfer() = request->bank_transfer();
    if (request->has_voucher()) order.set_voucher(request->voucher());
    if (request->has_note()) order.set_note(request->note());
    *order.mutable_labels() = request->labels();
    if (request->has_extra()) *order.mutable_extra() = request->extra();
    if (request->has_gift_wrapping()) *order.mutable_gift_wrapping() = request->gift_wrapping();
    v1::OrderPlaced placed;
    *placed.mutable_at() = order.placed_at();
    order.add_history()->PackFrom(placed);

    std::lock_guard lock(mutex_);
    order.set_id(std::max(kFirstOwnId, orders_.rbegin()->first + 1));
    *reply = orders_[order.id()] = order;
    context->AddInitialMetadata("x-http-code", "201");
    context->AddInitialMetadata("location", "/v1/orders/" + std::to_string(order.id()));
    return Status::OK;
  });
}

Status Orders::GetOrder(ServerContext* context, const v1::GetOrderRequest* request, v1::Order* reply) {
  return Serve(calls_, context, "Orders/GetOrder", [&]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = orders_.find(request->id());
    if (found == orders_.end()) return NotFound("order", std::to_string(request->id()));
    *reply = found->second;
    return Status::OK;
  });
}

Status Orders::ListOrders(ServerContext* context, const v1::ListOrdersRequest* request, v1::ListOrdersResponse* reply) {
  return Serve(calls_, context, "Orders/ListOrders", [&]() -> Status {
    std::lock_guard lock(mutex_);
    for (const auto& [id, order] : orders_) {
      if (!request->customer().empty() && order.customer() != request->customer()) continue;
      if (request->statuses_size() > 0 && std::find(request->statuses().begin(), request->statuses().end(),
                                                    order.status()) == request->statuses().end()) {
        continue;
      }
      if (request->has_placed_after() && order.placed_at().seconds() <= request->placed_after().seconds()) continue;
      *reply->add_orders() = order;
    }
    return Status::OK;
  });
}

Status Orders::CancelOrder(ServerContext* context, const v1::CancelOrderRequest* request, v1::Order* reply) {
  return Serve(calls_, context, "Orders/CancelOrder", [&]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = orders_.find(request->id());
    std::string id = std::to_string(request->id());
    if (found == orders_.end()) return NotFound("order", id);
    v1::Order& order = found->second;
    if (order.status() == v1::ORDER_STATUS_SHIPPED) {
      return NotNow("SHIPPED", "orders/" + id, "order " + id + " has left the house");
    }
    order.set_status(v1::ORDER_STATUS_CANCELLED);
    v1::OrderCancelled cancelled;
    cancelled.set_reason(request->reason());
    order.add_history()->PackFrom(cancelled);
    *reply = order;
    return Status::OK;
  });
}

Status Orders::GetInvoice(ServerContext* context, const v1::GetInvoiceRequest* request, google::api::HttpBody* reply) {
  return Serve(calls_, context, "Orders/GetInvoice", [&]() -> Status {
    std::lock_guard lock(mutex_);
    if (!orders_.count(request->id())) return NotFound("order", std::to_string(request->id()));
    reply->set_content_type("application/pdf");
    reply->set_data(Pdf("Invoice " + std::to_string(request->id())));
    return Status::OK;
  });
}

}  // namespace shop
