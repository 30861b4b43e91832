#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "server_fixture.h"
#include "test_ca.h"
#include "tls/context.h"
#include "tls_client.h"

namespace dragoman::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

config::TextSource Text(std::string text) { return {config::TextSource::Kind::kText, std::move(text), {}}; }
config::KeyPair Pair(const PemPair& pair) { return {Text(pair.certificate), Text(pair.private_key)}; }

const TestCa& Ca() {
  static const TestCa ca;
  return ca;
}

std::string Get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

class TlsServerTest : public ServerTest {
 protected:
  void StartTls(config::ListenerTls tls = {}, const config::Limits& limits = {}) {
    if (tls.certificates.empty()) {
      tls.certificates = {Pair(Ca().Issue({.common_names = {"shop"}, .dns = {"shop.example", "*.shop.example"}})),
                          Pair(Ca().Issue({.common_names = {"pay"}, .dns = {"pay.example"}}))};
    }
    auto built = tls::ServerContext::Build(tls);
    ASSERT_TRUE(built) << built.error().front().what;
    Start(limits, "127.0.0.1:0", *built);
  }
  static TlsClient::Options Shop() { return {.ca = Ca().pem(), .server_name = "shop.example"}; }
};

constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

TEST_F(TlsServerTest, ServesRequestsOnOneConnection) {
  StartTls();
  for (const int version : kVersions) {
    TlsClient::Options options = Shop();
    options.max_version = version;
    TlsClient client(address(), options);
    ASSERT_TRUE(client.Handshake()) << client.error();
    for (int i = 0; i < 3; ++i) {
      client.Send(Get("/peer"));
      const std::string response = client.ReadResponse();
      EXPECT_EQ(StatusOf(response), 200);
      EXPECT_EQ(BodyOf(response), "https without certificate");
    }
  }
  EXPECT_EQ(counters().failed_handshakes.Get(), 0u);
}

TEST_F(TlsServerTest, ServesPipelinedRequestsOfOneRecord) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  std::string many;
  for (int i = 0; i < 100; ++i) many += Get("/peer");
  client.Send(many);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(StatusOf(client.ReadResponse()), 200) << i;
}

TEST_F(TlsServerTest, ReadsHandshakeAndRecordsByteByByte) {
  StartTls();
  for (const int version : kVersions) {
    TlsClient::Options options = Shop();
    options.max_version = version;
    options.piece = 1;
    TlsClient client(address(), options);
    ASSERT_TRUE(client.Handshake()) << client.error();
    for (int i = 0; i < 2; ++i) {
      client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
      client.Send("lo");
      EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /echo a [hello]");
    }
  }
}

TEST_F(TlsServerTest, CarriesLargeBodiesBothWays) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  const std::string body(3'000'000, 'b');
  client.Send("POST /pieces HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  client.Send(body);
  EXPECT_THAT(BodyOf(client.ReadResponse()), StartsWith("3000000 bbb"));
  client.Send(Get("/big?5000000"));
  EXPECT_EQ(BodyOf(client.ReadResponse()), std::string(5'000'000, 'x'));
}

TEST_F(TlsServerTest, StreamsChunks) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  client.Send("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadAll()), "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
  EXPECT_TRUE(client.ended_orderly());
}

// Records are read while others wait to be written.
TEST_F(TlsServerTest, ReadsAnUploadWhileTheReplyWaits) {
  constexpr size_t kReply = 8 << 20;
  constexpr size_t kUpload = 12 << 20;
  SetScript([this](Exchange& exchange) -> Task<void> {
    Signal read;
    const ResponseHead head{.status = 200, .content_type = "text/plain", .headers = {}};
    const std::string reply(kReply, 'r');
    Status status = co_await exchange.BeginReply(head, {});
    exchange.loop().Spawn([](Exchange& reading, Signal& ended) -> Task<void> {
      for (;;) {
        const Result<std::string_view> piece = co_await reading.ReadBodyPiece(Exchange::Patience::kEndless);
        if (!piece || piece->empty()) break;
      }
      ended.Notify();
    }(exchange, read));
    status = co_await exchange.WriteReply(reply);
    co_await read.Wait();
    log_.Add(std::to_string(exchange.request_bytes()) + " read");
    (void)co_await exchange.FinishReply("end");
  });
  StartTls();
  for (const int version : kVersions) {
    TlsClient::Options options = Shop();
    options.max_version = version;
    TlsClient client(address(), options);
    ASSERT_TRUE(client.Handshake()) << client.error();
    client.Send("POST /script HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " + std::to_string(kUpload) + "\r\n\r\n");
    for (size_t sent = 0; sent < kUpload; sent += 1 << 20) client.Send(std::string(1 << 20, 'u'));
    const std::string response = client.ReadAll();
    EXPECT_NE(response.find("\r\n800000\r\n" + std::string(kReply, 'r') + "\r\n"), std::string::npos) << response.size();
    EXPECT_THAT(response, testing::EndsWith("3\r\nend\r\n0\r\n\r\n"));
  }
  EXPECT_THAT(log_.all(), testing::Contains(std::to_string(kUpload) + " read").Times(2));
}

TEST_F(TlsServerTest, ChoosesTheCertificateByServerName) {
  StartTls();
  const struct {
    const char* name;
    const char* expected;
  } kCases[] = {
      {"shop.example", "shop"}, {"www.shop.example", "shop"}, {"WWW.Shop.Example", "shop"}, {"pay.example", "pay"},
      {"PAY.example", "pay"},   {"other.example", "shop"},    {"a.b.shop.example", "shop"}, {"", "shop"}};
  for (const auto& c : kCases) {
    TlsClient client(address(), {.server_name = c.name});
    ASSERT_TRUE(client.Handshake()) << client.error();
    EXPECT_EQ(client.server(), c.expected) << c.name;
  }
}

TEST_F(TlsServerTest, ChoosesTheKindOfKeyThatTheClientUnderstands) {
  const CertificateSpec rsa{.common_names = {"rsa"}, .dns = {"shop.example"}, .key = CertificateSpec::Key::kRsa2048};
  const CertificateSpec ec{.common_names = {"ec"}, .dns = {"shop.example"}};
  StartTls({.certificates = {Pair(Ca().Issue(rsa)), Pair(Ca().Issue(ec))}});
  for (const char* key : {"RSA", "ECDSA"}) {
    TlsClient::Options options = Shop();
    options.max_version = TLS1_2_VERSION;
    TlsClient client(address(), options);
    SSL_set_cipher_list(client.native(), key == std::string("RSA") ? "ECDHE+aRSA" : "ECDHE+aECDSA");
    ASSERT_TRUE(client.Handshake()) << client.error();
    EXPECT_EQ(client.server(), key == std::string("RSA") ? "rsa" : "ec");
  }
}

TEST_F(TlsServerTest, AnswersAlpn) {
  StartTls();
  const struct {
    std::string offered;
    std::string expected;  // empty: refused
  } kCases[] = {{"\x08http/1.1", "http/1.1"},
                {"\x02h2\x08http/1.1", "h2"},
                {"\x08http/1.1\x02h2", "h2"},
                {"\x02h2", "h2"},
                {"\x06spdy/3\x04"
                 "abcd",
                 ""}};
  for (const auto& c : kCases) {
    TlsClient::Options options = Shop();
    options.protocols = c.offered;
    TlsClient client(address(), options);
    EXPECT_EQ(client.Handshake(), !c.expected.empty()) << c.offered;
    EXPECT_EQ(client.protocol(), c.expected);
    EXPECT_EQ(client.error(), c.expected.empty() ? "tlsv1 alert no application protocol" : "");
  }
}

TEST_F(TlsServerTest, ResumesSessionsByTicket) {
  StartTls();
  for (const int version : kVersions) {
    TlsClient::Options options = Shop();
    options.max_version = version;
    TlsClient first(address(), options);
    ASSERT_TRUE(first.Handshake());
    first.Send(Get("/peer"));
    first.ReadResponse();  // the tickets of 1.3 have come with it
    EXPECT_FALSE(first.reused());
    ASSERT_NE(first.session(), nullptr);
    options.resume = first.session();
    TlsClient second(address(), options);
    ASSERT_TRUE(second.Handshake());
    EXPECT_TRUE(second.reused()) << version;
    second.Send(Get("/peer"));
    EXPECT_EQ(StatusOf(second.ReadResponse()), 200);
    if (version == TLS1_2_VERSION) continue;
    ASSERT_NE(second.session(), nullptr);  // clients use a ticket of 1.3 once
    options.resume = second.session();
    TlsClient third(address(), options);
    ASSERT_TRUE(third.Handshake());
    EXPECT_TRUE(third.reused());
  }
}

TEST_F(TlsServerTest, KnowsTheClientOfAResumedSession) {
  StartTls(
      {.certificates = {}, .client_ca = Text(Ca().pem()), .client_certificate = config::ClientCertificate::kRequired});
  for (const int version : kVersions) {
    TlsClient::Options options = Shop();
    options.max_version = version;
    options.certificate = Ca().Issue({.common_names = {"mobile"}});
    TlsClient first(address(), options);
    ASSERT_TRUE(first.Handshake());
    first.Send(Get("/peer"));
    EXPECT_EQ(BodyOf(first.ReadResponse()), "https mobile");
    options.resume = first.session();
    options.certificate = {};
    TlsClient second(address(), options);
    ASSERT_TRUE(second.Handshake());
    EXPECT_TRUE(second.reused());
    second.Send(Get("/peer"));
    EXPECT_EQ(BodyOf(second.ReadResponse()), "https mobile");
  }
}

TEST_F(TlsServerTest, TakesClientCertificatesAsConfigured) {
  static const TestCa other("Other CA");
  const struct {
    const char* name;
    PemPair certificate;
    const char* when_optional;  // the body, or the alert
    const char* when_required;
  } kCases[] = {
      {"good", Ca().Issue({.common_names = {"mobile"}}), "https mobile", "https mobile"},
      {"none", {}, "https without certificate", "tlsv13 alert certificate required"},
      {"another CA", other.Issue({.common_names = {"mobile"}}), "tlsv1 alert unknown ca", "tlsv1 alert unknown ca"},
      {"expired", Ca().Issue({.valid_from = -7200, .valid_until = -60}), "sslv3 alert certificate expired",
       "sslv3 alert certificate expired"},
      {"not yet valid", Ca().Issue({.valid_from = 3600}), "sslv3 alert bad certificate", "sslv3 alert bad certificate"},
      {"hostile", Ca().Issue({.dns = {std::string("admin\0.evil", 11)}}), "sslv3 alert handshake failure",
       "sslv3 alert handshake failure"},
  };
  const auto pairs = std::vector<config::KeyPair>{Pair(Ca().Issue({.dns = {"shop.example"}}))};
  StartTls({.certificates = pairs,
            .client_ca = Text(Ca().pem()),
            .client_certificate = config::ClientCertificate::kOptional});
  for (const auto& c : kCases) {
    TlsClient::Options options = Shop();
    options.certificate = c.certificate;
    TlsClient client(address(), options);
    client.Handshake();
    client.Send(Get("/peer"));
    const std::string response = client.ReadResponse();
    EXPECT_EQ(response.empty() ? client.error() : BodyOf(response), c.when_optional) << c.name;
  }
}

TEST_F(TlsServerTest, RequiresClientCertificates) {
  StartTls(
      {.certificates = {}, .client_ca = Text(Ca().pem()), .client_certificate = config::ClientCertificate::kRequired});
  TlsClient client(address(), Shop());
  client.Handshake();
  client.Send(Get("/peer"));
  EXPECT_EQ(client.ReadResponse(), "");
  EXPECT_EQ(client.error(), "tlsv13 alert certificate required");
  EXPECT_EQ(counters().failed_handshakes.Get(), 1u);
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(TlsServerTest, AnswersPlainHttpWithAPlain400) {
  StartTls();
  for (const char* request :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /x HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    const std::string response = RoundTrip(request);
    EXPECT_EQ(StatusOf(response), 400) << request;
    EXPECT_EQ(BodyOf(response), "INVALID_REQUEST this port speaks HTTPS, but the request came as plain HTTP");
    EXPECT_EQ(HeaderOf(response, "connection"), "close");
  }
}

TEST_F(TlsServerTest, EndsWhatIsNoTls) {
  StartTls();
  const std::string hello("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10);
  const struct {
    const char* name;
    std::string bytes;
  } kCases[] = {{"garbage", "\x01\x02\x03\x04 garbage"},
                {"a lying length", std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x')},
                {"a truncated hello", hello},
                {"application data first", std::string("\x17\x03\x03\x00\x02hi", 7)},
                {"nothing", ""}};
  for (const auto& c : kCases) {
    Client client(address());
    client.Send(c.bytes);
    client.ShutdownSend();
    const std::string answer = client.ReadAll();
    EXPECT_TRUE(answer.empty() || answer[0] == 0x15) << c.name << ": " << answer;  // an alert at most
  }
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(TlsServerTest, DropsAConnectionWhoseRecordsWereChanged) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  std::string record = client.Encrypt(Get("/peer"));
  record.back() = static_cast<char>(record.back() ^ 1);
  client.SendRaw(record);
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(client.error(), "sslv3 alert bad record mac");
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(TlsServerTest, ServesNothingOfARequestThatIsCutOff) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  const std::string record = client.Encrypt("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  client.SendRaw(record.substr(0, record.size() - 1));
  client.ShutdownSend();
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(TlsServerTest, TellsTheHandlerOfABodyThatIsCutOff) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  client.Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello");
  ASSERT_TRUE(log_.WaitFor("serve POST /echo"));
  client.SayGoodbye();
  EXPECT_TRUE(log_.WaitFor("read failed: the client went away"));
}

TEST_F(TlsServerTest, CancelsWhenTheClientLeaves) {
  StartTls();
  for (const bool orderly : {true, false}) {
    TlsClient client(address(), Shop());
    ASSERT_TRUE(client.Handshake());
    client.Send(Get("/hang"));
    ASSERT_TRUE(log_.WaitFor("hanging"));
    if (orderly) client.SayGoodbye();
    client.Close();
    ASSERT_TRUE(log_.WaitFor("cancelled"));
  }
}

TEST_F(TlsServerTest, StillAnswersAClientThatHalfCloses) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  client.Send(Get("/hang"));
  ASSERT_TRUE(log_.WaitFor("hanging"));
  client.SayGoodbye();
  client.ShutdownSend();
  EXPECT_EQ(StatusOf(client.ReadResponse()), 499);
}

TEST_F(TlsServerTest, SaysGoodbyeToIdleClients) {
  StartTls({}, {.idle_timeout = config::Milliseconds(50)});
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(client.ended_orderly());
}

TEST_F(TlsServerTest, EndsAHandshakeThatTakesTooLong) {
  StartTls({}, {.header_timeout = config::Milliseconds(50)});
  Client client(address());
  EXPECT_EQ(client.ReadAll(), "");
}

TEST_F(TlsServerTest, EndsHandshakesAndIdleConnectionsWhenItDrains) {
  StartTls();
  Client shaking(address());
  TlsClient idle(address(), Shop());
  ASSERT_TRUE(idle.Handshake());
  idle.Send(Get("/peer"));
  EXPECT_EQ(StatusOf(idle.ReadResponse()), 200);
  StopAccepting();
  EXPECT_EQ(shaking.ReadAll(), "");
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_TRUE(idle.ended_orderly());
  WaitDrained();
}

TEST_F(TlsServerTest, ShowsThatAnAbortedReplyIsCutOff) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  client.Send("GET /abort HTTP/1.0\r\n\r\n");
  const std::string response = client.ReadAll();
  EXPECT_FALSE(client.ended_orderly());
}

TEST_F(TlsServerTest, TakesASlowReader) {
  StartTls();
  TlsClient client(address(), Shop());
  ASSERT_TRUE(client.Handshake());
  client.Send(Get("/big?20000000"));
  ASSERT_TRUE(log_.WaitFor("serve GET /big?20000000"));
  const std::string response = client.ReadResponse();
  EXPECT_EQ(BodyOf(response).size(), 20'000'000u);
  EXPECT_TRUE(log_.WaitFor("big sent"));
}

TEST_F(TlsServerTest, RefusesRenegotiation) {
  StartTls();
  TlsClient::Options options = Shop();
  options.max_version = TLS1_2_VERSION;
  TlsClient client(address(), options);
  ASSERT_TRUE(client.Handshake());
  SSL_renegotiate(client.native());
  EXPECT_FALSE(client.Handshake());
  EXPECT_THAT(client.error(), HasSubstr("no renegotiation"));
}

}  // namespace
}  // namespace dragoman::http
