#pragma once

#include <string>
#include <string_view>

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

}  // namespace dragoman::composition
