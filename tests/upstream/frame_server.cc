#include "frame_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>

namespace dragoman::frames {
namespace {

nghttp2_nv Pair(const std::pair<std::string, std::string>& header) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(header.first.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(header.second.data())), header.first.size(),
          header.second.size(), NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> Pairs(const Headers& headers) {
  std::vector<nghttp2_nv> pairs;
  for (const auto& header : headers) pairs.push_back(Pair(header));
  return pairs;
}

}  // namespace

std::string Framed(std::string_view message, char flag) {
  const size_t size = message.size();
  std::string framed = {flag, static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                        static_cast<char>(size >> 8), static_cast<char>(size)};
  return framed.append(message);
}

FrameConnection::FrameConnection(FrameServer& server, int socket, int number)
    : server_(server), socket_(socket), number_(number) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) ++static_cast<FrameConnection*>(user)->open_;
        return 0;
      });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                    const uint8_t* value, size_t value_size, uint8_t, void* user) {
        auto& self = *static_cast<FrameConnection*>(user);
        self.requests_[frame->hd.stream_id].headers[std::string(name, name + name_size)] =
            std::string(value, value + value_size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* user) {
        static_cast<FrameConnection*>(user)->requests_[id].body.append(bytes, bytes + size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        auto& self = *static_cast<FrameConnection*>(user);
        const int32_t id = frame->hd.stream_id;
        if (frame->hd.type == NGHTTP2_RST_STREAM) {
          self.requests_[id].reset = frame->rst_stream.error_code;
          self.server_.Log("reset " + self.server_.Name(self, id) + " " +
                           nghttp2_http2_strerror(frame->rst_stream.error_code));
        } else if (frame->hd.type == NGHTTP2_GOAWAY) {
          self.server_.Log("goaway " + std::to_string(self.number_));
        } else if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK)) {
          self.server_.Log("pong " + std::to_string(self.number_));
        }
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        Request& request = self.requests_[id];
        request.id = id;
        if (frame->hd.type == NGHTTP2_HEADERS) {
          self.server_.Log("headers " + self.server_.Name(self, id) + " " + request.headers[":path"]);
          if (self.server_.script_.on_headers) self.server_.script_.on_headers(self, request);
        }
        if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
          request.ended = true;
          self.server_.Log("request " + self.server_.Name(self, id) + " " + request.headers[":path"]);
          if (self.server_.script_.on_request) self.server_.script_.on_request(self, request);
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                         [](nghttp2_session*, int32_t id, uint32_t, void* user) {
                                                           auto& self = *static_cast<FrameConnection*>(user);
                                                           self.replies_[id].frames.clear();
                                                           --self.open_;
                                                           return 0;
                                                         });
  nghttp2_session_callbacks_set_select_padding_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, size_t most, void* user) {
        const size_t padding = static_cast<FrameConnection*>(user)->server_.script_.padding;
        const bool padded = frame->hd.type == NGHTTP2_DATA;
        return static_cast<ssize_t>(padded ? std::min(most, frame->hd.length + padding) : frame->hd.length);
      });
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_auto_window_update(options, server_.script_.stingy ? 1 : 0);
  nghttp2_session_server_new2(&session_, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  if (!server_.script_.silent) {
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, server_.script_.settings.data(),
                            server_.script_.settings.size());
  }
}

FrameConnection::~FrameConnection() {
  nghttp2_session_del(session_);
  ::close(socket_);
}

bool FrameConnection::OnReadable() {
  char bytes[64 << 10];
  const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  ++reads_;
  if (server_.script_.silent) return true;
  return nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes), static_cast<size_t>(count)) >= 0;
}

bool FrameConnection::Flush() {
  while (!closed_) {
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size <= 0) break;
    Raw({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
  }
  return !closed_;
}

void FrameConnection::Raw(std::string_view bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      closed_ = true;
      return;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void FrameConnection::Frame(uint8_t type, uint8_t flags, int32_t id, std::string_view payload) {
  Flush();
  Raw(FrameBytes(type, flags, id, payload));
}

void FrameConnection::RawHeaders(int32_t id, const Headers& headers, uint8_t flags) {
  constexpr size_t kMost = 16384;  // bytes of a frame
  const std::string block = Block(headers);
  if (block.size() <= kMost) return Frame(NGHTTP2_HEADERS, flags, id, block);
  constexpr uint8_t kEnd = NGHTTP2_FLAG_END_HEADERS;
  Frame(NGHTTP2_HEADERS, static_cast<uint8_t>(flags & ~kEnd), id, block.substr(0, kMost));
  for (size_t at = kMost; at < block.size(); at += kMost) {
    const bool last = block.size() - at <= kMost;
    Frame(NGHTTP2_CONTINUATION, last ? flags & kEnd : 0, id, block.substr(at, kMost));
  }
}

void FrameConnection::Informational(int32_t id, Headers headers) {
  const auto pairs = Pairs(headers);
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, pairs.data(), pairs.size(), nullptr);
}

void FrameConnection::Head(int32_t id, Headers headers) {
  if (headers.empty()) headers = {{":status", "200"}, {"content-type", "application/grpc"}};
  nghttp2_data_provider provider{};
  provider.read_callback = [](nghttp2_session* session, int32_t stream, uint8_t* buffer, size_t length, uint32_t* flags,
                              nghttp2_data_source*, void* user) -> ssize_t {
    Outgoing& reply = static_cast<FrameConnection*>(user)->replies_[stream];
    size_t size = 0;
    if (!reply.frames.empty()) {
      const std::string& first = reply.frames.front();
      size = std::min(first.size() - reply.at, length);
      std::memcpy(buffer, first.data() + reply.at, size);
      reply.at += size;
      if (reply.at == first.size()) {
        reply.frames.pop_front();
        reply.at = 0;
      }
    } else if (!reply.ended) {
      reply.deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    reply.sent += size;
    if (reply.frames.empty() && reply.ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!reply.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto pairs = Pairs(reply.trailers);
        nghttp2_submit_trailer(session, stream, pairs.data(), pairs.size());
      }
    }
    return static_cast<ssize_t>(size);
  };
  const auto pairs = Pairs(headers);
  nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), &provider);
}

void FrameConnection::HeadOnly(int32_t id, Headers headers) {
  const auto pairs = Pairs(headers);
  nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), nullptr);
}

void FrameConnection::Resume(int32_t id) {
  if (std::exchange(replies_[id].deferred, false)) nghttp2_session_resume_data(session_, id);
}

void FrameConnection::Data(int32_t id, std::string bytes) {
  replies_[id].frames.push_back(std::move(bytes));
  Resume(id);
}

void FrameConnection::Trailers(int32_t id, Headers trailers) {
  replies_[id].trailers = std::move(trailers);
  End(id);
}

void FrameConnection::End(int32_t id) {
  replies_[id].ended = true;
  Resume(id);
}

void FrameConnection::Reply(int32_t id, std::string_view message) {
  Head(id);
  Data(id, Framed(message));
  Trailers(id);
}

void FrameConnection::Reset(int32_t id, uint32_t code) {
  Flush();  // what was said before goes out before
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code);
}

void FrameConnection::GoAway(int32_t last_id, uint32_t code) {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_id, code, nullptr, 0);
}

void FrameConnection::Settings(std::vector<nghttp2_settings_entry> settings) {
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
}

void FrameConnection::OpenWindow(int32_t id, int32_t bytes) {
  nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, id, bytes);
}

void FrameConnection::Ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

void FrameConnection::Close() {
  Flush();
  closed_ = true;
}

FrameServer::FrameServer(Script script, std::function<void()> on_event)
    : script_(std::move(script)), on_event_(std::move(on_event)) {
  if (script_.unix_path.empty()) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  } else {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, script_.unix_path.c_str(), sizeof address.sun_path - 1);
    ::unlink(script_.unix_path.c_str());
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ::listen(listener_, 128);
  if (::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  thread_ = std::thread([this] { Run(); });
}

FrameServer::~FrameServer() {
  Post([this] { stop_ = true; });
  thread_.join();
  if (listener_ >= 0) ::close(listener_);
  ::close(wake_[0]);
  ::close(wake_[1]);
  if (!script_.unix_path.empty()) ::unlink(script_.unix_path.c_str());
}

std::string FrameServer::address() const {
  return script_.unix_path.empty() ? "127.0.0.1:" + std::to_string(port_) : "unix:" + script_.unix_path;
}

void FrameServer::Run() {
  while (!stop_) {
    std::vector<pollfd> polled = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& connection : connections_) polled.push_back({connection && !connection->deaf_ ? connection->socket_ : -1, POLLIN, 0});
    ::poll(polled.data(), polled.size(), -1);
    if (polled[0].revents) {
      char drained[64];
      while (::read(wake_[0], drained, sizeof drained) > 0) {
      }
    }
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock(mutex_);
      work.swap(work_);
    }
    for (const auto& each : work) each();
    if (polled[1].revents) Accept();
    for (size_t i = 0; i < connections_.size(); ++i) {
      if (!connections_[i]) continue;
      const bool readable = i + 2 < polled.size() && polled[i + 2].revents != 0;
      bool alive = !readable || connections_[i]->OnReadable();
      alive = connections_[i]->Flush() && alive;
      if (alive) continue;
      connections_[i].reset();
      Log("close " + std::to_string(i));
    }
  }
  connections_.clear();
}

void FrameServer::Accept() {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) return;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};  // with a client that has stopped reading
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int number = static_cast<int>(connections_.size());
  connections_.emplace_back(new FrameConnection(*this, socket, number),
                            [](FrameConnection* connection) { delete connection; });
  Log("accept " + std::to_string(number));
  if (script_.on_accept) script_.on_accept(*connections_.back());
}

void FrameServer::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  (void)!::write(wake_[1], "x", 1);
}

void FrameServer::With(int number, std::function<void(FrameConnection&)> work) {
  std::promise<void> done;
  Post([&] {
    if (connections_.at(static_cast<size_t>(number))) work(*connections_[static_cast<size_t>(number)]);
    done.set_value();
  });
  done.get_future().wait();
}

void FrameServer::StopListening() {
  std::promise<void> done;
  Post([&] {
    ::close(std::exchange(listener_, -1));
    done.set_value();
  });
  done.get_future().wait();
}

void FrameServer::Log(std::string event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  happened_.notify_all();
  if (on_event_) on_event_();
}

std::string FrameServer::Name(const FrameConnection& connection, int32_t id) const {
  return connection.number_ == 0 ? std::to_string(id) : std::to_string(connection.number_) + ":" + std::to_string(id);
}

std::vector<std::string> FrameServer::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

size_t FrameServer::Count(std::string_view event) const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(
      std::count_if(events_.begin(), events_.end(), [&](const auto& each) { return each.starts_with(event); }));
}

bool FrameServer::WaitFor(std::string_view event, size_t count) {
  std::unique_lock lock(mutex_);
  return happened_.wait_for(lock, std::chrono::seconds(10), [&] {
    return static_cast<size_t>(std::count_if(events_.begin(), events_.end(), [&](const auto& each) {
             return each.starts_with(event);
           })) >= count;
  });
}

size_t FrameServer::open_streams() {
  size_t open = 0;
  std::promise<void> done;
  Post([&] {
    for (const auto& connection : connections_) open += connection ? connection->open_ : 0;
    done.set_value();
  });
  done.get_future().wait();
  return open;
}

}  // namespace dragoman::frames
