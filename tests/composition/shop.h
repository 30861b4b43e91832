#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "composition/compile.h"
#include "composition/evaluator.h"
#include "schema_from_source.h"
#include "test_scope.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

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

// The scope of most tests: calls user (0), orders (1), items (2, over the lines), parcels (3, over the orders), ads (4), and
// parameters.
class Shop : public testing::Test {
 protected:
  Shop() : schema_(SchemaFromSource(kShopSource)), plans_(schema_), codec_(plans_) {
    scope_.AddCall("user", Plan("User"));
    scope_.AddCall("orders", Plan("Orders"));
    scope_.AddCall("items", Plan("Item"), {"orders.orders", "orders.orders.lines"});
    scope_.AddCall("parcels", Plan("Parcel"), {"orders.orders"});
    scope_.AddCall("ads", Plan("Ads"));
    scope_.AddMember("path", "user_id", Kind::kString);
    scope_.AddMember("query", "limit", Kind::kInt32);
    scope_.AddMember("query", "tags", Kind::kString, true);
    scope_.AddMember("headers", "x-tenant", Kind::kString);
  }

  const transcoding::MessagePlan& Plan(const std::string& name) const { return *plans_.Find("shop.v1." + name); }

  static config::Node Quoted(std::string text) {
    config::Node node;
    node.kind = config::Node::Kind::kScalar;
    node.text = std::move(text);
    return node;
  }

  // Null and `problems_` where it does not compile.
  std::unique_ptr<Term> Compile(std::string_view text, const Type* expected = nullptr, bool objects = true) {
    problems_.clear();
    Report report{.file = "d.yaml", .problems = problems_};
    return CompileTerm(Quoted(std::string(text)), scope_, {.expected = expected, .allow_objects = objects}, report);
  }
  // "d.yaml:1:3: …" of the only problem.
  std::string Problem() const {
    EXPECT_EQ(problems_.size(), 1u);
    return problems_.empty() ? "" : problems_[0].where + ": " + problems_[0].what;
  }

  // The wire bytes of a message, which live as long as the test.
  std::string_view Wire(const std::string& message, std::string_view json) {
    Buffer text(json);
    Buffer out;
    const Status status = codec_.ReadMessage(Plan(message), text, {}, out);
    EXPECT_TRUE(status.ok()) << status.message();
    return *kept_.emplace_back(std::make_unique<std::string>(out.view()));
  }
  Value Message(const std::string& message, std::string_view json) {
    return Value::Message(Plan(message), Wire(message, json));
  }
  Value List(std::vector<Value> items) {
    return Value::List(*lists_.emplace_back(std::make_unique<std::vector<Value>>(std::move(items))));
  }

  Bindings Bind() {
    Bindings bindings;
    bindings.variables.resize(scope_.variables());
    bindings.arena = &arena_;
    return bindings;
  }

  // Values as a test reads them: 5, 'text', [1, 2], true, SHIPPED is 2, a message as its JSON, - for what is absent.
  std::string Shown(const Value& value) {
    if (value.absent()) return "-";
    if (value.form == Value::Form::kList) {
      std::string text;
      for (const Value& item : value.items) text += (text.empty() ? "" : ", ") + Shown(item);
      return "[" + text + "]";
    }
    switch (value.kind) {
      case Kind::kBool:
        return value.boolean ? "true" : "false";
      case Kind::kInt32:
      case Kind::kInt64:
      case Kind::kEnum:
        return std::to_string(value.integer);
      case Kind::kUint32:
      case Kind::kUint64:
        return std::to_string(value.natural);
      case Kind::kFloat:
      case Kind::kDouble: {
        std::string text = std::to_string(value.real);
        text.erase(text.find_last_not_of('0') + 1);
        return text;
      }
      case Kind::kString:
      case Kind::kBytes:
        return "'" + std::string(value.bytes) + "'";
      case Kind::kMessage: {
        Buffer json;
        const Status status = codec_.WriteMessage(*value.message, value.bytes, {.emit_defaults = false}, json);
        return status.ok() ? std::string(json.view()) : std::string(status.message());
      }
      default:
        return "?";
    }
  }

  transcoding::Schema schema_;
  transcoding::PlanSet plans_;
  transcoding::JsonCodec codec_;
  TestScope scope_;
  Problems problems_;
  Arena arena_;
  std::vector<std::unique_ptr<std::string>> kept_;
  std::vector<std::unique_ptr<std::vector<Value>>> lists_;
};

}  // namespace dragoman::composition
