#include "gateway/status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace dragoman::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Rendered(const StatusReport& report) {
  Buffer out;
  RenderStatus(report, out);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(out.data(), out.size());
  EXPECT_FALSE(document.HasParseError()) << out.view();
  return std::string(out.view());
}

StatusReport::Time At(int seconds) { return StatusReport::Time(std::chrono::seconds(1'795'000'000 + seconds)); }

TEST(StatusReport, TellsAllAtOnce) {
  StatusReport report{.version = "1.2.3", .now = At(90), .started = At(0)};
  report.waiting = "backend \"users\": cannot connect";
  report.configuration = {.earlier_in_use = 1, .problem = "dragoman.yaml:3:1: wrong"};
  report.generation = {.id = 3, .built = At(60), .routes = 12, .rpcs = 10, .in_use = 2};
  report.descriptors = {
      .sources = {{.kind = "reflection", .name = "shop", .succeeded = At(60), .failed = At(30), .error = "no answer"},
                  {.kind = "file", .name = "shop.pb", .succeeded = At(60), .failed = {}, .error = {}}},
      .problem = "shop.pb: is broken"};
  report.listeners = {{.text = "127.0.0.1:8080", .tls = true}, {.text = "unix:/run/admin.sock", .admin = true}};
  report.workers = 2;
  report.connections = 7;
  report.max_connections = 20'000;
  report.requests = 4;
  StatusReport::Backend& shop =
      report.backends.emplace_back(StatusReport::Backend{.name = "shop", .connections = {.ready = 2}});
  shop.Add({.waiting = 1,
            .endpoints = {{"10.0.0.7:1", "ready", 3, ""}, {"10.0.0.8:1", "backing_off", 0, "Connection refused"}}});
  shop.Add({.waiting = 0, .endpoints = {{"10.0.0.7:1", "ready", 1, ""}}});
  EXPECT_EQ(Rendered(report), R"({
  "version": "1.2.3",
  "started": "2026-11-18T11:06:40.000Z",
  "uptime_seconds": 90,
  "ready": false,
  "draining": false,
  "waiting": "backend \"users\": cannot connect",
  "configuration": {
    "problem": "dragoman.yaml:3:1: wrong",
    "earlier_in_use": 1
  },
  "generation": {
    "id": 3,
    "built": "2026-11-18T11:07:40.000Z",
    "routes": 12,
    "rpcs": 10,
    "generations_in_use": 2
  },
  "descriptors": {
    "problem": "shop.pb: is broken",
    "sources": [
      {
        "reflection": "shop",
        "last_success": "2026-11-18T11:07:40.000Z",
        "last_failure": "2026-11-18T11:07:10.000Z",
        "error": "no answer"
      },
      {
        "file": "shop.pb",
        "last_success": "2026-11-18T11:07:40.000Z"
      }
    ]
  },
  "listeners": [
    {
      "address": "127.0.0.1:8080",
      "tls": true,
      "admin": false
    },
    {
      "address": "unix:/run/admin.sock",
      "tls": false,
      "admin": true
    }
  ],
  "workers": {
    "running": 2,
    "silent": 0
  },
  "connections": {
    "open": 7,
    "max": 20000
  },
  "requests_in_flight": 4,
  "backends": [
    {
      "name": "shop",
      "connections": {
        "connecting": 0,
        "ready": 2,
        "draining": 0
      },
      "calls_waiting": 1,
      "endpoints": [
        {
          "address": "10.0.0.7:1",
          "workers": {
            "ready": 2
          },
          "calls_in_flight": 4
        },
        {
          "address": "10.0.0.8:1",
          "workers": {
            "backing_off": 1
          },
          "calls_in_flight": 0,
          "last_error": "Connection refused"
        }
      ]
    }
  ]
}
)");
}

TEST(StatusReport, HasABoundHoweverMuchThereIs) {
  StatusReport report{.version = "1", .now = At(0), .started = At(1)};
  for (size_t i = 0; i < 3 * kMostListed; ++i) {
    StatusReport::Backend& backend =
        report.backends.emplace_back(StatusReport::Backend{.name = "b" + std::to_string(i)});
    upstream::Backend::State state;
    for (size_t n = 0; n < 2 * kMostListed; ++n) {
      state.endpoints.push_back(
          {"10.0." + std::to_string(i) + "." + std::to_string(n), "ready", 1, std::string(10'000, 'x')});
    }
    backend.Add(state);
  }
  const std::string text = Rendered(report);
  EXPECT_THAT(text, HasSubstr("\"backends_left_out\": " + std::to_string(2 * kMostListed)));
  EXPECT_THAT(text, HasSubstr("\"endpoints_left_out\": " + std::to_string(kMostListed)));
  EXPECT_LT(text.size(), kMostListed * kMostListed * (kMostText + 300));
  EXPECT_THAT(text, Not(HasSubstr(std::string(kMostText + 1, 'x'))));
  EXPECT_THAT(text, HasSubstr("\"uptime_seconds\": 0,")) << "the clock was put back";
}

// What takes most: each list full, of texts that JSON writes at six times their length.
TEST(StatusReport, IsFourMebibytesAtTheVeryMost) {
  const std::string most(10'000, '\x01');
  StatusReport report{.version = most, .now = At(0), .started = At(0)};
  report.waiting = most;
  report.descriptors.problem = most;
  for (size_t i = 0; i < kMostListed; ++i) {
    report.descriptors.sources.push_back({"reflection", most, At(0), At(0), most});
    report.listeners.push_back({.text = most});
    StatusReport::Backend& backend = report.backends.emplace_back(StatusReport::Backend{.name = most});
    for (size_t n = 0; n < kMostListed; ++n) {
      StatusReport::Endpoint& endpoint = backend.endpoints[most + std::to_string(n)];
      for (const char* state : {"ready", "connecting", "idle", "draining", "backing_off", "resolving", "unresolved"}) {
        endpoint.workers[state] = 1000;
      }
      endpoint.calls = UINT64_MAX;
      endpoint.error = most;
    }
  }
  EXPECT_LT(Rendered(report).size(), 4u << 20);
}

TEST(StatusReport, IsUtf8WhateverABackendSays) {
  StatusReport report{.version = "1", .now = At(0), .started = At(0)};
  report.waiting = "backend \"shop\" answers \xff\xfe";
  EXPECT_THAT(Rendered(report), HasSubstr("answers \uFFFD\uFFFD\""));
}

}  // namespace
}  // namespace dragoman::gateway
