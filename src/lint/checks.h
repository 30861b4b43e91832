#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lint/codes.h"
#include "lint/lint.h"
#include "routing/service_map.h"

// What the checks share, and the checks: a function for each part of the configuration.
namespace dragoman::lint {

// Where rules and methods stand.
class Places {
 public:
  explicit Places(const Generation& generation);

  // Of a rule of the configuration its own, of an annotation its method's, of `expose: all` that of the entry of `services`.
  config::Position Of(const routing::Route& route) const;
  // In its .proto file, as the working directory reaches it where it is a source.
  config::Position Of(const google::protobuf::MethodDescriptor& method) const;
  // The entry of `services` that covers it; null: none.
  const config::Service* EntryOf(const google::protobuf::ServiceDescriptor& service) const { return covering_.Find(&service); }

 private:
  std::string FileOf(const std::string& name) const;

  const Generation& generation_;
  Problems problems_;  // of covering_; there are none
  routing::ServiceMap covering_;
  mutable std::unordered_map<std::string, std::string> files_;
};

// What is found.
class Findings {
 public:
  explicit Findings(const Generation& generation) : places(generation) {}

  void Add(const Code& code, config::Position at, std::string message) { found_.push_back({&code, std::move(at), std::move(message)}); }
  // The same thing at one place, of many RPCs: told once, with how many more there are. `what` follows the subjects:
  //   AddFor(kNobodyMayCall, at, "shop.v1.Orders/Get", ": no …") → "shop.v1.Orders/Get and 3 more: no …"
  void AddFor(const Code& code, const config::Position& at, std::string_view subject, std::string what);

  std::vector<Finding> Take();

  const Places places;

 private:
  struct Group {
    const Code* code = nullptr;
    config::Position at;
    std::string first;
    std::string what;
    size_t more = 0;
  };
  std::vector<Finding> found_;
  std::map<std::string, Group> groups_;
};

void CheckRoutes(const Generation& generation, Findings& findings);     // unreachable, shadowed, bodies, Envoy
void CheckServices(const Generation& generation, Findings& findings);   // what is exposed, and what nothing uses
void CheckPolicies(const Generation& generation, Findings& findings);   // selectors, keys that hold nowhere
void CheckCallers(const Generation& generation, Findings& findings);    // who may call
void CheckSecrets(const Generation& generation, Findings& findings);
void CheckBounds(const Generation& generation, Findings& findings);     // limits and caps
void CheckTimeouts(const Generation& generation, Findings& findings);
void CheckTransport(const Generation& generation, Findings& findings);  // what travels in the clear, who is trusted, pages

// "GET /v1/items/{id} of shop.v1.Catalog/GetItem"
std::string TextOf(const routing::Route& route);

}  // namespace dragoman::lint
