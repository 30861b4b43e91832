#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "composition/compile.h"
#include "composition/request_template.h"
#include "fuzz.h"
#include "schema_from_source.h"
#include "tests/composition/shop_source.h"
#include "tests/composition/test_scope.h"

using dragoman::Buffer;
using dragoman::Problems;
using dragoman::Reason;
using dragoman::Result;
using dragoman::Status;
using namespace dragoman::composition;

using dragoman::fuzz::Require;

namespace {

bool IsExpected(const Status& status) {
  return status.reason() == Reason::kInvalidField || status.reason() == Reason::kBackendProtocolError ||
         status.reason() == Reason::kResponseTooLarge;
}

// Walks what an evaluation gives, so that a sanitizer sees every byte of it.
size_t Touch(const Value& value) {
  size_t sum = value.items.size();
  for (const Value& item : value.items) sum += Touch(item);
  if (value.form == Value::Form::kScalar) {
    for (const char c : value.bytes) sum += static_cast<uint8_t>(c);
  }
  return sum;
}

}  // namespace

// A text, a NUL, and the bytes of every reply. Whatever they are, there is a problem at load, an error, or a value that
// has the type that the text was found to have.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const dragoman::transcoding::Schema schema = dragoman::SchemaFromSource(kShopSource);
  static const dragoman::transcoding::PlanSet plans(schema);
  const auto plan = [](const char* name) -> const auto& { return *plans.Find(std::string("shop.v1.") + name); };

  const std::string_view input(reinterpret_cast<const char*>(data), std::min(size, size_t{1} << 16));
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view wire = input.substr(std::min(end + 1, input.size()));

  TestScope scope;
  scope.AddCall("user", plan("User"));
  scope.AddCall("orders", plan("Orders"));
  scope.AddCall("items", plan("Item"), {"orders.orders", "orders.orders.lines"});
  scope.AddCall("ads", plan("Ads"));
  scope.AddMember("path", "id", Kind::kString);
  scope.AddMember("query", "limit", Kind::kInt32);

  dragoman::config::Node text;
  text.kind = dragoman::config::Node::Kind::kScalar;
  text.text = input.substr(0, end);

  Problems problems;
  const Report report{.file = "f", .problems = problems};
  Arena arena;
  Bindings bindings;
  bindings.arena = &arena;
  const Value item = Value::Message(plan("Item"), wire);
  const std::vector<Value> lines{item, Value()};
  const std::vector<Value> items{Value::List(lines), Value::List({})};
  const auto bind = [&] {
    bindings.variables.assign(scope.variables(), Value());
    bindings.variables[scope.Get("user").number] = Value::Message(plan("User"), wire);
    bindings.variables[scope.Get("orders").number] = Value::Message(plan("Orders"), wire);
    bindings.variables[scope.Get("items").number] = Value::List(items);
    bindings.variables[scope.Get("path", "id").number] = Value::Text(wire.substr(0, 16));
    bindings.values_left = kMaxValues / 16;
  };

  const std::unique_ptr<Term> term = CompileTerm(text, scope, {.allow_objects = true}, report);
  Require((term == nullptr) == !problems.empty());
  if (term == nullptr) return 0;
  Require((NeedsOf(*term) & ~UsesOf(*term)) == 0);
  Require(!term->type.ToString().empty());
  bind();
  const Result<Value> value = Evaluate(*term, bindings);
  Require(bindings.indices.empty());
  if (!value) {
    Require(IsExpected(value.error()));
  } else {
    Require(value->form != Value::Form::kList || term->type.list());
    Require(value->form != Value::Form::kScalar || (!term->type.list() && value->kind == term->type.kind));
    Touch(*value);
  }

  // Where it fits a field, the request is a message.
  for (const auto& field : plan("User").fields()) {
    dragoman::config::Node message;
    message.kind = dragoman::config::Node::Kind::kMapping;
    message.entries.push_back({.key = field.name, .value = text});
    problems.clear();
    const auto request = RequestTemplate::Compile(message, plan("User"), scope, "request", report);
    if (!request) continue;
    bind();
    Buffer out;
    const Status status = request->Encode(bindings, out);
    Require(status.ok() || (out.empty() && IsExpected(status)));
  }
  return 0;
}
