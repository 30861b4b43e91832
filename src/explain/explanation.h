#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dragoman::explain {

// A request that somebody wonders about, as they would send it.
struct Question {
  std::string http_method;                                   // "GET"
  std::string target;                                        // "/v1/items/7?view=full", or a URL with scheme and host
  std::vector<std::pair<std::string, std::string>> headers;  // as they would be sent, in any case
  std::string body;                                          // empty: none
  std::string client = "127.0.0.1";                          // the address that it would come from; "unix": a unix socket
};

// A piece of JSON as it is.
struct RawJson {
  std::string text;  // empty: none
};

// What would become of it, step by step. Plain facts: text.cc makes them readable, explanation_json.h writes and reads
// them. An empty text says nothing. Credentials are in none of them.
struct Explanation {
  struct Header {
    std::string name;
    std::string value;
  };

  struct Request {
    std::string http_method;
    std::string target;  // without the values of credentials
    std::string scheme;
    std::string host;
    std::string client;   // behind trusted proxies, whom they name
    std::string dialect;  // "rest", "websocket"
    uint64_t body_bytes = 0;
    std::string note;  // where its head is malformed; what its URL says that the listener does not
  };

  struct Bound {
    std::string from;   // "header grpc-timeout", "backends.shop.timeout", "limits.max_body_bytes"
    std::string value;  // "5s", "4MiB"
    std::string place;  // of a setting: "dragoman.yaml:3:12", where what it belongs to stands; "default": what holds without one
  };

  // How it ends, as far as that can be told without a backend.
  struct Answer {
    std::string kind;       // "call", "refused", "answered" (by the gateway itself)
    std::string condition;  // what was taken for granted: "introspection accepts the token"
    std::string stage;      // of a refusal: "http", "client", "guard", "cors", "route", "authenticate", "authorize", "limits", "message", "headers", "deadline"
    uint64_t status = 0;    // of "refused" and "answered"
    std::string reason;     // "ROUTE_NOT_FOUND"
    std::string rule;       // which of the operator's rules refused
    std::string message;
    std::optional<Bound> bound;   // that the request is over
    std::vector<Header> headers;  // of the response, but for x-request-id
    std::string body;             // byte for byte
  };

  struct Rule {
    // "won", "later" (it fits, another one goes first), "method", "verb", "literal", "sub_template", "empty", "short",
    // "long"
    std::string outcome;
    std::string http_method;
    std::string path;
    std::string rpc;
    std::string origin;
    std::string why;
  };

  struct Rpc {
    std::string name;     // "shop.v1.Catalog/GetItem", "compositions/home"
    std::string streams;  // "requests", "replies", "both"
    std::string backend;  // its name; empty of a composition
    std::vector<std::string> endpoints;
    std::string request;  // message types
    std::string reply;
    std::string response_body;
  };

  struct Field {
    std::string field;   // "item.id"; empty: it goes nowhere
    std::string source;  // "path", "query", "form", "body", "mask"
    std::string name;    // of the variable or the parameter
    std::string value;
    std::string note;
  };

  struct Message {
    uint64_t wire_bytes = 0;
    RawJson json;
    std::string note;  // why there is no JSON
  };

  struct ForwardedHeader {
    std::string name;
    std::string value;  // "(hidden)" where it is a credential
    std::string fate;   // "sent", "withheld"; "added": by the gateway; "removed": by a policy
    std::string why;

    bool operator==(const ForwardedHeader&) const = default;
  };

  struct Check {
    std::string what;     // `scope "orders.read"`
    std::string verdict;  // "holds", "fails", "open"
    std::string why;
  };
  struct Policy {
    std::string name;     // "guard", "cors", "authenticate", "authorize", "limits", "concurrency"
    std::string verdict;  // "passes", "refuses", "open" (only a server could tell), "unasked" (something before it refuses)
    std::string what;
    std::vector<Check> checks;
  };

  struct Limit {
    std::string name;
    std::string windows;  // "10/s (burst 20)"
    std::string key;      // whose bucket: `consumer "mobile"`; "everybody"
    uint64_t cost = 1;
    std::string counted;  // "here", "in the store"
  };

  struct Deadline {
    std::string value;  // "10s"; empty: none
    std::string from;   // which of the bounds
    std::vector<Bound> bounds;  // all there are
  };

  struct Part {
    std::string name;
    std::string rpc;
    std::string backend;
    std::string callers;  // whom its own policy lets in; empty: the composition's holds
    std::string limits;
    std::string deadline;       // where it is shorter than that of the composition
    std::string deadline_from;  // "its own timeout", "its policy's timeout", "backends.shop.timeout"
    std::vector<ForwardedHeader> headers;  // what the other calls do not get in the same way
    std::vector<Message> messages;  // of a call that needs no other's reply
    std::string note;
  };
  struct Composition {
    std::string name;
    std::string graph;
    std::vector<Part> parts;
    std::string note;  // why none of them is made
  };

  Request request;
  Answer answer;
  std::vector<Rule> rules;   // the nearest ones, the one that won first
  uint64_t other_rules = 0;  // that are not shown
  std::optional<Rpc> rpc;
  std::vector<Field> fields;
  std::vector<Message> messages;  // of a stream the first ones
  uint64_t other_messages = 0;
  std::vector<ForwardedHeader> headers;
  std::vector<Policy> policies;
  std::vector<Limit> limits;
  std::optional<Deadline> deadline;
  std::optional<Composition> composition;
  std::vector<ForwardedHeader> response_headers;  // what policies do to every response: "added", "removed"
};

}  // namespace dragoman::explain
