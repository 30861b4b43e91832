#pragma once

#include <string>

#include "composition/plan.h"
#include "routing/router.h"

// Compositions as people look at them (`dragoman check`).
namespace dragoman::composition {

enum class GraphForm {
  kText,
  kMermaid,  // a flowchart, https://mermaid.js.org
};

// The calls with their types, what each waits for, the answer and the critical path. Ends with a line's end.
//
//   compositions/home: GET /v1/home/{user_id}, within 800ms
//
//   calls:
//     user    shop.v1.Users/GetUser      shop.v1.GetUserRequest → shop.v1.User
//     orders  shop.v1.Orders/ListOrders  shop.v1.ListOrdersRequest → shop.v1.ListOrdersReply  after user
//   answer:
//     user    {name: string}
//   critical path: user → orders (100ms): 100ms of 800ms, and what user takes
std::string DrawGraph(const Plan& plan, const routing::Router& router, GraphForm form);

// "user → orders (100ms): 100ms of 800ms, and what user takes"
std::string DrawCriticalPath(const Plan& plan);

}  // namespace dragoman::composition
