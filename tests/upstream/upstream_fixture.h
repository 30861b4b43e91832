#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/side_thread.h"
#include "frame_server.h"
#include "upstream/backend.h"
#include "without_time.h"

namespace dragoman::upstream {

using frames::FrameBytes;
using frames::FrameConnection;
using frames::Framed;
using frames::Headers;

// The server whose events wake the client's loop, so that a test waits by running it: server.RunUntil([&] { return
// server.Saw("reset 1 CANCEL"); }).
class FrameServer : public frames::FrameServer {
 public:
  FrameServer(Loop& client, Script script)
      : frames::FrameServer(std::move(script), [&client] { asio::post(client.io(), [] {}); }), client_(client) {}

  // Runs the client's loop until `done`; false after a minute.
  bool RunUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    client_.io().restart();
    const auto work = asio::make_work_guard(client_.io());
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      client_.io().run_one_for(std::chrono::seconds(10));
    }
    return true;
  }

 private:
  Loop& client_;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What a call came to.
struct Outcome {
  bool done = false;
  std::vector<std::string> messages;
  Status status;
  Pairs metadata;
  Pairs trailers;
};

// What a test asks for.
struct Ask {
  std::string path = "/shop.v1.Catalog/GetItem";
  std::string message = "hello";
  Pairs metadata;
  Duration timeout = std::chrono::minutes(1);
  size_t max_reply_bytes = 4 << 20;
};

class UpstreamTest : public testing::Test {
 protected:
  std::unique_ptr<Backend> Shop(const std::vector<std::string>& endpoints, const BackendOptions& options = {}) {
    config::Backend backend;
    backend.name = "shop";
    for (const std::string& endpoint : endpoints) backend.endpoints.push_back({endpoint, {}});
    return MakeBackend(loop_, side_thread_, backend, options);
  }

  static Buffer Message(std::string_view text) {
    Buffer buffer;
    buffer.Extend(kMessagePrefix);
    buffer.Append(text);
    return buffer;
  }

  static std::unique_ptr<Call> StartCall(Backend& backend, const Ask& ask) {
    std::vector<Header> metadata;
    for (const auto& [name, value] : ask.metadata) metadata.push_back({name, value});
    return backend.Start({.path = ask.path,
                          .metadata = metadata,
                          .deadline = Clock::now() + ask.timeout,
                          .max_reply_bytes = ask.max_reply_bytes});
  }

  static Task<void> Finish(Call& call, Outcome& outcome) {
    while (const std::optional<std::string_view> message = co_await call.Receive())
      outcome.messages.emplace_back(*message);
    outcome.status = call.status();
    for (const Header& entry : call.metadata()) outcome.metadata.emplace_back(entry.name, entry.value);
    for (const Header& entry : call.trailers()) outcome.trailers.emplace_back(entry.name, entry.value);
    outcome.done = true;
  }

  static Task<void> CallUnary(Backend& backend, Outcome& outcome, Ask ask) {
    const std::unique_ptr<Call> call = StartCall(backend, ask);
    (void)co_await call->Send(Message(ask.message), true);
    co_await Finish(*call, outcome);
  }

  void Spawn(Backend& backend, Outcome& outcome, const Ask& ask = {}) { loop_.Spawn(CallUnary(backend, outcome, ask)); }

  // One unary call from beginning to end.
  Outcome Run(Backend& backend, FrameServer& server, const Ask& ask = {}) {
    Outcome outcome;
    Spawn(backend, outcome, ask);
    EXPECT_TRUE(server.RunUntil([&] { return outcome.done; }));
    return outcome;
  }

  // A path for a unix socket where nothing is yet.
  static std::string SocketPath() {
    return testing::TempDir() + "upstream-" + std::to_string(::getpid()) + "-" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + ".sock";
  }

  // Lets what is due at the end of this turn happen.
  void RunTurn() {
    loop_.io().restart();
    loop_.io().poll();
  }

  Loop loop_;
  SideThread side_thread_;
};

// A server that answers every request with its own message.
inline FrameServer::Script Echo() {
  return {.on_request = [](FrameConnection& connection, FrameConnection::Request& request) {
    connection.Reply(request.id, std::string_view(request.body).substr(kMessagePrefix));
  }};
}

// A server that does nothing of its own accord.
inline FrameServer::Script Idle() { return {}; }

// A server that does `handler` for every request.
inline FrameServer::Script Does(FrameServer::Handler handler) { return {.on_request = std::move(handler)}; }

}  // namespace dragoman::upstream
