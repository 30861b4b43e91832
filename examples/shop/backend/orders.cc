#include "orders.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <limits>
#include <vector>

#include "clock.h"
#include "money.h"
#include "requests.h"
#include "seed.h"

namespace shop {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;

constexpr int64_t kFirstOwnId = 1003;

v1::Money TotalOf(const v1::Order& order) {
  Nanos total = 0;
  for (const v1::OrderLine& line : order.lines()) total += ToNanos(line.price()) * line.quantity();
  return ToMoney(total, order.lines(order.lines_size() - 1).price().currency_code());
}

bool Wanted(const v1::Order& order, const v1::ListOrdersRequest& request) {
  if (!request.customer().empty() && order.customer() != request.customer()) return false;
  if (!request.user_id().empty() && order.user_id() != request.user_id()) return false;
  if (request.states_size() > 0 &&
      std::find(request.states().begin(), request.states().end(), order.state()) == request.states().end()) {
    return false;
  }
  return !request.has_placed_after() || order.placed_at().seconds() > request.placed_after().seconds();
}

bool ReadId(const std::string& text, int64_t& id) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size();
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

Orders::Orders(Calls& calls, const Users& users) : calls_(calls), users_(users) {
  for (v1::Order& order : SeedOrders()) orders_[order.id()] = std::move(order);
}

std::optional<v1::Order> Orders::Find(int64_t id) const {
  std::lock_guard lock(mutex_);
  auto found = orders_.find(id);
  return found == orders_.end() ? std::nullopt : std::optional(found->second);
}

Status Orders::Ship(int64_t id, const std::string& carrier) {
  std::lock_guard lock(mutex_);
  auto found = orders_.find(id);
  if (found == orders_.end()) return NotFound("order", std::to_string(id));
  v1::Order& order = found->second;
  if (order.state() == v1::ORDER_STATE_CANCELLED) {
    return NotNow("CANCELLED", "orders/" + std::to_string(id), "order " + std::to_string(id) + " is cancelled");
  }
  order.set_state(v1::ORDER_STATE_SHIPPED);
  v1::OrderShipped shipped;
  shipped.mutable_at()->set_seconds(NextSecond());
  shipped.set_carrier(carrier);
  order.add_history()->PackFrom(shipped);
  return Status::OK;
}

Status Orders::Place(const v1::CreateOrderRequest& request, v1::Order& order) {
  order.set_customer(request.customer());
  order.set_user_id(request.user_id());
  *order.mutable_lines() = request.lines();
  order.set_state(v1::ORDER_STATE_PLACED);
  order.mutable_placed_at()->set_seconds(NextSecond());
  order.mutable_delivery_time()->set_seconds(2 * 24 * 3600);
  *order.mutable_total() = TotalOf(order);
  if (request.has_card()) *order.mutable_card() = request.card();
  if (request.has_bank_transfer()) *order.mutable_bank_transfer() = request.bank_transfer();
  if (request.has_voucher()) order.set_voucher(request.voucher());
  if (request.has_note()) order.set_note(request.note());
  *order.mutable_labels() = request.labels();
  if (request.has_extra()) *order.mutable_extra() = request.extra();
  if (request.has_gift_wrapping()) *order.mutable_gift_wrapping() = request.gift_wrapping();
  v1::OrderPlaced placed;
  *placed.mutable_at() = order.placed_at();
  order.add_history()->PackFrom(placed);
  order.set_id(std::max(kFirstOwnId, orders_.rbegin()->first + 1));
  orders_[order.id()] = order;
  return Status::OK;
}

ServerUnaryReactor* Orders::CreateOrder(CallbackServerContext* context, const v1::CreateOrderRequest* request,
                                        v1::Order* reply) {
  return Serve(calls_, context, "Orders/CreateOrder", [=, this]() -> Status {
    if (request->customer().empty()) return Invalid("customer", "must not be empty");
    if (request->lines_size() == 0) return Invalid("lines", "must not be empty");
    for (int i = 0; i < request->lines_size(); ++i) {
      if (request->lines(i).quantity() == 0)
        return Invalid("lines[" + std::to_string(i) + "].quantity", "must be at least 1");
    }
    if (!request->user_id().empty() && !users_.Exists(request->user_id())) return NotFound("user", request->user_id());
    std::string key = KeyBeside(*context);
    if (key.size() > kLongestKey) {
      return Invalid("idempotency-key", "must have at most " + std::to_string(kLongestKey) + " characters");
    }
    std::lock_guard lock(mutex_);
    auto place = [&](v1::Order& order) { return Place(*request, order); };
    if (Status no = key.empty() ? place(*reply) : once_.Do(key, *request, *reply, place); !no.ok()) return no;
    context->AddInitialMetadata("x-http-code", "201");
    context->AddInitialMetadata("location", "/v1/orders/" + std::to_string(reply->id()));
    return Status::OK;
  });
}

ServerUnaryReactor* Orders::GetOrder(CallbackServerContext* context, const v1::GetOrderRequest* request,
                                     v1::Order* reply) {
  return Serve(calls_, context, "Orders/GetOrder", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = orders_.find(request->id());
    if (found == orders_.end()) return NotFound("order", std::to_string(request->id()));
    *reply = found->second;
    return Status::OK;
  });
}

ServerUnaryReactor* Orders::ListOrders(CallbackServerContext* context, const v1::ListOrdersRequest* request,
                                       v1::ListOrdersResponse* reply) {
  return Serve(calls_, context, "Orders/ListOrders", [=, this]() -> Status {
    int room = 0;
    if (Status bad = PageRoom(request->page_size(), room); !bad.ok()) return bad;
    int64_t before = std::numeric_limits<int64_t>::max();
    if (!request->page_token().empty() && !ReadId(request->page_token(), before)) {
      return Invalid("page_token", "is none of this list's");
    }
    std::lock_guard lock(mutex_);
    for (auto entry = std::make_reverse_iterator(orders_.lower_bound(before)); entry != orders_.rend(); ++entry) {
      if (!Wanted(entry->second, *request)) continue;
      if (reply->orders_size() == room) {
        reply->set_next_page_token(std::to_string(reply->orders(room - 1).id()));
        break;
      }
      *reply->add_orders() = entry->second;
    }
    return Status::OK;
  });
}

ServerUnaryReactor* Orders::CancelOrder(CallbackServerContext* context, const v1::CancelOrderRequest* request,
                                        v1::Order* reply) {
  return Serve(calls_, context, "Orders/CancelOrder", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    auto found = orders_.find(request->id());
    std::string id = std::to_string(request->id());
    if (found == orders_.end()) return NotFound("order", id);
    v1::Order& order = found->second;
    if (order.state() == v1::ORDER_STATE_SHIPPED) {
      return NotNow("SHIPPED", "orders/" + id, "order " + id + " has left the house");
    }
    order.set_state(v1::ORDER_STATE_CANCELLED);
    v1::OrderCancelled cancelled;
    cancelled.set_reason(request->reason());
    order.add_history()->PackFrom(cancelled);
    *reply = order;
    return Status::OK;
  });
}

ServerUnaryReactor* Orders::GetInvoice(CallbackServerContext* context, const v1::GetInvoiceRequest* request,
                                       google::api::HttpBody* reply) {
  return Serve(calls_, context, "Orders/GetInvoice", [=, this]() -> Status {
    std::lock_guard lock(mutex_);
    if (!orders_.count(request->id())) return NotFound("order", std::to_string(request->id()));
    reply->set_content_type("application/pdf");
    reply->set_data(Pdf("Invoice " + std::to_string(request->id())));
    return Status::OK;
  });
}

}  // namespace shop
