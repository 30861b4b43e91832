// A gRPC backend that costs next to nothing, so that the gateway is what a benchmark measures: one thread, nghttp2 on epoll, replies made
// once, all frames of one turn in one write.
//
//   raw_backend PORT                         (on 127.0.0.1)       WatchItems: a thousand messages, whatever is asked for
//   raw_backend PORT AT_ONCE MICROSECONDS    does so many calls at once, and each takes so long; others queue, and are done although
//                                            their caller has given up, as in a server whose threads are busy

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "payload.h"

namespace {

constexpr int kStreamed = 1000;

// One message, `count` times.
struct Reply {
  std::string framed;
  int count = 1;
};

Reply Framed(const google::protobuf::Message& message, int count = 1) {
  const std::string bytes = message.SerializeAsString();
  std::string framed(5, '\0');
  for (int i = 0; i < 4; ++i) framed[1 + i] = static_cast<char>(bytes.size() >> (24 - 8 * i));
  return {framed + bytes, count};
}

const std::map<std::string, Reply, std::less<>>& Replies() {
  static const auto replies = [] {
    bench::v1::PutItemsResponse put;
    put.set_count(100);
    bench::v1::Shelf shelf;
    *shelf.mutable_user() = bench::SmallItem(7);
    *shelf.mutable_order() = bench::SmallItem(8);
    *shelf.mutable_ad() = bench::SmallItem(9);
    bench::v1::Ids ids;
    for (int i = 0; i < 100; ++i) ids.add_ids("item-" + std::to_string(i));
    return std::map<std::string, Reply, std::less<>>{{"/bench.v1.Store/GetItem", Framed(shelf.user())},
                                                     {"/bench.v1.Store/ListItems", Framed(bench::HundredItems())},
                                                     {"/bench.v1.Store/PutItems", Framed(put)},
                                                     {"/bench.v1.Store/GetShelf", Framed(shelf)},
                                                     {"/bench.v1.Store/ListIds", Framed(ids)},
                                                     {"/bench.v1.Store/WatchItems", Framed(shelf.user(), kStreamed)},
                                                     {"/bench.v1.Users/Get", Framed(shelf.user())},
                                                     {"/bench.v1.Orders/Get", Framed(shelf.order())},
                                                     {"/bench.v1.Ads/Get", Framed(shelf.ad())}};
  }();
  return replies;
}

nghttp2_nv Pair(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Call {
  const Reply* reply = nullptr;
  int messages = 0;  // sent whole
  size_t sent = 0;   // of the next one
};

using Clock = std::chrono::steady_clock;

class Connection;

// What the backend can do.
class Capacity {
 public:
  Capacity(size_t at_once, Clock::duration service) : at_once_(at_once), service_(service) {}

  bool bounded() const { return at_once_ > 0; }
  void Come(std::weak_ptr<Connection> connection, int32_t stream) {
    const Job job{std::move(connection), stream};
    running_.size() < at_once_ ? Begin(job, Clock::now()) : waiting_.push_back(job);
  }
  // When the next call ends.
  Clock::time_point next() const { return running_.empty() ? Clock::time_point::max() : running_.front().first; }
  void EndDue();

 private:
  struct Job {
    std::weak_ptr<Connection> connection;
    int32_t stream;
  };
  void Begin(const Job& job, Clock::time_point now) { running_.emplace_back(now + service_, job); }

  const size_t at_once_;
  const Clock::duration service_;
  std::deque<std::pair<Clock::time_point, Job>> running_;  // by their end
  std::deque<Job> waiting_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(int socket, Capacity& capacity) : socket_(socket), capacity_(capacity) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnClose);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    constexpr int kWindow = 64 << 20;
    const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 4096},
                              nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
  }
  ~Connection() {
    nghttp2_session_del(session_);
    ::close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False when the connection is over.
  bool Serve() {
    std::array<uint8_t, 64 << 10> input;
    for (;;) {
      const ssize_t count = ::recv(socket_, input.data(), input.size(), 0);
      if (count == 0) return false;
      if (count < 0) break;
      if (nghttp2_session_mem_recv(session_, input.data(), static_cast<size_t>(count)) < 0) return false;
      if (static_cast<size_t>(count) < input.size()) break;
    }
    return Flush();
  }

  // Ends a call, if its caller still waits; Flush sends it.
  void Reply(int32_t stream) {
    const auto found = calls_.find(stream);
    if (found == calls_.end()) return;
    static const std::array head{Pair(":status", "200"), Pair("content-type", "application/grpc")};
    const nghttp2_data_provider body{{.ptr = &found->second}, &ReadReply};
    nghttp2_submit_response(session_, stream, head.data(), head.size(), &body);
  }

  bool Flush() {
    for (const uint8_t* data = nullptr;;) {
      const ssize_t count = nghttp2_session_mem_send(session_, &data);
      if (count < 0) return false;
      if (count == 0) break;
      output_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
    }
    const ssize_t sent = output_.empty() ? 0 : ::send(socket_, output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) output_.erase(0, static_cast<size_t>(sent));
    return true;
  }

 private:
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value,
                      size_t value_size, uint8_t, void* self) {
    if (std::string_view(reinterpret_cast<const char*>(name), name_size) != ":path") return 0;
    const auto found = Replies().find(std::string_view(reinterpret_cast<const char*>(value), value_size));
    if (found == Replies().end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    static_cast<Connection*>(self)->calls_[frame->hd.stream_id].reply = &found->second;
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) || (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)) return 0;
    Connection& connection = *static_cast<Connection*>(self);
    if (connection.capacity_.bounded()) {
      connection.capacity_.Come(connection.weak_from_this(), frame->hd.stream_id);
    } else {
      connection.Reply(frame->hd.stream_id);
    }
    return 0;
  }

  static ssize_t ReadReply(nghttp2_session* session, int32_t stream, uint8_t* out, size_t room, uint32_t* flags,
                           nghttp2_data_source* source, void*) {
    // A message has a frame of its own, as the gRPC libraries send it.
    Call& call = *static_cast<Call*>(source->ptr);
    const std::string& message = call.reply->framed;
    const size_t count = std::min(room, message.size() - call.sent);
    std::memcpy(out, message.data() + call.sent, count);
    call.sent += count;
    if (call.sent < message.size()) return static_cast<ssize_t>(count);
    call.sent = 0;
    if (++call.messages == call.reply->count) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      static const std::array trailers{Pair("grpc-status", "0")};
      nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size());
    }
    return static_cast<ssize_t>(count);
  }

  static int OnClose(nghttp2_session*, int32_t stream, uint32_t, void* self) {
    static_cast<Connection*>(self)->calls_.erase(stream);
    return 0;
  }

  int socket_;
  Capacity& capacity_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, Call> calls_;
  std::string output_;
};

void Capacity::EndDue() {
  for (const Clock::time_point now = Clock::now(); !running_.empty() && running_.front().first <= now;) {
    const auto [ended, job] = running_.front();
    running_.pop_front();
    if (!waiting_.empty()) {
      Begin(waiting_.front(), ended);  // not later because this process woke up late
      waiting_.pop_front();
    }
    if (const auto connection = job.connection.lock()) {
      connection->Reply(job.stream);
      connection->Flush();
    }
  }
}

int Listen(uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Die("bind");
  if (::listen(listener, 128) != 0) Die("listen");
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fputs("usage: raw_backend PORT [AT_ONCE MICROSECONDS]\n", stderr);
    return 2;
  }
  const int listener = Listen(static_cast<uint16_t>(std::atoi(argv[1])));
  const int poll = ::epoll_create1(0);
  epoll_event event{EPOLLIN, {.fd = listener}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  Capacity capacity(argc == 4 ? std::strtoul(argv[2], nullptr, 10) : 0, std::chrono::microseconds(argc == 4 ? std::atol(argv[3]) : 0));
  std::unordered_map<int, std::shared_ptr<Connection>> connections;
  std::puts("ready");
  std::fflush(stdout);
  for (;;) {
    std::array<epoll_event, 64> ready;
    timespec left{};
    if (capacity.next() != Clock::time_point::max()) {
      const auto rest = std::max(capacity.next() - Clock::now(), Clock::duration(0));
      left = {std::chrono::floor<std::chrono::seconds>(rest).count(), (rest % std::chrono::seconds(1)).count()};
    }
    const int count = ::epoll_pwait2(poll, ready.data(), ready.size(), capacity.next() == Clock::time_point::max() ? nullptr : &left, nullptr);
    capacity.EndDue();
    for (int i = 0; i < count; ++i) {
      const int socket = ready[i].data.fd;
      if (socket != listener) {
        if (!connections.at(socket)->Serve()) connections.erase(socket);
        continue;
      }
      const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (accepted < 0) continue;
      const int on = 1;
      ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      connections.emplace(accepted, std::make_shared<Connection>(accepted, capacity));
      event = {EPOLLIN | EPOLLOUT | EPOLLET, {.fd = accepted}};
      ::epoll_ctl(poll, EPOLL_CTL_ADD, accepted, &event);
    }
  }
}
