#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
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
  Places(const config::Config& config, const transcoding::Schema& schema);

  // Of a rule of the configuration its own, of an annotation that, of `expose: all` that of the entry of `services`.
  config::Position Of(const routing::Route& route) const;
  // In its .proto file, as the working directory reaches it where it is a source.
  config::Position Of(const google::protobuf::MethodDescriptor& method) const;
  // The entry of `services` that covers it; null: none.
  const config::Service* EntryOf(const google::protobuf::ServiceDescriptor& service) const { return covering_.Find(&service); }

 private:
  const transcoding::Declarations& declarations_;
  Problems problems_;  // of covering_, which others tell
  routing::ServiceMap covering_;
};

// What is found.
class Findings {
 public:
  Findings(const config::Config& config, const transcoding::Schema& schema) : places(config, schema) {}

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

// Of the configuration alone: what they find is so whatever else is wrong.
void CheckConsumers(const config::Config& config, Findings& findings);
void CheckSecrets(const config::Config& config, Findings& findings);
void CheckLimits(const config::Config& config, Findings& findings);     // windows, costs, tiers
void CheckTransport(const config::Config& config, Findings& findings);  // what travels in the clear, who is trusted

// Of each rule among those that are sound: further rules take nothing of it away.
void CheckRoutes(const routing::Router& router, Findings& findings);  // unreachable, shadowed, bodies, Envoy

// Of everything together.
void CheckServices(const Generation& generation, Findings& findings);  // what is exposed, and what nothing uses
void CheckPolicies(const Generation& generation, Findings& findings);  // selectors, keys that hold nowhere
void CheckCallers(const Generation& generation, Findings& findings);   // who may call
void CheckCaps(const Generation& generation, Findings& findings);
void CheckTimeouts(const Generation& generation, Findings& findings);
void CheckCookies(const Generation& generation, Findings& findings);   // of pages

// "GET /v1/items/{id} of shop.v1.Catalog/GetItem"
std::string TextOf(const routing::Route& route);

}  // namespace dragoman::lint
