#pragma once

#include <string_view>

namespace dragoman::composition {

// The messages of the tests.
inline constexpr std::string_view kShopSource = R"(
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
enum State { UNKNOWN = 0; OPEN = 1; SHIPPED = 2; }
enum Other { NONE = 0; }
message User {
  string id = 1; string display_name = 2; int32 age = 3; optional int32 score = 4; google.protobuf.Timestamp created_at = 5;
  repeated string tags = 6; map<string, string> labels = 7; double balance = 8; uint64 big = 9; int64 small = 10; bool active = 11;
  oneof contact { string email = 12; Address address = 13; State contact_state = 14; }
  bytes photo = 15; float ratio = 16; repeated int32 numbers = 17; map<int32, Address> addresses = 18; State state = 19;
  map<string, string> notes = 20; map<bool, int64> flags = 21; repeated double weights = 22; sint64 zig = 23; fixed64 fixed = 24;
}
message Address { string street = 1; string city = 2; repeated string lines = 3; }
message Line { string item_id = 1; int32 quantity = 2; repeated string notes = 3; }
message Order { string id = 1; State state = 2; repeated Line lines = 3; Address ship_to = 4; int64 total = 5; repeated State states = 6; }
message Orders { repeated Order orders = 1; string next = 2; }
message Item { string id = 1; string name = 2; repeated Review reviews = 3; }
message Review { string text = 1; int32 stars = 2; }
message Parcel { string carrier = 1; }
message Ads { repeated string ads = 1; }
message Tree { Tree child = 1; }
)";

}  // namespace dragoman::composition
