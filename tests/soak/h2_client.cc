#include "h2_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace dragoman::soak {
namespace {

nghttp2_nv Pair(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view View(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

}  // namespace

// One request and its response.
struct H2Client::Exchange {
  std::string body;  // of the request, not sent yet
  bool ended = false;
  Response response;
};

H2Client::H2Client(const std::string& gateway_address) {
  sockaddr_in to{};
  const size_t colon = gateway_address.rfind(':');
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(gateway_address.substr(colon + 1))));
  inet_pton(AF_INET, gateway_address.substr(0, colon).c_str(), &to.sin_addr);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{integration::kPatience.count(), 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);  // what fails shows in the answers, which do not come

  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                    const uint8_t* value, size_t value_size, uint8_t, void* self) {
        const auto found = static_cast<H2Client*>(self)->exchanges_.find(frame->hd.stream_id);
        if (found == static_cast<H2Client*>(self)->exchanges_.end()) return 0;
        Response& response = found->second->response;
        if (View(name, name_size) == ":status")
          response.status = std::atoi(std::string(View(value, value_size)).c_str());
        if (View(name, name_size) == "x-request-id") response.request_id = View(value, value_size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t size, void* self) {
        const auto found = static_cast<H2Client*>(self)->exchanges_.find(stream);
        if (found != static_cast<H2Client*>(self)->exchanges_.end()) found->second->response.body += View(data, size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, int32_t stream, uint32_t code, void* self) {
        const auto found = static_cast<H2Client*>(self)->exchanges_.find(stream);
        if (found == static_cast<H2Client*>(self)->exchanges_.end()) return 0;
        found->second->response.over = true;
        found->second->response.reset = code;
        return 0;
      });
  nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
}

H2Client::~H2Client() {
  nghttp2_session_del(session_);
  if (fd_ >= 0) ::close(fd_);
}

int32_t H2Client::Begin(std::string_view http_method, std::string_view target, std::string_view request_id,
                        std::string_view body, End end) {
  auto exchange = std::make_unique<Exchange>();
  exchange->body = body;
  exchange->ended = end == End::kNow;
  const std::array head{Pair(":method", http_method), Pair(":scheme", "http"), Pair(":authority", "gateway.test"),
                        Pair(":path", target), Pair("x-request-id", request_id)};
  const bool bodyless = body.empty() && exchange->ended;
  const nghttp2_data_provider provider{{.ptr = exchange.get()}, &ReadBody};
  const int32_t stream =
      nghttp2_submit_request(session_, nullptr, head.data(), head.size(), bodyless ? nullptr : &provider, nullptr);
  exchanges_[stream] = std::move(exchange);
  Send();
  return stream;
}

void H2Client::Say(int32_t stream, std::string_view bytes, End end) {
  Exchange& exchange = *exchanges_.at(stream);
  exchange.body += bytes;
  exchange.ended = end == End::kNow;
  nghttp2_session_resume_data(session_, stream);
  Send();
}

void H2Client::Reset(int32_t stream) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
  Send();
}

const H2Client::Response& H2Client::Await(int32_t stream, size_t body_bytes) {
  const Response& response = exchanges_.at(stream)->response;
  while (!response.over && response.body.size() < body_bytes && Receive()) {
  }
  return response;
}

ssize_t H2Client::ReadBody(nghttp2_session*, int32_t, uint8_t* out, size_t room, uint32_t* flags,
                           nghttp2_data_source* source, void*) {
  Exchange& exchange = *static_cast<Exchange*>(source->ptr);
  const size_t count = std::min(room, exchange.body.size());
  std::memcpy(out, exchange.body.data(), count);
  exchange.body.erase(0, count);
  if (exchange.body.empty() && exchange.ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (count == 0 && !exchange.ended) return NGHTTP2_ERR_DEFERRED;
  return static_cast<ssize_t>(count);
}

bool H2Client::Send() {
  for (const uint8_t* data = nullptr;;) {
    const ssize_t count = nghttp2_session_mem_send(session_, &data);
    if (count <= 0) return count == 0;
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t n = ::send(fd_, data + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += n;
    }
  }
}

bool H2Client::Receive() {
  std::array<uint8_t, 16384> input;
  const ssize_t count = ::recv(fd_, input.data(), input.size(), 0);
  return count > 0 && nghttp2_session_mem_recv(session_, input.data(), static_cast<size_t>(count)) >= 0 && Send();
}

}  // namespace dragoman::soak
