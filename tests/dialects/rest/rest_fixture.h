#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "dialects/rest/rest_dialect.h"
#include "exchange/reply_stream.h"
#include "fake_exchange.h"
#include "played_backend.h"
#include "routing/router.h"
#include "rpc/json_rules.h"
#include "schema_from_source.h"

namespace dragoman::dialects::rest {

inline constexpr std::string_view kRoomsSource = R"(
  syntax = "proto3";
  package rooms.v1;
  import "google/api/annotations.proto";
  import "google/api/httpbody.proto";
  message Line { string text = 1; string room = 2; string author = 3; int32 cost = 4; }
  message Piece { string name = 1; google.api.HttpBody content = 2; }
  service Rooms {
    rpc Get(Line) returns (Line) { option (google.api.http) = { get: "/get/{room}" }; }
    rpc Watch(Line) returns (stream Line) { option (google.api.http) = { get: "/watch/{room}" }; }
    rpc Tell(stream Line) returns (Line) {
      option (google.api.http) = { post: "/tell/{room}" body: "*" additional_bindings { get: "/hello/{room}" } };
    }
    rpc Join(stream Line) returns (stream Line) { option (google.api.http) = { post: "/join/{room}" body: "*" }; }
    rpc Upload(stream Piece) returns (Line) { option (google.api.http) = { put: "/files/{name}" body: "content" }; }
    rpc Download(Line) returns (stream google.api.HttpBody) { option (google.api.http) = { get: "/files/{room}" }; }
    rpc Both(stream Piece) returns (stream google.api.HttpBody) {
      option (google.api.http) = { post: "/both/{name}" body: "content" };
    }
  })";

// The wire bytes of a Line { text } as they are sent and as they come.
inline std::string Wire(std::string_view text, std::string_view room = {}) {
  const auto field = [](char tag, std::string_view value) {
    return value.empty() ? std::string() : std::string(1, tag) + static_cast<char>(value.size()) + std::string(value);
  };
  return field('\x0a', text) + field('\x12', room);
}
// Of an HttpBody.
inline std::string BodyWire(std::string_view type, std::string_view data) {
  return Wire(type, data);  // the same fields
}

// One worker's REST dialect in front of a backend that the test plays.
class RestTest : public testing::Test {
 protected:
  RestTest() : schema_(SchemaFromSource(kRoomsSource)), plans_(schema_) { Configure(""); }

  // Further keys of the configuration.
  void Configure(const std::string& more) {
    auto loaded = config::LoadText("d.yaml", "descriptors: [{file: rooms.pb}]\nbackends: {rooms: {endpoints: [\"127.0.0.1:1\"]}}\n"
                                             "services: [{name: rooms.v1.*, backend: rooms}]\njson: {emit_defaults: false}\n" + more);
    ASSERT_TRUE(loaded) << loaded.error()[0].what;
    config_ = std::make_unique<config::Config>(*std::move(loaded));
    auto built = routing::BuildRouter(*config_, schema_, plans_);
    ASSERT_TRUE(built) << built.error()[0].what;
    router_.emplace(*std::move(built));
    auto limits = rate_limit::Limits::Build(*config_);
    ASSERT_TRUE(limits);
    limits_ = *std::move(limits);
    Problems problems;
    rpc::JsonRulesSet json(*config_, {});
    rules_.clear();
    for (const routing::Rpc& rpc : router_->rpcs()) {
      rules_.push_back({.access = auth::Access(rpc, *config_, auth::SchemesOf(*config_), plans_, problems),
                        .request = rpc::HeaderRules(config::HeaderRules()),
                        .response = rpc::HeaderRules(config::HeaderRules()),
                        .timeout = Duration::max(),
                        .limits = rate_limit::RpcLimits(rpc.policy.rate_limits, *limits_, rpc.name,
                                                        &plans_.Get(rpc.method->input_type()), problems),
                        .gates = {},
                        .cors = nullptr,
                        .json = json.Of(rpc.policy.json)});
    }
    ASSERT_TRUE(problems.empty()) << problems[0].what;
    limiter_.emplace(loop_, *limits_, nullptr);
    metrics_.emplace(router_->rpcs().size());
    rest_rules_.emplace(RestRules{.errors = {ErrorFormat::kStatus, plans_}});
    backends_.clear();
    auto played = std::make_unique<PlayedBackend>();
    backend_ = played.get();
    backends_.push_back(std::move(played));
    shown_.clear();
    shown_.push_back(std::make_unique<auth::ShownCredentials>(loop_, no_credentials_, nullptr));
    outbound_.emplace(rpc::Outbound{.metadata = metadata_rules_, .backends = backends_, .credentials = shown_});
    dialect_.emplace(*rest_rules_, plans_, *outbound_, *limiter_, *metrics_);
  }

  // Begins to serve a request; what it waits for is the test's to give.
  void Begin(std::string_view http_method, std::string_view target, std::vector<Header> headers = {}) {
    ended_ = false;
    target_ = target;
    exchange_ = std::make_unique<FakeExchange>(http_method, target_, std::move(headers), &loop_);
  }
  void Serve() { loop_.Spawn(Run()); }
  // The same with a body in those pieces, which has ended.
  void ServeWhole(const std::vector<std::string>& pieces) {
    for (const std::string& piece : pieces) exchange_->Give(piece);
    exchange_->EndBody();
    Serve();
  }
  PlayedBackend::Side& call() { return backend_->call(backend_->calls() - 1); }
  void ExpectEnded() {
    EXPECT_TRUE(ended_);
    EXPECT_TRUE(exchange_->reply_ended() || exchange_->cancelled());
    EXPECT_FALSE(exchange_->reading());
    EXPECT_FALSE(exchange_->writing());
    if (backend_->calls() > 0) {
      EXPECT_TRUE(call().gone);
    }
  }

  Loop loop_;
  transcoding::Schema schema_;
  transcoding::PlanSet plans_;
  std::unique_ptr<config::Config> config_;
  std::optional<routing::Router> router_;
  std::unique_ptr<rate_limit::Limits> limits_;
  std::vector<rpc::Rules> rules_;
  std::optional<rate_limit::Limiter> limiter_;
  std::optional<observe::WorkerMetrics> metrics_;
  std::optional<RestRules> rest_rules_;
  PlayedBackend* backend_ = nullptr;
  auth::Identity identity_;
  std::string target_;
  std::unique_ptr<FakeExchange> exchange_;
  bool ended_ = false;
  Status outcome_;

 private:
  Task<void> Run() {
    routing::Match match;
    EXPECT_TRUE(router_->Find(exchange_->head().http_method, exchange_->head().target, match));
    rate_limit::Admission admission;
    const rpc::Admitted admitted{match, rules_[match.route->rpc_index], identity_, admission};
    outcome_ = co_await dialect_->Serve(*exchange_, admitted);
    ended_ = true;
  }

  const auth::BackendCredentials no_credentials_;
  rpc::MetadataRules metadata_rules_{{}};
  std::vector<std::unique_ptr<upstream::Backend>> backends_;
  std::vector<std::unique_ptr<auth::ShownCredentials>> shown_;
  std::optional<rpc::Outbound> outbound_;
  std::optional<RestDialect> dialect_;
};

}  // namespace dragoman::dialects::rest
