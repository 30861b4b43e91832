#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/loop.h"
#include "http_client/client.h"
#include "scripted_server.h"

namespace dragoman::http_client {

class ClientTest : public testing::Test {
 protected:
  using Connection = ScriptedServer::Connection;
  using Outcome = std::optional<Result<Response>>;

  std::unique_ptr<Client> ClientOf(const std::string& url, config::Milliseconds timeout = std::chrono::minutes(1),
                                   const std::string& ca = {}) {
    config::HttpTarget target;
    target.url = url;
    target.timeout = timeout;
    if (!ca.empty()) target.ca = config::TextSource{.kind = config::TextSource::Kind::kText, .value = ca, .at = {}};
    auto client = Client::Make(*loop_, target);
    EXPECT_TRUE(client) << client.error().what;
    return client ? *std::move(client) : nullptr;
  }

  static Task<void> FetchInto(Client& client, Request request, Outcome& outcome) {
    outcome.emplace(co_await client.Fetch(std::move(request)));
  }

  // Runs the loop until `done`; false after ten seconds.
  bool RunUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    loop_->io().restart();
    const auto work = asio::make_work_guard(loop_->io());
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      loop_->io().run_one_for(std::chrono::seconds(10));
    }
    return true;
  }

  Result<Response> Fetch(Client& client, Request request = {}) {
    Outcome outcome;
    loop_->Spawn(FetchInto(client, std::move(request), outcome));
    if (!RunUntil([&] { return outcome.has_value(); })) {
      loop_.emplace();  // takes what waits with it
      return Refuse(Reason::kRequestTimeout, "nothing came within ten seconds");
    }
    return std::move(*outcome);
  }

  // What a GET of a server that does `script` comes to: "200 the body", or why it failed, "H" for the server's address.
  std::string Told(ScriptedServer::Script script, config::Milliseconds timeout = std::chrono::minutes(1)) {
    ScriptedServer server(std::move(script));
    const auto client = ClientOf(server.url("/keys"), timeout);
    return Told(Fetch(*client), server);
  }

  static std::string Told(const Result<Response>& outcome, const ScriptedServer& server) {
    if (outcome) return std::to_string(outcome->status) + " " + outcome->body;
    EXPECT_EQ(outcome.error().reason(), Reason::kBackendUnavailable);
    std::string why(outcome.error().message());
    const std::string address = server.address();
    if (const size_t at = why.find(address); at != std::string::npos) why.replace(at, address.size(), "H");
    return why;
  }

  std::optional<Loop> loop_{std::in_place};
};

}  // namespace dragoman::http_client
