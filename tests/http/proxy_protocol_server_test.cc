#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/proxy_protocol.h"
#include "server_fixture.h"
#include "test_ca.h"
#include "tls_client.h"

namespace dragoman::http {
namespace {

using testing::IsEmpty;

constexpr const char* kGet = "GET /address HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* kLine = "PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n";
// LOCAL, with three bytes that are to be skipped.
const std::string kLocal("\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x03xyz", 19);
// 2001:db8::1, port 443.
const std::string kVersion2 = std::string("\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x24\x20\x01\x0d\xb8", 20) +
                              std::string(11, '\0') + "\x01" + std::string(16, '\xaa') +
                              std::string("\x01\xbb\x00\x50", 4);

std::shared_ptr<const TrustedProxies> Trusting(const char* network) {
  return std::make_shared<const TrustedProxies>(std::vector{config::Network::Parse(network).value()});
}

class ProxyProtocolTest : public ServerTest {
 protected:
  ProxyProtocolTest() { proxy_protocol_.expected = true; }
  uint64_t Refused() { return counters().refused_proxy_headers.Get(); }
  void StartTls() {
    const auto text = [](const std::string& pem) {
      return config::TextSource{config::TextSource::Kind::kText, pem, {}};
    };
    const PemPair pair = ca_.Issue({.dns = {"shop.example"}});
    config::ListenerTls tls;
    tls.certificates = {{text(pair.certificate), text(pair.private_key)}};
    Start({}, "127.0.0.1:0", tls::ServerContext::Build(tls).value());
  }

  TestCa ca_;
};

TEST_F(ProxyProtocolTest, NamesThePeer) {
  Start();
  for (const auto& [header, expected] :
       std::vector<std::pair<std::string, std::string>>{{kLine, "192.0.2.7 56324"}, {kVersion2, "2001:db8::1 443"}}) {
    Client client(address());
    client.Send(header + kGet + kGet);
    EXPECT_EQ(BodyOf(client.ReadResponse()), expected);
    EXPECT_EQ(BodyOf(client.ReadResponse()), expected);
    client.Send(kGet);
    EXPECT_EQ(BodyOf(client.ReadResponse()), expected);
  }
  EXPECT_EQ(Refused(), 0u);
}

TEST_F(ProxyProtocolTest, LeavesThePeerWhereNobodyIsNamed) {
  Start();
  for (const std::string& header : {kLocal, std::string("PROXY UNKNOWN\r\n")}) {
    Client client(address());
    client.Send(header + kGet);
    sockaddr_in name{};
    socklen_t size = sizeof(name);
    ::getsockname(client.descriptor(), reinterpret_cast<sockaddr*>(&name), &size);
    EXPECT_EQ(BodyOf(client.ReadResponse()), "127.0.0.1 " + std::to_string(ntohs(name.sin_port)));
  }
}

TEST_F(ProxyProtocolTest, ReadsPieces) {
  Start();
  for (const std::string& header : {std::string(kLine), kVersion2}) {
    Client client(address());
    const int on = 1;
    ::setsockopt(client.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (const char byte : header + kGet) client.Send({&byte, 1});
    EXPECT_EQ(StatusOf(client.ReadResponse()), 200);
  }
}

TEST_F(ProxyProtocolTest, ReadsALongHeader) {
  Start();
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\x0f\xf0\xc0\x00\x02\x07\xc0\x00\x02\x08\x00\x01\x00\x02", 28);
  header += std::string(ProxyHeaderReader::kMaxV2Bytes - header.size(), 't');
  Client client(address());
  client.Send(header + kGet);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "192.0.2.7 1");
}

TEST_F(ProxyProtocolTest, ServesTlsBehindIt) {
  StartTls();
  for (const std::string& header : {std::string(kLine), kVersion2, kLocal}) {
    TlsClient client(address(), {.ca = ca_.pem(), .server_name = "shop.example"});
    client.SendRaw(header);
    ASSERT_TRUE(client.Handshake()) << client.error();
    client.Send("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(BodyOf(client.ReadResponse()), "https without certificate");
    client.Send(kGet);
    EXPECT_EQ(StatusOf(client.ReadResponse()), 200);
  }
}

TEST_F(ProxyProtocolTest, ReadsPiecesBeforeTls) {
  StartTls();
  TlsClient client(address(), {.ca = ca_.pem(), .server_name = "shop.example", .piece = 1});
  client.SendRaw(kLine);
  ASSERT_TRUE(client.Handshake()) << client.error();
  client.Send(kGet);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "192.0.2.7 56324");
}

TEST_F(ProxyProtocolTest, LeavesTlsWhatCameWithIt) {
  StartTls();
  TlsClient client(address(), {.ca = ca_.pem(), .server_name = "shop.example"});
  SSL_do_handshake(client.native());  // writes the ClientHello into memory, to be sent in one piece with the header
  BIO* out = SSL_get_wbio(client.native());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  client.SendRaw(kVersion2 + std::string(bytes, static_cast<size_t>(size)));
  (void)BIO_reset(out);
  ASSERT_TRUE(client.Handshake()) << client.error();
  client.Send(kGet);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "2001:db8::1 443");
}

TEST_F(ProxyProtocolTest, RefusesPlainTlsAndPlainHttp) {
  StartTls();
  TlsClient tls(address(), {.ca = ca_.pem(), .server_name = "shop.example"});
  EXPECT_FALSE(tls.Handshake());
  EXPECT_EQ(RoundTrip(kGet), "");
  EXPECT_EQ(Refused(), 2u);
  EXPECT_EQ(counters().failed_handshakes.Get(), 0u);
  EXPECT_THAT(log_.all(), IsEmpty());
}

TEST_F(ProxyProtocolTest, EndsWithoutAResetWhatDoesNotBeginWithIt) {
  Start();
  const std::vector<std::string> kCases = {kGet, "PROXY TCP4 192.0.2.7\r\n" + std::string(kGet),
                                           std::string(100'000, '\0'), "\r\n\r\nGET / HTTP/1.1\r\n", std::string(200, 'P')};
  for (const std::string& bytes : kCases) {
    Client client(address());
    client.Send(bytes);
    EXPECT_EQ(client.ReadAll(), "") << bytes.substr(0, 40);
  }
  EXPECT_EQ(Refused(), kCases.size());
  EXPECT_THAT(log_.all(), IsEmpty());
}

TEST_F(ProxyProtocolTest, WantsItInTime) {
  Start({.header_timeout = config::Milliseconds(50)});
  Client silent(address());
  EXPECT_EQ(silent.ReadAll(), "");
  Client slow(address());
  slow.Send("PROXY TCP4");
  EXPECT_EQ(slow.ReadAll(), "");
  EXPECT_EQ(Refused(), 2u);
}

TEST_F(ProxyProtocolTest, CountsWhatIsCutOffButNoPortCheck) {
  Start();
  Client cut(address());
  cut.Send("PROXY TCP4");
  cut.ShutdownSend();
  EXPECT_EQ(cut.ReadAll(), "");
  EXPECT_EQ(Refused(), 1u);
  Client check(address());
  check.ShutdownSend();
  EXPECT_EQ(check.ReadAll(), "");
  EXPECT_EQ(Refused(), 1u);
}

TEST_F(ProxyProtocolTest, BelievesTrustedProxiesAlone) {
  proxy_protocol_.trusted = Trusting("127.0.0.0/8");
  Start();
  Client client(address());
  client.Send(std::string(kLine) + kGet);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "192.0.2.7 56324");
}

TEST_F(ProxyProtocolTest, ResetsOthersWhereSomeAreTrusted) {
  proxy_protocol_.trusted = Trusting("10.0.0.0/8");
  Start();
  Client client(address());
  EXPECT_EQ(client.ReadAll(), "!reset");
  EXPECT_EQ(Refused(), 1u);
  EXPECT_THAT(log_.all(), IsEmpty());
}

TEST_F(ProxyProtocolTest, BelievesEverybodyWhereNobodyIsTrusted) {
  proxy_protocol_.trusted = std::make_shared<const TrustedProxies>();
  Start();
  Client client(address());
  client.Send(std::string(kLine) + kGet);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "192.0.2.7 56324");
}

TEST_F(ProxyProtocolTest, WorksOnUnixSockets) {
  proxy_protocol_.trusted = Trusting("10.0.0.0/8");
  Start({}, "unix:" + testing::TempDir() + "proxy_protocol_test_" + std::to_string(::getpid()) + ".sock");
  Client named(address());
  named.Send(std::string(kLine) + kGet);
  EXPECT_EQ(BodyOf(named.ReadResponse()), "192.0.2.7 56324");
  Client local(address());
  local.Send(kLocal + kGet);
  EXPECT_EQ(BodyOf(local.ReadResponse()), "unix");
}

TEST_F(ProxyProtocolTest, EndsWhoIsStillSendingItWhenItDrains) {
  Start();
  Client client(address());
  client.Send("PROXY TCP4");
  StopAccepting();
  WaitDrained();
  EXPECT_EQ(Refused(), 0u);
}

TEST_F(ProxyProtocolTest, EndsWhoIsStillSendingItWhenItAborts) {
  Start();
  Client client(address());
  client.Send("PROXY TCP4");
  Abort();
  WaitDrained();
  EXPECT_EQ(Refused(), 0u);
}

TEST_F(ServerTest, TakesAProxyHeaderForARequestWhereNoneIsExpected) {
  Start();
  EXPECT_EQ(StatusOf(RoundTrip(std::string(kLine) + kGet)), 400);
}

}  // namespace
}  // namespace dragoman::http
