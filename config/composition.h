#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/position.h"

namespace dragoman::config {

// A value that a client may send beside the body: a variable of the path, or a query parameter.
struct CompositionParameter {
  std::string name;
  std::string type = "string";           // "int64", an enum ("shop.v1.Category"), a message with a scalar form
  bool repeated = false;                 // of a query parameter: collects every occurrence. Written `type: [string]`
  bool required = false;                 // of a query parameter; one without it and without a default may be absent
  std::optional<std::string> otherwise;  // `default`, as a client would write it
  Position at;
};

// A field of a body that the configuration declares itself.
//
//   body: {fields: {user_id: string, lines: [{item_id: string, quantity: int32}], ship_to: shop.v1.Address}}
struct DeclaredField {
  std::string name;
  std::string type;                   // as of a parameter, or any message; empty: `fields`
  std::vector<DeclaredField> fields;  // of a message that is declared here
  bool repeated = false;              // written as a list of one
  Position at;
};

struct CompositionBody {
  std::string message;  // "shop.v1.CheckoutRequest"; empty: `fields`
  std::vector<DeclaredField> fields;
  Position at;
};

// One gRPC call of a composition, or of a for_each one for each item.
struct CompositionCall {
  // What becomes of the answer where the call fails.
  enum class Failure {
    kRequired,  // the call's error is the answer
    kOptional,  // what depends on it is left out and listed
    kDefault,   // `otherwise` stands for its reply, and it is listed
  };
  // One call for many items, in chunks.
  struct Batch {
    std::string method;   // "shop.v1.Catalog/BatchGetItems"
    std::string replies;  // the repeated field of its reply that holds an element for each item
    std::string match;    // field of the element that says which item it is of; empty: they come in the order asked for
    uint32_t size = 100;  // items of one call
    Position at;
  };

  std::string name;
  std::string method;  // "shop.v1.Users/GetUser"; empty where there is a batch
  Position method_at;
  Node request;                          // kNull: the empty message
  std::optional<Node> for_each;          // text: one expression, a list
  std::vector<std::string> level_names;  // `as`: of its levels, the outermost first; empty: their own names
  std::optional<Node> when;              // text: one expression, a bool
  std::optional<Batch> batch;
  bool distinct = false;      // equal requests of a for_each are asked once
  uint32_t concurrency = 8;   // calls of a for_each under way at once
  uint32_t max_items = 1000;  // of a for_each, all levels together; more are an error
  Failure failure = Failure::kRequired;
  std::optional<Node> otherwise;        // of kDefault: the reply, as JSON would have it
  std::optional<Milliseconds> timeout;  // beside what remains of the composition's
  std::vector<std::string> after;       // calls that must have succeeded, whose replies it does not need
  std::vector<Position> after_at;
  Position at;
};

// Several calls, one answer: what `compositions` says of one.
struct Composition {
  std::string name;         // policies name it "compositions/NAME"
  std::string http_method;  // "GET"
  std::string path;         // template
  std::vector<CompositionParameter> parameters;
  std::optional<CompositionBody> body;
  Milliseconds timeout{15'000};
  std::vector<CompositionCall> calls;  // in the order of the file
  std::vector<Node> merge;             // texts: expressions whose members stand at the top of the answer
  std::optional<Node> response;        // a mapping, or one expression of an object or a message
  bool fields = false;                 // ?fields=user.name,orders chooses what is asked for
  bool enforce_parts = true;           // the policies of the RPCs that it calls hold
  std::string errors_key = "_errors";  // where the answer tells what is missing
  Position at;

  // By the method's first word: calls of one that changes nothing may be abandoned at any time.
  bool writes() const { return http_method != "GET"; }
};

}  // namespace dragoman::config
