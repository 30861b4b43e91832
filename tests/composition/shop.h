#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "composition/compile.h"
#include "composition/evaluator.h"
#include "schema_from_source.h"
#include "shop_source.h"
#include "test_scope.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

// The scope of most tests: calls user (0), orders (1), items (2, over the lines), parcels (3, over the orders), ads
// (4), and parameters.
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
