#include "client_fixture.h"

namespace dragoman::http_client {
namespace {

class TlsClientTest : public ClientTest {
 protected:
  // What asking `url` of a server with that certificate comes to; trust is in ca_.
  std::string Told(const PemPair& certificate, std::string_view host, ScriptedServer::Script script) {
    ScriptedServer server(std::move(script), certificate);
    const auto client = ClientOf(server.url("/keys", host), std::chrono::minutes(1), ca_.pem());
    std::string told = ClientTest::Told(Fetch(*client), server);
    const std::string address = server.address(host);
    if (const size_t at = told.find(address); at != std::string::npos) told.replace(at, address.size(), "H");
    return told;
  }
  std::string Told(const CertificateSpec& spec, std::string_view host = "127.0.0.1") {
    return Told(ca_.Issue(spec), host, ScriptedServer::Answers(ScriptedServer::Response("{}")));
  }

  const TestCa ca_;
};

TEST_F(TlsClientTest, AcceptsTheNameThatItAsksFor) {
  EXPECT_EQ(Told({.addresses = {"127.0.0.1"}}), "200 {}");
  EXPECT_EQ(Told({.dns = {"localhost"}}, "localhost"), "200 {}");
}

TEST_F(TlsClientTest, SaysWhyACertificateIsNotAccepted) {
  const struct {
    const char* name;
    CertificateSpec spec;
    const char* host;
    const char* told;
  } kCases[] = {
      {"another name", {.dns = {"issuer.example"}}, "localhost", "H: certificate verify failed: hostname mismatch"},
      {"a common name alone",
       {.common_names = {"localhost"}},
       "localhost",
       "H: certificate verify failed: hostname mismatch"},
      {"a name for an address",
       {.dns = {"localhost"}},
       "127.0.0.1",
       "H: certificate verify failed: IP address mismatch"},
      {"another address",
       {.addresses = {"127.0.0.2"}},
       "127.0.0.1",
       "H: certificate verify failed: IP address mismatch"},
      {"an address written as a name",
       {.dns = {"127.0.0.1"}},
       "127.0.0.1",
       "H: certificate verify failed: IP address mismatch"},
      {"expired",
       {.addresses = {"127.0.0.1"}, .valid_until = -60},
       "127.0.0.1",
       "H: certificate verify failed: certificate has expired"},
      {"not valid yet",
       {.addresses = {"127.0.0.1"}, .valid_from = 3600},
       "127.0.0.1",
       "H: certificate verify failed: certificate is not yet valid"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Told(test.spec, test.host), test.told);
  }
}

TEST_F(TlsClientTest, TrustsNoOtherAuthority) {
  const TestCa other("Another CA");
  const auto answers = ScriptedServer::Answers(ScriptedServer::Response("{}"));
  EXPECT_EQ(Told(other.Issue({.addresses = {"127.0.0.1"}}), "127.0.0.1", answers),
            "H: certificate verify failed: unable to get local issuer certificate");
  ScriptedServer server(answers, ca_.Issue({.addresses = {"127.0.0.1"}}));
  EXPECT_EQ(ClientTest::Told(Fetch(*ClientOf(server.url("/"))), server),  // the system's authorities
            "H: certificate verify failed: unable to get local issuer certificate");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsClientTest, SaysWhichServerItMeans) {
  std::string named;
  const auto script = [&](Connection& connection) {
    connection.ReadRequest();
    named = connection.server_name();
    connection.Write(ScriptedServer::Response("{}"));
  };
  EXPECT_EQ(Told(ca_.Issue({.dns = {"localhost"}}), "localhost", script), "200 {}");
  EXPECT_EQ(named, "localhost");
  EXPECT_EQ(Told(ca_.Issue({.addresses = {"127.0.0.1"}}), "127.0.0.1", script), "200 {}");
  EXPECT_EQ(named, "");  // RFC 6066, section 3: no addresses
}

// Whoever cuts a connection could else choose where an answer ends.
TEST_F(TlsClientTest, TakesNoAnswerThatIsCutOff) {
  const PemPair certificate = ca_.Issue({.addresses = {"127.0.0.1"}});
  const auto script = [](bool cut) {
    return [cut](Connection& connection) {
      connection.ReadRequest();
      connection.Write("HTTP/1.1 200 OK\r\n\r\n{\"keys\": []}");
      if (cut) connection.CutOff();
    };
  };
  EXPECT_EQ(Told(certificate, "127.0.0.1", script(false)), "200 {\"keys\": []}");
  EXPECT_EQ(Told(certificate, "127.0.0.1", script(true)), "H: closed the connection before the answer had ended");
}

TEST_F(TlsClientTest, ReadsLargeAnswersByteByByteToo) {
  const std::string big(300'000, 'x');
  const PemPair certificate = ca_.Issue({.addresses = {"127.0.0.1"}});
  EXPECT_EQ(Told(certificate, "127.0.0.1", ScriptedServer::Answers(ScriptedServer::Response(big))), "200 " + big);
  EXPECT_EQ(Told(certificate, "127.0.0.1",
                 [](Connection& connection) {
                   connection.ReadRequest();
                   const std::string response = ScriptedServer::Response("hello");
                   for (const char& byte : response) connection.Write({&byte, 1});
                 }),
            "200 hello");
}

// What an https: URL finds where no TLS is spoken.
std::string ToldByPlain(ScriptedServer& server, const std::string& why) { return server.address() + ": " + why; }

TEST_F(TlsClientTest, SaysThatTheOtherSideSpeaksNoTls) {
  ScriptedServer talks([](Connection& connection) { connection.Write("220 mail.example ESMTP\r\n"); });
  EXPECT_EQ(Fetch(*ClientOf("https://" + talks.address() + "/")).error().message(),
            ToldByPlain(talks, "TLS handshake: wrong version number"));
  ScriptedServer hangs_up([](Connection& connection) { connection.WaitForClose(); });
  EXPECT_EQ(Fetch(*ClientOf("https://" + hangs_up.address() + "/")).error().message(),
            ToldByPlain(hangs_up, "closed the connection during the TLS handshake"));
  ScriptedServer waits([](Connection& connection) {
    connection.WaitForClose();
    connection.WaitForClose();
  });
  EXPECT_EQ(Fetch(*ClientOf("https://" + waits.address() + "/", config::Milliseconds(50))).error().message(),
            ToldByPlain(waits, "no TLS handshake within 50 ms"));
}

TEST_F(TlsClientTest, RefusesAnAuthorityThatCannotBeRead) {
  config::HttpTarget target;
  target.url = "https://issuer.example/";
  target.at = {.file = "dragoman.yaml", .line = 4, .column = 7};
  target.ca = config::TextSource{.kind = config::TextSource::Kind::kFile,
                                 .value = "/nowhere/ca.crt",
                                 .at = {.file = "dragoman.yaml", .line = 5, .column = 9}};
  const auto client = Client::Make(*loop_, target);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().where, "dragoman.yaml:5:9");
  EXPECT_EQ(client.error().what, "/nowhere/ca.crt: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace dragoman::http_client
