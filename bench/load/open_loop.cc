// Offers requests at a fixed rate, whatever becomes of them: an open loop, as the world's clients are together.
//
//   open_loop PORT PATH RATE SECONDS [HEADER…]     (at 127.0.0.1)      → one line of JSON
//
// Requests begin at random (Poisson), each on a connection of its own for its time; latency counts from the moment that it was to begin, also
// where none could be had. Of the first second nothing is counted.
//
//   {"seconds": 5.0, "offered": 50000, "status": {"200": {"count": 9987, "p50_ms": 61.2, "p99_ms": 63.0}, "503": {…}}, "unanswered": 0, "late_ms": 0.4}

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using Milliseconds = duration<double, std::milli>;

constexpr size_t kMostConnections = 10'000;
constexpr auto kWarmUp = std::chrono::seconds(1);
constexpr auto kPatience = std::chrono::seconds(5);  // for the last replies

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Connection {
  int socket = -1;  // -1: it is closed
  bool busy = false;
  Clock::time_point due;  // when its request was to begin
  std::string reply;      // so far
};

// The length of the first whole reply, its status; 0: there is more to come.
size_t WholeReply(std::string_view bytes, std::string& status) {
  const size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  status = bytes.substr(9, 3);
  constexpr std::string_view kLength = "Content-Length: ";
  const auto at = std::search(bytes.begin(), bytes.begin() + static_cast<long>(head), kLength.begin(), kLength.end(),
                              [](char a, char b) { return std::tolower(a) == std::tolower(b); });
  const size_t size = head + 4 + std::strtoul(&*at + kLength.size(), nullptr, 10);
  return bytes.size() >= size ? size : 0;
}

class OpenLoop {
 public:
  OpenLoop(uint16_t port, std::string request) : request_(std::move(request)) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(port);
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  void Run(double rate, double seconds) {
    std::mt19937_64 random(20261124);
    std::exponential_distribution<double> gap(rate);
    const Clock::time_point begin = Clock::now();
    counted_from_ = begin + kWarmUp;
    const Clock::time_point end = counted_from_ + std::chrono::duration_cast<Clock::duration>(duration<double>(seconds));
    for (Clock::time_point next = begin; next < end;) {
      for (const Clock::time_point now = Clock::now(); next <= now && next < end;) {
        late_ = std::max(late_, Milliseconds(now - next).count());
        Offer(next);
        next += std::chrono::duration_cast<Clock::duration>(duration<double>(gap(random)));
      }
      Receive(next);
    }
    while (under_way_ > 0 && Clock::now() < end + kPatience) Receive(end + kPatience);
    Print(seconds);
  }

 private:
  void Offer(Clock::time_point due) {
    if (due >= counted_from_) ++offered_;
    Connection* connection = TakeFree();
    if (connection == nullptr) return;
    connection->due = due;
    connection->busy = true;
    ++under_way_;
    if (::send(connection->socket, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size())) Lose(*connection);
  }

  // Null: there are too many already.
  Connection* TakeFree() {
    while (!free_.empty()) {
      Connection* connection = free_.back();
      free_.pop_back();
      if (connection->socket >= 0) return connection;
    }
    return connections_.size() < kMostConnections ? Connect() : nullptr;
  }

  Connection* Connect() {
    Connection& connection = *connections_.emplace_back(std::make_unique<Connection>());
    connection.socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (connection.socket < 0) Die("socket");
    if (::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)) != 0) Die("connect");
    const int on = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::fcntl(connection.socket, F_SETFL, O_NONBLOCK);
    epoll_event event{EPOLLIN, {.ptr = &connection}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
    return &connection;
  }

  // If it has a request, that has no reply.
  void Lose(Connection& connection) {
    ::close(connection.socket);
    connection.socket = -1;
    if (connection.busy) --under_way_;
    connection.busy = false;
  }

  // Takes what comes until then.
  void Receive(Clock::time_point until) {
    std::array<epoll_event, 256> ready;
    const auto left = std::max(until - Clock::now(), Clock::duration(0));
    const timespec timeout{std::chrono::floor<std::chrono::seconds>(left).count(), (left % std::chrono::seconds(1)).count()};
    const int count = ::epoll_pwait2(poll_, ready.data(), ready.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      Connection& connection = *static_cast<Connection*>(ready[i].data.ptr);
      std::array<char, 16 << 10> bytes;
      const ssize_t size = ::recv(connection.socket, bytes.data(), bytes.size(), 0);
      if (size < 0 && errno == EAGAIN) continue;
      if (size <= 0) {
        Lose(connection);
        continue;
      }
      connection.reply.append(bytes.data(), static_cast<size_t>(size));
      std::string status;
      if (WholeReply(connection.reply, status) == 0) continue;
      connection.reply.clear();
      connection.busy = false;
      --under_way_;
      if (connection.due >= counted_from_) latencies_[status].push_back(Milliseconds(Clock::now() - connection.due).count());
      free_.push_back(&connection);
    }
  }

  void Print(double seconds) {
    size_t answered = 0;
    std::string statuses;
    for (auto& [status, latencies] : latencies_) {
      std::sort(latencies.begin(), latencies.end());
      const auto quantile = [&latencies = latencies](double which) { return latencies[static_cast<size_t>(which * static_cast<double>(latencies.size() - 1))]; };
      char text[160];
      std::snprintf(text, sizeof(text), "%s\"%s\": {\"count\": %zu, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}", statuses.empty() ? "" : ", ",
                    status.c_str(), latencies.size(), quantile(0.5), quantile(0.99), latencies.back());
      statuses += text;
      answered += latencies.size();
    }
    std::printf("{\"seconds\": %.1f, \"offered\": %zu, \"status\": {%s}, \"unanswered\": %zu, \"late_ms\": %.2f}\n", seconds, offered_, statuses.c_str(),
                offered_ - answered, late_);
  }

  const std::string request_;
  sockaddr_in address_{};
  const int poll_ = ::epoll_create1(0);
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;  // that have no request under way
  size_t under_way_ = 0;
  Clock::time_point counted_from_;
  size_t offered_ = 0;
  double late_ = 0;  // that this program began a request, at most
  std::map<std::string, std::vector<double>> latencies_;  // by status, in ms
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: open_loop PORT PATH RATE SECONDS [HEADER…]\n", stderr);
    return 2;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::string request = "GET " + std::string(argv[2]) + " HTTP/1.1\r\nhost: bench\r\n";
  for (int i = 5; i < argc; ++i) request += std::string(argv[i]) + "\r\n";
  OpenLoop(static_cast<uint16_t>(std::atoi(argv[1])), request + "\r\n").Run(std::atof(argv[3]), std::atof(argv[4]));
}
