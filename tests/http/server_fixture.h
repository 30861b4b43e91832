#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/listen_socket.h"
#include "http/server.h"

namespace dragoman::http {

// Things that happened on the server's thread, for the test's thread to wait for.
class EventLog {
 public:
  void Add(std::string event);
  // Waits until `event` has been added; false after ten seconds.
  bool WaitFor(std::string_view event);
  std::vector<std::string> all();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
};

// Answers by target, see Serve; puts refusals into words as "REASON message".
class ScriptedHandler final : public ExchangeHandler {
 public:
  explicit ScriptedHandler(EventLog& log) : log_(log) {}
  Task<void> Serve(Exchange& exchange) override;
  Task<void> Refuse(Exchange& exchange, Status status) override;
  // Lets "/stubborn" come to an end. On the server's thread.
  void ReleaseStubborn();

  using Script = std::function<Task<void>(Exchange& exchange)>;
  Script script;  // what serves "/script"

 private:
  EventLog& log_;
  std::vector<std::unique_ptr<Signal>> stubborn_;
};

// The client's end of a connection: a blocking socket that gives up after ten seconds.
class Client {
 public:
  explicit Client(const std::string& address, int receive_buffer = 0);
  ~Client();
  Client(const Client&) = delete;

  void Send(std::string_view bytes);
  // Exactly `size` bytes, or fewer at the end.
  std::string Read(size_t size);
  // Head and body of one response, chunks as they came.
  std::string ReadResponse(bool head_request = false);
  // Everything up to the end; "…!reset" if the connection was reset.
  std::string ReadAll();
  void ShutdownSend();
  void Close();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::string pending_;
};

// "HTTP/1.1 200 OK" …: the status of a response, and what follows its head.
int StatusOf(std::string_view response);
std::string BodyOf(std::string_view response);
std::string HeaderOf(std::string_view response, std::string_view name);

// A server on a free port, on a thread of its own.
class ServerTest : public ::testing::Test {
 protected:
  ~ServerTest() override;
  void Start(const config::Limits& limits = {}, const std::string& address = "127.0.0.1:0",
             std::shared_ptr<const tls::ServerContext> tls = nullptr);
  // Ends all connections and the server's thread; happens at the end by itself.
  void Stop();
  // Runs `function` on the server's thread and waits for it.
  void OnLoop(const std::function<void()>& function);
  void StopAccepting() {
    OnLoop([this] { server_->StopAccepting(); });
  }
  void HandOver() {
    OnLoop([this] { server_->HandOver(); });
  }
  void Abort() {
    OnLoop([this] { server_->Abort(); });
  }
  void ReleaseStubborn() { handler_.ReleaseStubborn(); }
  // Waits until no connection is left.
  void WaitDrained();
  size_t Active();
  Server& server() { return *server_; }
  const ConnectionCounters& counters() { return server_->counters(); }
  const std::string& address() const { return address_; }
  // One request on a connection of its own, and all that comes back.
  std::string RoundTrip(std::string_view bytes);

  EventLog log_;
  // What "/script" does; before Start.
  void SetScript(ScriptedHandler::Script script) { handler_.script = std::move(script); }
  // Of the server, to be set before Start.
  ProxyProtocol proxy_protocol_;
  ConnectionGate* gate_ = nullptr;

 private:
  std::string address_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<ListenSocket> socket_;
  std::unique_ptr<ConnectionQuota> quota_;
  ScriptedHandler handler_{log_};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace dragoman::http
