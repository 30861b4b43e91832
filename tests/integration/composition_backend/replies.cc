#include "replies.h"

#include <compose/v1/compose.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace compose {
namespace {

// "a|b|" is three texts, "" is one.
std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(by, begin)) != std::string::npos; begin = end + 1) {
    parts.push_back(text.substr(begin, end - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

void Fill(const v1::GetUserRequest& request, const Act& act, v1::User& user) {
  user.set_id(request.id());
  user.set_display_name("User " + request.id());
  user.set_level(static_cast<int64_t>(request.id().size()));
  user.mutable_created_at()->set_seconds(1762084800);
  user.mutable_address()->add_lines("Via dei Mille 7");
  user.mutable_address()->set_city("Napoli");
  (*user.mutable_labels())["channel"] = "web";
  user.set_padding(std::string(act.bytes, 'x'));
}

void Fill(const v1::ListOrdersRequest& request, const Act& act, v1::ListOrdersResponse& reply) {
  std::vector<std::string> shape = Split(request.shape().empty() ? "2,1" : request.shape(), ',');
  std::vector<std::string> item_ids = Split(request.item_ids(), '|');
  std::vector<std::string> line_acts = Split(request.line_acts(), '|');
  std::vector<std::string> order_acts = Split(request.order_acts(), '|');
  size_t lines = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (request.page_size() > 0 && i == static_cast<size_t>(request.page_size())) {
      reply.set_next_page_token("o" + std::to_string(i));
      break;
    }
    v1::Order& order = *reply.add_orders();
    order.set_id("o" + std::to_string(i));
    order.set_user_id(request.user_id());
    order.set_state(i % 2 == 0 ? v1::PLACED : v1::SHIPPED);
    order.set_act(order_acts[i % order_acts.size()]);
    if (i % 3 == 2) order.set_note("note " + std::to_string(i));
    int count = std::atoi(shape[i].c_str());
    order.set_total(100 * count);
    for (int j = 0; j < count; ++j, ++lines) {
      v1::Line& line = *order.add_lines();
      const std::string& id = item_ids[lines % item_ids.size()];
      line.set_item_id(id.empty() ? "i" + std::to_string(i) + "." + std::to_string(j) : id);
      line.set_quantity(j + 1);
      line.set_act(line_acts[lines % line_acts.size()]);
    }
  }
  reply.set_padding(std::string(act.bytes, 'x'));
}

void Fill(const v1::CreateOrderRequest& request, const Act&, v1::Order& order) {
  order.set_id("order-of-" + request.user_id());
  order.set_user_id(request.user_id());
  order.set_state(v1::PLACED);
  *order.mutable_lines() = request.lines();
  order.set_total(100 * request.lines_size());
}

void FillItem(const std::string& id, const Act& act, v1::Item& item) {
  item.set_id(id);
  item.set_title("Item " + id);
  item.mutable_price()->set_currency("EUR");
  item.mutable_price()->set_units(7);
  item.add_tags("new");
  for (int i = 0; i < 2; ++i) {
    v1::Review& review = *item.add_reviews();
    review.set_id(id + "/" + std::to_string(i));
    review.set_author_id("author-" + id + "-" + std::to_string(i));
    review.set_stars(5 - i);
  }
  (*item.mutable_stock())["Napoli"] = 3;
  item.set_rating(4.5);
  item.set_padding(std::string(act.bytes, 'x'));
}

void Fill(const v1::GetItemRequest& request, const Act& act, v1::Item& item) { FillItem(request.id(), act, item); }

void Fill(const v1::BatchGetItemsRequest& request, const Act& act, v1::BatchGetItemsResponse& reply) {
  auto& items = *reply.mutable_items();
  for (const std::string& id : request.ids()) {
    if (!id.starts_with("missing")) FillItem(id, act, *items.Add());
  }
  if (act.doubled && *act.doubled < static_cast<uint32_t>(items.size())) {
    v1::Item again = items[static_cast<int>(*act.doubled)];
    *items.Add() = std::move(again);
  }
  if (act.drop && *act.drop < static_cast<uint32_t>(items.size())) items.DeleteSubrange(static_cast<int>(*act.drop), 1);
  if (act.reverse) std::reverse(items.begin(), items.end());
}

void Fill(const v1::GetTreeRequest& request, const Act&, v1::Tree& tree) {
  v1::Tree* at = &tree;
  for (int height = std::min(request.depth(), 10'000); height > 0; --height) {
    at->set_height(height);
    at = at->mutable_child();
  }
}

void Fill(const v1::TrackRequest& request, const Act&, v1::Parcel& parcel) {
  parcel.set_order_id(request.order_id());
  parcel.set_carrier("Posta");
  for (const char* place : {"Napoli", "Roma"}) parcel.add_places(place);
}

void Fill(const v1::ShipRequest& request, const Act&, v1::Parcel& parcel) {
  parcel.set_order_id(request.order_id());
  parcel.set_carrier("Posta");
  parcel.add_places("Napoli");
}

void Fill(const v1::ChargeRequest& request, const Act&, v1::Payment& payment) {
  payment.set_id("pay-" + request.order_id());
  payment.set_order_id(request.order_id());
  payment.set_amount(request.amount());
}

void Fill(const v1::PickRequest& request, const Act& act, v1::PickResponse& reply) {
  for (const char* id : {"figs", "tea"}) {
    v1::Ad& ad = *reply.add_ads();
    ad.set_id(id);
    ad.set_text(std::string(id) + " for " + request.user_id());
  }
  reply.set_padding(std::string(act.bytes, 'x'));
}

template <typename Request, typename Reply>
std::optional<Answer> Serve(const std::string& bytes) {
  Request request;
  if (!request.ParseFromString(bytes)) return std::nullopt;
  Answer answer;
  answer.act = ParseAct(request.act());
  if (!google::protobuf::util::MessageToJsonString(request, &answer.request).ok()) return std::nullopt;
  if (answer.act && !answer.act->empty) {
    Reply reply;
    Fill(request, *answer.act, reply);
    answer.reply = reply.SerializeAsString();
  }
  return answer;
}

}  // namespace

const Method* FindMethod(std::string_view name) {
  static const std::map<std::string, Method, std::less<>> kMethods = {
      {"Users/GetUser", Serve<v1::GetUserRequest, v1::User>},
      {"Orders/ListOrders", Serve<v1::ListOrdersRequest, v1::ListOrdersResponse>},
      {"Orders/CreateOrder", Serve<v1::CreateOrderRequest, v1::Order>},
      {"Items/GetItem", Serve<v1::GetItemRequest, v1::Item>},
      {"Items/BatchGetItems", Serve<v1::BatchGetItemsRequest, v1::BatchGetItemsResponse>},
      {"Items/GetTree", Serve<v1::GetTreeRequest, v1::Tree>},
      {"Parcels/Track", Serve<v1::TrackRequest, v1::Parcel>},
      {"Parcels/Ship", Serve<v1::ShipRequest, v1::Parcel>},
      {"Payments/Charge", Serve<v1::ChargeRequest, v1::Payment>},
      {"Ads/Pick", Serve<v1::PickRequest, v1::PickResponse>},
      {"Ads/Watch", Serve<v1::PickRequest, v1::PickResponse>},
  };
  auto found = kMethods.find(name);
  return found == kMethods.end() ? nullptr : &found->second;
}

}  // namespace compose
