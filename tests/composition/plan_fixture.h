#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "composition/plan.h"
#include "config/load.h"
#include "schema_from_source.h"

namespace dragoman::composition {

// A shop whose services compositions call.
inline constexpr std::string_view kServices = R"(
syntax = "proto3";
package shop.v1;
enum State { UNKNOWN = 0; OPEN = 1; SHIPPED = 2; }
message GetUser { string id = 1; }
message User { string id = 1; string display_name = 2; int64 created = 3; }
message ListOrders { string user_id = 1; int32 page_size = 2; }
message Line { string item_id = 1; int32 quantity = 2; }
message Order { string id = 1; State state = 2; repeated Line lines = 3; }
message Orders { repeated Order orders = 1; string next = 2; }
message GetItem { string id = 1; string order_id = 2; int32 quantity = 3; }
message Review { string id = 1; string text = 2; }
message Item { string id = 1; string name = 2; repeated Review reviews = 3; }
message GetItems { repeated string ids = 1; repeated string also = 2; string currency = 3; }
message Items { repeated Item items = 1; int32 count = 2; }
message Node { string id = 1; repeated Node children = 2; }
message Track { string order_id = 1; }
message Parcel { string carrier = 1; }
message Pick { string user = 1; }
message Ads { repeated string ads = 1; }
message Checkout { string user_id = 1; repeated Line lines = 2; }
service Users { rpc GetUser(.shop.v1.GetUser) returns (User); }
service Orders1 {
  rpc ListOrders(.shop.v1.ListOrders) returns (Orders);
  rpc Watch(.shop.v1.ListOrders) returns (stream Order);
  rpc Create(Checkout) returns (Order);
}
service Catalog {
  rpc GetItem(.shop.v1.GetItem) returns (Item);
  rpc GetItems(.shop.v1.GetItems) returns (Items);
  rpc GetTree(.shop.v1.GetItem) returns (Node);
}
service Shipping { rpc Track(.shop.v1.Track) returns (Parcel); }
service Ads1 { rpc Pick(.shop.v1.Pick) returns (Ads); }
service Hidden { rpc Get(Track) returns (Parcel); }
)";

// Every service but Hidden, all methods of them; the compositions begin in line 6.
inline std::string WithCompositions(const std::string& compositions) {
  std::string text = "descriptors: [{file: a.pb}]\nbackends: {a: {endpoints: [a:1]}}\nservices: [";
  for (const char* service : {"Users", "Orders1", "Catalog", "Shipping", "Ads1"}) {
    text += std::string("{name: shop.v1.") + service + ", backend: a, expose: all}, ";
  }
  return text + "]\n\ncompositions:\n" + compositions;
}

// A configuration of the shop, and the plans of its compositions or what is wrong with them.
class Planned {
 public:
  explicit Planned(const std::string& compositions) : schema(SchemaFromSource(kServices)), message_plans(schema) {
    auto loaded = config::LoadText("d.yaml", WithCompositions(compositions));
    if (!loaded) {
      Keep(loaded.error());
      return;
    }
    config = *std::move(loaded);
    auto built = routing::BuildRouter(config, schema, message_plans);
    if (!built) {
      Keep(built.error());
      return;
    }
    router.emplace(*std::move(built));
    auto plans_built = BuildPlans(config, schema, message_plans, *router);
    if (plans_built) {
      plans = *std::move(plans_built);
    } else {
      Keep(plans_built.error());
    }
  }

  config::Config config;
  transcoding::Schema schema;
  transcoding::PlanSet message_plans;
  std::optional<routing::Router> router;
  std::vector<Plan> plans;
  std::vector<std::string> problems;  // "6:5: …"

 private:
  void Keep(const Problems& found) {
    for (const Problem& problem : found) {
      const std::string_view where = problem.where;
      problems.push_back(std::string(where.starts_with("d.yaml:") ? where.substr(7) : where) + ": " + problem.what);
    }
  }
};

inline constexpr std::string_view kHome = R"(
  - name: home
    get: "/v1/home/{user_id}"
    parameters: {limit: {type: int32, default: 5}}
    timeout: 800ms
    calls:
      user:    {method: shop.v1.Users/GetUser, request: {id: "{path.user_id}"}}
      orders:  {method: shop.v1.Orders1/ListOrders, request: {user_id: "{user.id}", page_size: "{query.limit}"}, timeout: 300ms}
      items:   {for_each: "{orders.orders[].lines[]}", method: shop.v1.Catalog/GetItem,
                request: {id: "{each.item_id}", order_id: "{each.orders.id}"}, distinct: true, concurrency: 4}
      prices:  {for_each: "{orders.orders[].lines[]}", batch: {method: shop.v1.Catalog/GetItems, replies: items, match: id, size: 50},
                request: {ids: "{each.item_id}", currency: EUR}, optional: true}
      parcels: {for_each: "{orders.orders[]}", when: "{each.state == SHIPPED}", method: shop.v1.Shipping/Track,
                request: {order_id: "{each.id}"}}
      ads:     {method: shop.v1.Ads1/Pick, optional: true, timeout: 100ms, default: {ads: [none]}}
    response:
      user: {name: "{user.display_name}", since: "{user.created}"}
      orders: "{orders.orders[] + {items: items, prices: prices, parcel: parcels}}"
      ads: "{ads.ads}"
)";

}  // namespace dragoman::composition
