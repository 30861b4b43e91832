#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "google/api/annotations.pb.h"
#include "routing/router.h"
#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman::routing {

// Two services of a shop, one of them without annotations, and the health service.
inline constexpr std::string_view kShop = R"(
  file {
    name: "shop/v1/catalog.proto" package: "shop.v1" syntax: "proto3" dependency: "google/api/annotations.proto"
    message_type {
      name: "Item"
      field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      field { name: "part" number: 2 type: TYPE_MESSAGE type_name: ".shop.v1.Item" label: LABEL_OPTIONAL }
      field { name: "tags" number: 3 type: TYPE_STRING label: LABEL_REPEATED }
    }
    service {
      name: "Catalog"
      method {
        name: "GetItem" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item"
        options { [google.api.http] {
          get: "/v1/items/{id}"
          additional_bindings { get: "/v1/{id=parts/*}" response_body: "part" }
          additional_bindings { custom { kind: "*" path: "/v1/items/{id}:any" } body: "*" }
        } }
      }
      method {
        name: "PutItem" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item"
        options { [google.api.http] { put: "/v1/items/{id}" body: "part" } }
      }
      method { name: "Reindex" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
      method {
        name: "Watch" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" server_streaming: true
        options { [google.api.http] { get: "/v1/watch" } }
      }
      method { name: "Upload" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" client_streaming: true }
      method {
        name: "Chat" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item"
        client_streaming: true server_streaming: true
      }
    }
  }
  file {
    name: "shop/v1/sub/plain.proto" package: "shop.v1.sub" syntax: "proto3" dependency: "shop/v1/catalog.proto"
    service {
      name: "Plain"
      method { name: "One" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
      method { name: "Two" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
    }
  }
  file {
    name: "health.proto" package: "grpc.health.v1" syntax: "proto3" dependency: "shop/v1/catalog.proto"
    service {
      name: "Health"
      method { name: "Check" input_type: ".shop.v1.Item" output_type: ".shop.v1.Item" }
    }
  })";

// A schema and its plans, from a FileDescriptorSet as text.
struct Protos {
  explicit Protos(std::string_view text) : schema(Load(text)), plans(schema) {}

  static transcoding::Schema Load(std::string_view text) {
    google::protobuf::FileDescriptorSet set;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &set));
    transcoding::SchemaBuilder builder;
    builder.Add("shop.pb", set.SerializeAsString());
    auto built = std::move(builder).Build();
    EXPECT_TRUE(built.has_value()) << built.error()[0].what;
    return std::move(built).value();
  }

  transcoding::Schema schema;
  transcoding::PlanSet plans;
};

inline const Protos& Shop() {
  static const Protos* shop = new Protos(kShop);
  return *shop;
}

inline config::Position Line(int line) { return {.file = "dragoman.yaml", .line = line, .column = 5}; }

inline config::Service Service(std::string name, config::Expose expose = config::Expose::kDefault,
                        std::string backend = "shop") {
  return {.name = std::move(name), .backend = std::move(backend), .expose = expose, .at = {}};
}

// A rule for a method: `get: "/path"`.
inline config::HttpRule Rule(std::string selector, std::string http_method, std::string path, std::string body = "") {
  return {.selector = std::move(selector),
          .http_method = std::move(http_method),
          .path = std::move(path),
          .body = std::move(body),
          .response_body = {},
          .additional_bindings = {},
          .at = {}};
}

// The entries stand on the lines 10, 11, …, the rules on 20, 21, ….
inline config::Config Configuration(std::vector<config::Service> services, std::vector<config::HttpRule> rules = {}) {
  config::Config config;
  config.backends = {{.name = "shop", .endpoints = {}, .at = {}}, {.name = "other", .endpoints = {}, .at = {}}};
  config.services = std::move(services);
  config.http_rules = std::move(rules);
  for (size_t i = 0; i < config.services.size(); ++i) config.services[i].at = Line(10 + static_cast<int>(i));
  for (size_t i = 0; i < config.http_rules.size(); ++i) config.http_rules[i].at = Line(20 + static_cast<int>(i));
  return config;
}

inline Router Build(const config::Config& config, const Protos& protos = Shop()) {
  auto router = BuildRouter(config, protos.schema, protos.plans);
  if (!router) {
    ADD_FAILURE() << router.error()[0].where << ": " << router.error()[0].what;
    std::abort();
  }
  return std::move(router).value();
}

// "dragoman.yaml:10:5: what is wrong", of each problem.
inline std::vector<std::string> ProblemsOf(const config::Config& config, const Protos& protos = Shop()) {
  const auto router = BuildRouter(config, protos.schema, protos.plans);
  std::vector<std::string> texts;
  if (router) return texts;
  for (const Problem& problem : router.error()) texts.push_back(problem.where + ": " + problem.what);
  return texts;
}

// "GET /v1/items/{id} shop.v1.Catalog/GetItem", of each route.
inline std::vector<std::string> RoutesOf(const Router& router) {
  std::vector<std::string> texts;
  for (const Route& route : router.routes()) texts.push_back(route.http_method + " " + route.path + " " + route.rpc);
  return texts;
}

inline std::vector<std::string> UnroutedOf(const Router& router) {
  std::vector<std::string> texts;
  for (const Unrouted& unrouted : router.unrouted()) texts.push_back(unrouted.rpc + ": " + unrouted.why);
  return texts;
}

}  // namespace dragoman::routing
