#include "http/connection_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "server_fixture.h"
#include "test_ca.h"
#include "tls_client.h"

namespace dragoman::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Remembers whom it was asked for, and shuts some out.
class FakeGate final : public ConnectionGate {
 public:
  void ShutOut(const std::string& address) {
    const std::lock_guard lock(mutex_);
    shut_out_.insert(address);
  }
  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }

  bool Admit(const config::IpAddress& address, TimePoint now) override {
    EXPECT_GT(now, TimePoint{});
    const std::string text(address.ToText().view());
    const std::lock_guard lock(mutex_);
    const bool admitted = !shut_out_.contains(text);
    events_.push_back((admitted ? "admit " : "refuse ") + text);
    return admitted;
  }
  void Ended(const config::IpAddress& address) override {
    const std::lock_guard lock(mutex_);
    events_.push_back("ended " + std::string(address.ToText().view()));
  }

 private:
  std::mutex mutex_;
  std::set<std::string> shut_out_;
  std::vector<std::string> events_;
};

constexpr const char* kGet = "GET /address HTTP/1.0\r\n\r\n";

class ConnectionGateTest : public ServerTest {
 protected:
  ConnectionGateTest() { gate_ = &fake_; }
  ~ConnectionGateTest() override { Stop(); }  // before the gate is gone
  FakeGate fake_;
};

TEST_F(ConnectionGateTest, IsToldOfEveryConnectionAndOfItsEnd) {
  Start();
  EXPECT_EQ(StatusOf(RoundTrip(kGet)), 200);
  EXPECT_EQ(StatusOf(RoundTrip("garbage\r\n\r\n")), 400);
  WaitDrained();
  EXPECT_THAT(fake_.events(), ElementsAre("admit 127.0.0.1", "ended 127.0.0.1", "admit 127.0.0.1", "ended 127.0.0.1"));
  EXPECT_EQ(counters().accepted.Get(), 2u);
  EXPECT_EQ(counters().refused_by_gate.Get(), 0u);
}

TEST_F(ConnectionGateTest, ResetsWhomItDoesNotAdmit) {
  fake_.ShutOut("127.0.0.1");
  Start();
  for (int i = 0; i < 3; ++i) {
    Client client(address());
    EXPECT_EQ(client.ReadAll(), "!reset");
  }
  EXPECT_THAT(fake_.events(), ElementsAre("refuse 127.0.0.1", "refuse 127.0.0.1", "refuse 127.0.0.1"));
  EXPECT_EQ(counters().accepted.Get(), 3u);
  EXPECT_EQ(counters().refused_by_gate.Get(), 3u);
  EXPECT_THAT(log_.all(), IsEmpty());
}

TEST_F(ConnectionGateTest, ResetsBeforeTls) {
  static const TestCa ca;
  const PemPair pair = ca.Issue({.dns = {"shop.example"}});
  const auto text = [](const std::string& pem) { return config::TextSource{config::TextSource::Kind::kText, pem, {}}; };
  config::ListenerTls tls;
  tls.certificates = {{text(pair.certificate), text(pair.private_key)}};
  fake_.ShutOut("127.0.0.1");
  Start({}, "127.0.0.1:0", tls::ServerContext::Build(tls).value());
  Client client(address());
  EXPECT_EQ(client.ReadAll(), "!reset");
  EXPECT_EQ(counters().failed_handshakes.Get(), 0u);
}

TEST_F(ConnectionGateTest, IsNotAskedForUnixSockets) {
  Start({}, "unix:" + testing::TempDir() + "gate_test_" + std::to_string(::getpid()) + ".sock");
  EXPECT_EQ(BodyOf(RoundTrip(kGet)), "unix");
  EXPECT_THAT(fake_.events(), IsEmpty());
}

TEST_F(ConnectionGateTest, IsAskedForWhomTheProxyHeaderNames) {
  fake_.ShutOut("192.0.2.8");
  proxy_protocol_.expected = true;
  Start();
  EXPECT_EQ(BodyOf(RoundTrip(std::string("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n") + kGet)), "192.0.2.7 1");
  WaitDrained();
  Client refused(address());
  refused.Send(std::string("PROXY TCP4 192.0.2.8 127.0.0.1 1 2\r\n") + kGet);
  EXPECT_EQ(refused.ReadAll(), "!reset");
  EXPECT_THAT(fake_.events(), ElementsAre("admit 192.0.2.7", "ended 192.0.2.7", "refuse 192.0.2.8"));
  EXPECT_EQ(counters().refused_by_gate.Get(), 1u);
  EXPECT_EQ(counters().refused_proxy_headers.Get(), 0u);
}

TEST_F(ConnectionGateTest, IsNotAskedWhereThereIsNoProxyHeader) {
  proxy_protocol_.expected = true;
  Start();
  EXPECT_EQ(RoundTrip(kGet), "");
  EXPECT_THAT(fake_.events(), IsEmpty());
}

}  // namespace
}  // namespace dragoman::http
