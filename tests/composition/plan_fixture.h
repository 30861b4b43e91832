#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "composition/plan.h"
#include "config/load.h"
#include "schema_from_source.h"
#include "services_source.h"

namespace dragoman::composition {

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
