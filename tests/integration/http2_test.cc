#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>

#include "shop_fixture.h"
#include "test_ca.h"

// The whole program over HTTP/2; tests/clients asks it by more clients.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

std::string Curl(std::vector<std::string> arguments) {
  std::vector<std::string> command = {"curl", "-sS", "--max-time", "20", "-w", " %{http_version} %{http_code}"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Outcome outcome = RunToEnd(std::move(command));
  return outcome.out + outcome.err;
}

TEST(Http2, CurlAsksByPriorKnowledge) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "admin: {address: \"127.0.0.1:0\"}"});
  const std::string url = "http://" + gateway.address();
  EXPECT_THAT(Curl({"--http2-prior-knowledge", url + "/v1/items/grinder"}), HasSubstr("\"Grinder\""));
  EXPECT_THAT(Curl({"--http2-prior-knowledge", url + "/v1/items/grinder"}), testing::EndsWith(" 2 200"));
  EXPECT_THAT(Curl({"--http1.1", url + "/v1/items/grinder"}), testing::EndsWith(" 1.1 200"));
  EXPECT_THAT(Curl({"--http2", url + "/v1/items/grinder"}), testing::EndsWith(" 1.1 200"));  // asks for an upgrade
  EXPECT_THAT(Curl({"--http2-prior-knowledge", url + "/nowhere"}), testing::EndsWith(" 2 404"));
  EXPECT_THAT(Curl({"--http2-prior-knowledge", "-I", url + "/v1/items/grinder"}),
              HasSubstr("content-type: application/json"));
  // An answer before the body has come, which curl must not lose.
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Curl({"--http2-prior-knowledge", "-d", "{}", url + "/v1/items"}), testing::EndsWith(" 2 405"));
  }
  TempDir folder;
  const std::string large = folder.Write("large.json", "{\"a\": \"" + std::string(5 << 20, 'x') + "\"}");
  EXPECT_THAT(Curl({"--http2-prior-knowledge", "-d", "@" + large, url + "/shop.v1.Catalog/GetItem"}),
              testing::EndsWith(" 2 404"));
  const std::string metrics = AskAdmin(gateway, "GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("dragoman_http2_connections_ended_total{why=\"resets\"} 0\n"));
  EXPECT_THAT(metrics, HasSubstr("dragoman_http2_connections_total 1"));
}

TEST(Http2, CurlChoosesItByAlpn) {
  const TestCa ca;
  const PemPair pair = ca.Issue({.dns = {"localhost"}});
  TempDir folder;
  const std::string tls = "{certificates: [{certificate: {file: \"" + folder.Write("s.crt", pair.certificate) +
                          "\"}, private_key: {file: \"" + folder.Write("s.key", pair.private_key) + "\"}}]}";
  Shop shop;
  Gateway gateway({.listeners = "[{address: \"127.0.0.1:0\", tls: " + tls + "}]", .endpoints = {shop.address()}});
  const std::string port = gateway.address().substr(gateway.address().rfind(':'));
  const std::string url = "https://localhost" + port + "/v1/items/grinder";
  const std::string trusted = folder.Write("ca.crt", ca.pem());
  for (const auto& [flag, version] :
       {std::pair("--http2", " 2 200"), std::pair("--http1.1", " 1.1 200"), std::pair("--no-alpn", " 1.1 200")}) {
    EXPECT_THAT(Curl({flag, "--cacert", trusted, "--resolve", "localhost" + port + ":127.0.0.1", url}),
                testing::EndsWith(version))
        << flag;
  }
}

int ConnectTo(const std::string& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

// One connection that always has so many requests open, until the gateway says that it takes no more.
class LoadedConnection {
 public:
  LoadedConnection(const std::string& address, std::string path, size_t at_once)
      : fd_(ConnectTo(address)), path_(std::move(path)), at_once_(at_once) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t, void* user) {
          const std::string field(name, name + name_size);
          if (field == ":status")
            static_cast<LoadedConnection*>(user)->statuses_[frame->hd.stream_id] =
                std::string(value, value + value_size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                         [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                                                           auto& self = *static_cast<LoadedConnection*>(user);
                                                           if (frame->hd.type == NGHTTP2_GOAWAY) {
                                                             self.draining_ = true;
                                                             self.last_ = frame->goaway.last_stream_id;
                                                           }
                                                           return 0;
                                                         });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           [](nghttp2_session*, int32_t id, uint32_t code, void* user) {
                                                             auto& self = *static_cast<LoadedConnection*>(user);
                                                             --self.open_;
                                                             self.codes_[id] = code;
                                                             return 0;
                                                           });
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~LoadedConnection() {
    nghttp2_session_del(session_);
    ::close(fd_);
  }
  LoadedConnection(const LoadedConnection&) = delete;

  // Goes on until `enough` is true of it, or the connection is over.
  template <typename Enough>
  void RunUntil(Enough enough) {
    while (!enough()) {
      while (!draining_ && open_ < at_once_) Submit();
      const uint8_t* bytes = nullptr;
      for (ssize_t size; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
        if (::send(fd_, bytes, static_cast<size_t>(size), MSG_NOSIGNAL) != size) return;
      }
      if (!nghttp2_session_want_read(session_)) return;
      uint8_t room[16 << 10];
      const ssize_t got = ::recv(fd_, room, sizeof room, 0);
      if (got <= 0) return;
      ASSERT_EQ(nghttp2_session_mem_recv(session_, room, static_cast<size_t>(got)), got);
    }
  }
  size_t answered() const { return statuses_.size(); }
  // Nothing is open, the gateway has said goodbye in two steps, and each request that it has accepted was answered well. How many those were.
  size_t ExpectOrderlyEnd() const {
    EXPECT_EQ(open_, 0u);
    EXPECT_LT(last_, 0x7fffffff);
    size_t accepted = 0;
    for (const auto& [id, code] : codes_) {
      if (id > last_) continue;
      ++accepted;
      const auto status = statuses_.find(id);
      EXPECT_EQ(status == statuses_.end() ? "none" : status->second, "200") << "stream " << id << ", code " << code;
    }
    return accepted;
  }

 private:
  void Submit() {
    const auto pair = [](std::string_view name, std::string_view value) {
      const auto bytes = [](std::string_view text) {
        return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
      };
      return nghttp2_nv{bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    };
    const nghttp2_nv fields[] = {pair(":method", "GET"), pair(":scheme", "http"), pair(":path", path_),
                                 pair(":authority", "a"), pair("x-shop-delay", "20ms")};
    ASSERT_GT(nghttp2_submit_request(session_, nullptr, fields, std::size(fields), nullptr, nullptr), 0);
    ++open_;
  }

  int fd_;
  std::string path_;
  size_t at_once_;
  nghttp2_session* session_ = nullptr;
  size_t open_ = 0;
  bool draining_ = false;
  int32_t last_ = 0x7fffffff;
  std::map<int32_t, std::string> statuses_;
  std::map<int32_t, uint32_t> codes_;
};

TEST(Http2, DrainUnderLoadLosesNoRequestThatWasAccepted) {
  Shop shop;
  auto gateway = std::make_unique<Gateway>(
      GatewayOptions{.endpoints = {shop.address()}, .more = "forward_headers: [x-shop-delay]"});
  LoadedConnection client(gateway->address(), "/v1/orders/1001", 32);
  client.RunUntil([&] { return client.answered() >= 200; });
  gateway->process().Signal(SIGTERM);
  client.RunUntil([] { return false; });
  EXPECT_EQ(gateway->process().Wait(), 0);
  const size_t accepted = client.ExpectOrderlyEnd();
  EXPECT_GE(accepted, 200u);
  gateway.reset();
  // What was not accepted did not reach the backend either.
  Gateway other({.endpoints = {shop.address()}});
  EXPECT_EQ(Stat(other, "Orders/GetOrder", "started"), static_cast<long>(accepted));
}

TEST(Http2, AConfigurationThatChangesUnderLoadLosesNoRequestThatWasAccepted) {
  Shop shop;
  GatewayOptions options{.endpoints = {shop.address()}, .more = "forward_headers: [x-shop-delay]"};
  Gateway gateway(options);
  LoadedConnection client(gateway.address(), "/v1/orders/1001", 32);
  client.RunUntil([&] { return client.answered() >= 200; });
  options.timeout = "9s";
  std::ofstream(gateway.config()) << ConfigText(options);
  gateway.process().Signal(SIGHUP);
  client.RunUntil([] { return false; });
  const size_t accepted = client.ExpectOrderlyEnd();
  EXPECT_GE(accepted, 200u);
  EXPECT_TRUE(gateway.process().WaitForOutput("configuration_taken "));
  EXPECT_EQ(Stat(gateway, "Orders/GetOrder", "started"), static_cast<long>(accepted));
}

}  // namespace
}  // namespace dragoman::integration
