#include "server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "config/address.h"

// GCC 12 takes the frames of coroutines, which Asio allocates and frees in its own way, for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace dragoman::http {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

ResponseHead TextHead(int status) { return {.status = status, .content_type = "text/plain", .headers = {}}; }

}  // namespace

void EventLog::Add(std::string event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  changed_.notify_all();
}

bool EventLog::WaitFor(std::string_view event) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return std::find(events_.begin(), events_.end(), event) != events_.end(); });
}

std::vector<std::string> EventLog::all() {
  const std::lock_guard lock(mutex_);
  return events_;
}

Task<void> ScriptedHandler::Serve(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  log_.Add("serve " + std::string(head.http_method) + " " + std::string(head.target));
  std::string_view path = head.target.substr(0, head.target.find('?'));
  if (path == "/ignore") {
    log_.Add("saw " + std::string(head.http_method) + " /ignore unread");
    (void)co_await exchange.Reply(TextHead(200), "ignored");
  } else if (path == "/status") {  // "/status?204"
    (void)co_await exchange.Reply(TextHead(std::stoi(std::string(head.target.substr(8)))), "the body");
  } else if (path == "/big") {  // "/big?1000000"
    const std::string body(std::stoul(std::string(head.target.substr(5))), 'x');
    const Status status = co_await exchange.Reply(TextHead(200), body);
    log_.Add(status.ok() ? "big sent" : "big not sent");
  } else if (path == "/stream") {
    (void)co_await exchange.BeginReply(TextHead(200), {});
    for (std::string_view piece : {"one", "", "two", "three"}) (void)co_await exchange.WriteReply(piece);
    (void)co_await exchange.FinishReply({});
  } else if (path == "/endless") {
    (void)co_await exchange.BeginReply(TextHead(200), {});
    const std::string piece(64 << 10, 'y');
    size_t pieces = 0;
    while ((co_await exchange.WriteReply(piece)).ok()) {
      if (++pieces == 1) log_.Add("endless begun");
    }
    if (exchange.client_time() > Duration::zero()) log_.Add("endless waited for the client");
    log_.Add("endless ended");
    exchange.AbortReply();
  } else if (path == "/abort") {
    (void)co_await exchange.BeginReply(TextHead(200), {});
    (void)co_await exchange.WriteReply("half");
    exchange.AbortReply();
  } else if (path == "/silent") {
    co_return;
  } else if (path == "/hang") {
    Signal cancelled;
    exchange.WatchCancel([](void* signal) { static_cast<Signal*>(signal)->Notify(); }, &cancelled);
    log_.Add("hanging");
    co_await cancelled.Wait();
    exchange.WatchCancel(nullptr, nullptr);
    log_.Add("cancelled");
    (void)co_await exchange.Reply(TextHead(499), "cancelled");
  } else if (path == "/stubborn") {  // does not care whether the client is still there
    Signal& released = *stubborn_.emplace_back(std::make_unique<Signal>());
    log_.Add("stubborn " + std::to_string(stubborn_.size()));
    co_await released.Wait();
    (void)co_await exchange.Reply(TextHead(200), "at last");
  } else if (path == "/peer") {  // the scheme and who the client's certificate says it is
    std::string text(head.scheme);
    text += " ";
    text += exchange.peer().certificate ? exchange.peer().certificate->common_name : "without certificate";
    (void)co_await exchange.Reply(TextHead(200), text);
  } else if (path == "/address") {  // where the connection is said to come from
    const Peer& peer = exchange.peer();
    EXPECT_EQ(peer.address, peer.ip.ToText().view());
    std::string text = "unix";
    if (!peer.address.empty()) text = peer.address + " " + std::to_string(peer.port);
    (void)co_await exchange.Reply(TextHead(200), text);
  } else if (path == "/script") {
    co_await script(exchange);
  } else if (path == "/inject") {
    ResponseHead reply = TextHead(200);
    reply.headers.push_back({"x-good", "yes"});
    reply.headers.push_back({"x-bad", "a\r\nx-evil: 1"});
    reply.headers.push_back({"content-length", "3"});
    (void)co_await exchange.Reply(reply, "injected");
  } else if (path == "/pieces") {
    std::string whole;
    for (;;) {
      Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Exchange::Patience::kBodyTimeout);
      if (!piece) {
        (void)co_await exchange.Reply(TextHead(piece.error().http_status()), piece.error().message());
        co_return;
      }
      if (piece->empty()) break;
      whole += *piece;
    }
    (void)co_await exchange.Reply(TextHead(200), std::to_string(whole.size()) + " " + whole.substr(0, 40));
  } else if (path == "/measure") {  // what is counted of a body, and whether the client was waited for
    (void)co_await exchange.ReadBody();
    const bool waited = exchange.client_time() > Duration::zero();
    (void)co_await exchange.Reply(TextHead(200), std::to_string(exchange.request_bytes()) + (waited ? " waited" : " at once"));
  } else {  // an echo
    Result<Buffer*> body = co_await exchange.ReadBody();
    if (!body) {
      log_.Add("read failed: " + std::string(body.error().message()));
      log_.Add("saw " + std::string(head.http_method) + " " + std::string(head.target) + " broken");
      (void)co_await exchange.Reply(TextHead(body.error().http_status()),
                                    std::string(FactsOf(body.error().reason()).name) + " " + std::string(body.error().message()));
      co_return;
    }
    std::string text = std::string(head.http_method) + " " + std::string(head.target) + " " + std::string(head.authority) +
                       (exchange.bodyless() ? " none" : " [" + std::string((*body)->view()) + "]");
    log_.Add("saw " + text);
    (void)co_await exchange.Reply(TextHead(200), text);
  }
}

void ScriptedHandler::ReleaseStubborn() {
  for (const std::unique_ptr<Signal>& waiting : stubborn_) waiting->Notify();
}

Task<void> ScriptedHandler::Refuse(Exchange& exchange, Status status) {
  ResponseHead head = TextHead(status.http_status());
  for (const auto& [name, value] : status.headers()) head.headers.push_back({name, value});
  const std::string text = std::string(FactsOf(status.reason()).name) + " " + std::string(status.message());
  log_.Add("refuse " + text);
  (void)co_await exchange.Reply(head, text);
}

Client::Client(const std::string& address, int receive_buffer) {
  const config::Address parsed = config::ParseAddress(address).value();
  const bool is_unix = parsed.kind == config::Address::Kind::kUnix;
  descriptor_ = ::socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  if (receive_buffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  int result;
  if (is_unix) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, parsed.path.c_str(), sizeof(name.sun_path) - 1);
    result = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  } else {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(parsed.port);
    ::inet_pton(AF_INET, parsed.host.c_str(), &name.sin_addr);
    result = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  }
  EXPECT_EQ(result, 0) << std::strerror(errno);
}

Client::~Client() { Close(); }

void Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server may well have closed; what came back tells
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string Client::Read(size_t size) {
  while (pending_.size() < size) {
    char room[64 << 10];
    const ssize_t count = ::recv(descriptor_, room, sizeof(room), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      ADD_FAILURE() << "nothing came for ten seconds; so far: " << pending_;
    }
    if (count < 0) pending_ += errno == ECONNRESET ? "!reset" : "!error";
    if (count <= 0) break;
    pending_.append(room, static_cast<size_t>(count));
  }
  std::string taken = pending_.substr(0, size);
  pending_.erase(0, taken.size());
  return taken;
}

std::string Client::ReadResponse(bool head_request) {
  std::string response;
  while (!response.ends_with("\r\n\r\n")) {
    const std::string next = Read(1);
    if (next.empty()) return response;
    response += next;
  }
  const std::string length = HeaderOf(response, "content-length");
  if (!length.empty() && !head_request) response += Read(std::stoul(length));
  if (HeaderOf(response, "transfer-encoding") == "chunked" && !head_request) {
    while (!response.ends_with("\r\n0\r\n\r\n")) {
      const std::string next = Read(1);
      if (next.empty()) return response;
      response += next;
    }
  }
  return response;
}

std::string Client::ReadAll() { return Read(SIZE_MAX); }

void Client::ShutdownSend() { ::shutdown(descriptor_, SHUT_WR); }

void Client::Close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

int StatusOf(std::string_view response) {
  return response.starts_with("HTTP/1.1 ") && response.size() > 12 ? std::stoi(std::string(response.substr(9, 3))) : 0;
}

std::string BodyOf(std::string_view response) {
  const size_t end = response.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(response.substr(end + 4));
}

std::string HeaderOf(std::string_view response, std::string_view name) {
  const std::string_view head = response.substr(0, response.find("\r\n\r\n"));
  const std::string needle = "\r\n" + std::string(name) + ": ";
  const size_t at = head.find(needle);
  if (at == std::string_view::npos) return {};
  const size_t begin = at + needle.size();
  return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

void ServerTest::Start(const config::Limits& limits, const std::string& address,
                       std::shared_ptr<const tls::ServerContext> tls) {
  auto socket = ListenSocket::Open(address, 1);
  ASSERT_TRUE(socket.has_value()) << socket.error();
  address_ = socket->address();
  loop_ = std::make_unique<Loop>();
  socket_ = std::make_unique<ListenSocket>(std::move(*socket));
  quota_ = std::make_unique<ConnectionQuota>(limits.max_connections);
  server_ = std::make_unique<Server>(*loop_, handler_, limits, *quota_, gate_);
  server_->Listen(socket_->Take(0), std::move(tls), proxy_protocol_);
  thread_ = std::thread([this] { loop_->Run(); });
}

ServerTest::~ServerTest() { Stop(); }

void ServerTest::Stop() {
  if (!thread_.joinable()) return;
  Abort();
  WaitDrained();
  loop_->Stop();
  thread_.join();
  EXPECT_EQ(quota_->open(), 0u);
}

void ServerTest::OnLoop(const std::function<void()>& function) {
  std::promise<void> done;
  asio::post(loop_->executor(), [&] {
    function();
    done.set_value();
  });
  done.get_future().wait();
}

void ServerTest::WaitDrained() {
  std::promise<void> done;
  asio::post(loop_->executor(), [&] {
    loop_->Spawn([](Server& server, std::promise<void>& drained) -> Task<void> {
      co_await server.Drained();
      drained.set_value();
    }(*server_, done));
  });
  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
}

size_t ServerTest::Active() {
  size_t active = 0;
  OnLoop([&] { active = server_->active(); });
  return active;
}

std::string ServerTest::RoundTrip(std::string_view bytes) {
  Client client(address_);
  client.Send(bytes);
  return client.ReadAll();
}

}  // namespace dragoman::http
