#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test_ca.h"
#include "tls/context.h"
#include "tls_relay.h"
#include "upstream_fixture.h"

// Calls over TLS: the frame server behind a relay that speaks it.
namespace dragoman::upstream {
namespace {

using testing::ElementsAre;

config::TextSource Text(std::string text) { return {config::TextSource::Kind::kText, std::move(text), {}}; }

const TestCa& Ca() {
  static const TestCa ca;
  return ca;
}

PemPair ServerCertificate() { return Ca().Issue({.dns = {"shop.internal"}, .addresses = {"127.0.0.1"}}); }

class UpstreamTlsTest : public UpstreamTest {
 protected:
  static config::ClientTls Trusting(const std::string& server_name = {}) {
    return {.ca = Text(Ca().pem()), .server_name = server_name};
  }

  std::unique_ptr<Backend> ShopByTls(const std::string& endpoint, const config::ClientTls& tls = Trusting(),
                                     BackendOptions options = {.audience = Audience::kOperators}) {
    auto context = tls::ClientContext::Build(tls, tls::ClientContext::Protocol::kHttp2);
    EXPECT_TRUE(context);
    config::Backend backend;
    backend.name = "shop";
    backend.endpoints.push_back({endpoint, {}});
    return MakeBackend(loop_, side_thread_, backend, options, *context);
  }

  std::string WhyNot(const Outcome& outcome, const std::string& address) {
    EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
    const std::string prefix = "backend \"shop\": cannot connect to " + address + ": ";
    const std::string message(outcome.status.message());
    EXPECT_THAT(message, testing::StartsWith(prefix));
    return message.size() > prefix.size() ? message.substr(prefix.size()) : message;
  }
};

TEST_F(UpstreamTlsTest, CallsWithHttpsAsScheme) {
  std::string scheme;
  FrameServer server(loop_, Does([&](FrameConnection& connection, FrameConnection::Request& request) {
                       scheme = request.headers[":scheme"];
                       connection.Reply(request.id, std::string_view(request.body).substr(kMessagePrefix));
                     }));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsRelay relay(server.address(), {.certificate = ServerCertificate(), .max_version = version});
    const auto shop = ShopByTls(relay.address());
    for (int i = 0; i < 3; ++i) {
      const Outcome outcome = Run(*shop, server);
      EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
      EXPECT_THAT(outcome.messages, ElementsAre("hello"));
    }
    EXPECT_EQ(scheme, "https");
    EXPECT_THAT(relay.server_names(), ElementsAre(""));  // one connection; an address is no server name
    shop->Close();
  }
}

TEST_F(UpstreamTlsTest, CarriesLargeMessagesBothWays) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = ServerCertificate()});
  const auto shop = ShopByTls(relay.address());
  std::string large(3'000'000, 'x');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 13);
  const Outcome outcome = Run(*shop, server, {.message = large});
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_TRUE(outcome.messages.at(0) == large);
  shop->Close();
}

TEST_F(UpstreamTlsTest, ReadsRecordsThatComeByteByByte) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = ServerCertificate(), .piece = 1});
  const auto shop = ShopByTls(relay.address());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Run(*shop, server).messages, ElementsAre("hello"));
  shop->Close();
}

TEST_F(UpstreamTlsTest, MakesManyCallsAtOnceOnOneConnection) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = ServerCertificate()});
  const auto shop = ShopByTls(relay.address());
  std::vector<Outcome> outcomes(50);
  for (size_t i = 0; i < outcomes.size(); ++i) Spawn(*shop, outcomes[i], {.message = std::string(20'000, 'a')});
  ASSERT_TRUE(server.RunUntil([&] { return std::ranges::all_of(outcomes, &Outcome::done); }));
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.messages.at(0).size(), 20'000u);
  EXPECT_EQ(relay.server_names().size(), 1u);
  shop->Close();
}

TEST_F(UpstreamTlsTest, AsksForTheConfiguredServerName) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = Ca().Issue({.dns = {"shop.internal"}})});
  const auto shop = ShopByTls(relay.address(), Trusting("shop.internal"));
  EXPECT_TRUE(Run(*shop, server).status.ok());
  EXPECT_THAT(relay.server_names(), ElementsAre("shop.internal"));
  shop->Close();
}

TEST_F(UpstreamTlsTest, ShowsItsCertificate) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = ServerCertificate(), .client_ca = Ca().pem()});
  const PemPair gateway = Ca().Issue({.common_names = {"gateway"}});
  config::ClientTls tls = Trusting();
  tls.certificate = {Text(gateway.certificate), Text(gateway.private_key)};
  const auto shop = ShopByTls(relay.address(), tls);
  EXPECT_TRUE(Run(*shop, server).status.ok());
  EXPECT_THAT(relay.clients(), ElementsAre("gateway"));
  shop->Close();
}

TEST_F(UpstreamTlsTest, SaysWhyThereIsNoConnection) {
  static const TestCa other("Other CA");
  const struct {
    const char* name;
    TlsRelay::Options relay;
    std::string server_name;
    const char* expected;
  } kCases[] = {
      {"expired",
       {.certificate = Ca().Issue({.addresses = {"127.0.0.1"}, .valid_from = -7200, .valid_until = -60})},
       "",
       "certificate verify failed: certificate has expired"},
      {"another CA",
       {.certificate = other.Issue({.addresses = {"127.0.0.1"}})},
       "",
       "certificate verify failed: unable to get local issuer certificate"},
      {"another name",
       {.certificate = Ca().Issue({.dns = {"a.example"}})},
       "shop.internal",
       "the certificate is for \"a.example\", not for \"shop.internal\""},
      {"another address",
       {.certificate = Ca().Issue({.dns = {"shop.internal"}})},
       "",
       "the certificate is for \"shop.internal\", not for \"127.0.0.1\""},
      {"no ALPN", {.certificate = ServerCertificate(), .protocol = ""}, "", "it does not offer h2 (ALPN)"},
      {"HTTP/1.1 only",
       {.certificate = ServerCertificate(), .protocol = "http/1.1"},
       "",
       "there is no protocol in common (ALPN)"},
      {"old TLS",
       {.certificate = ServerCertificate(), .max_version = TLS1_1_VERSION},
       "",
       "there is no TLS version in common"},
      {"no certificate shown",
       {.certificate = ServerCertificate(), .client_ca = Ca().pem()},
       "",
       "it sent the TLS alert \"certificate required\""},
  };
  FrameServer server(loop_, Echo());
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    TlsRelay relay(server.address(), c.relay);
    const auto shop = ShopByTls(relay.address(), Trusting(c.server_name));
    EXPECT_EQ(WhyNot(Run(*shop, server), relay.address()), c.expected);
    shop->Close();
  }
  EXPECT_EQ(server.Count("request"), 0u);
}

// What a certificate says may be internal names.
TEST_F(UpstreamTlsTest, TellsClientsNotWhyAHandshakeFailed) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = Ca().Issue({.dns = {"shop.internal"}})});
  const auto shop = ShopByTls(relay.address(), Trusting(), {});
  testing::internal::CaptureStderr();
  EXPECT_EQ(Run(*shop, server).status.message(), "backend \"shop\": cannot connect: the TLS handshake failed");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("address=" + relay.address() +
                                 " error=\"the certificate is for \\\"shop.internal\\\", not for \\\"127.0.0.1\\\"\""));
  shop->Close();
}

TEST_F(UpstreamTlsTest, SaysThatAServerDoesNotSpeakTls) {
  FrameServer server(loop_,
                     {.on_accept = [](FrameConnection& connection) { connection.Raw("HTTP/1.1 400 Bad\r\n\r\n"); }});
  const auto shop = ShopByTls(server.address());
  EXPECT_EQ(WhyNot(Run(*shop, server), server.address()), "it does not speak TLS");
  shop->Close();
}

TEST_F(UpstreamTlsTest, WaitsForAHandshakeNoLongerThanForAConnection) {
  FrameServer server(loop_, Echo());
  TlsRelay relay(server.address(), {.certificate = ServerCertificate(), .silent = true});
  const auto shop = ShopByTls(relay.address(), Trusting(),
                              {.connect_timeout = std::chrono::milliseconds(30), .audience = Audience::kOperators});
  EXPECT_EQ(WhyNot(Run(*shop, server), relay.address()), "no end of the TLS handshake within 30 ms");
  shop->Close();
}

TEST_F(UpstreamTlsTest, FailsCallsWhoseConnectionIsCutOff) {
  FrameServer server(loop_, Idle());
  TlsRelay relay(server.address(), {.certificate = ServerCertificate()});
  const auto shop = ShopByTls(relay.address());
  Outcome outcome;
  Spawn(*shop, outcome);
  ASSERT_TRUE(server.RunUntil([&] { return server.Saw("request 1"); }));
  relay.CutAll();
  ASSERT_TRUE(server.RunUntil([&] { return outcome.done; }));
  EXPECT_EQ(outcome.status.reason(), Reason::kBackendUnavailable);
  EXPECT_THAT(std::string(outcome.status.message()), testing::HasSubstr("during the call"));
  shop->Close();
}

}  // namespace
}  // namespace dragoman::upstream
