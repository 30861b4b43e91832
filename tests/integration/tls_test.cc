#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include <memory>
#include <string>
#include <vector>

#include "shop_fixture.h"
#include "test_ca.h"
#include "tls_client.h"

// The whole program with TLS on both sides.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const TestCa& Ca() {
  static const TestCa ca;
  return ca;
}

constexpr const char* kGet = "GET /v1/items/grinder HTTP/1.1\r\nHost: a\r\n\r\n";

// A folder of certificates, as an operator has them.
class Certificates {
 public:
  // `{certificate: {file: …}, private_key: {file: …}}`
  std::string Pair(const std::string& name, const PemPair& pair) const {
    return "certificate: {file: \"" + folder_.Write(name + ".crt", pair.certificate) + "\"}, private_key: {file: \"" +
           folder_.Write(name + ".key", pair.private_key) + "\"}";
  }
  std::string Path(const std::string& name) const { return folder_.path(name); }
  std::string Ca() const { return "{file: \"" + folder_.Write("ca.crt", integration::Ca().pem()) + "\"}"; }

 private:
  TempDir folder_;
};

std::string Listener(const std::string& tls) { return "[{address: \"127.0.0.1:0\", tls: {" + tls + "}}]"; }

TEST(Tls, ServesHttpsAndSaysSo) {
  const Certificates files;
  const std::string pairs =
      "certificates: [{" + files.Pair("shop", Ca().Issue({.common_names = {"shop"}, .dns = {"shop.example"}})) +
      "}, {" + files.Pair("pay", Ca().Issue({.common_names = {"pay"}, .dns = {"pay.example"}})) + "}]";
  Shop shop;
  Gateway gateway({.listeners = Listener(pairs), .endpoints = {shop.address()}});
  gateway.process().WaitForOutput("listening on https://127.0.0.1:");
  gateway.process().WaitForOutput("try: curl -sk ");
  for (const char* name : {"shop", "pay"}) {
    TlsClient::Options options{.ca = Ca().pem(), .server_name = std::string(name) + ".example"};
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      options.max_version = version;
      options.resume = nullptr;
      TlsClient client(gateway.address(), options);
      ASSERT_TRUE(client.Handshake()) << client.error();
      EXPECT_EQ(client.server(), name);
      client.Send(kGet);
      EXPECT_THAT(client.ReadResponse(), HasSubstr("\"title\":\"Grinder\""));
      ASSERT_NE(client.session(), nullptr);
      options.resume = client.session();
      std::vector<std::unique_ptr<TlsClient>> all;
      for (int i = 0; i < 4; ++i) {  // whichever worker it comes to
        TlsClient& again = *all.emplace_back(std::make_unique<TlsClient>(gateway.address(), options));
        ASSERT_TRUE(again.Handshake()) << again.error();
        EXPECT_TRUE(again.reused()) << name << " " << version << " " << i;
        again.Send(kGet);
        EXPECT_THAT(again.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
        if (again.session()) options.resume = again.session();  // a ticket of 1.3 is used once
      }
    }
  }
  const HttpResponse plain = Fetch(gateway.address(), "GET", "/v1/items/grinder");
  EXPECT_EQ(plain.status, 400);
  EXPECT_EQ(JsonAt(plain.body, "message"), "this port speaks HTTPS, but the request came as plain HTTP");
}

TEST(Tls, DemandsClientCertificates) {
  const Certificates files;
  const std::string server = "certificates: [{" + files.Pair("shop", Ca().Issue({.dns = {"shop.example"}})) + "}]";
  Shop shop;
  Gateway gateway({.listeners = Listener(server + ", client_ca: " + files.Ca() + ", client_certificate: required"),
                   .endpoints = {shop.address()}});
  TlsClient::Options options{.ca = Ca().pem(), .server_name = "shop.example"};
  TlsClient without(gateway.address(), options);
  without.Handshake();
  without.Send(kGet);
  EXPECT_EQ(without.ReadResponse(), "");
  EXPECT_EQ(without.error(), "tlsv13 alert certificate required");
  options.certificate = Ca().Issue({.common_names = {"mobile"}});
  TlsClient with(gateway.address(), options);
  ASSERT_TRUE(with.Handshake()) << with.error();
  with.Send(kGet);
  EXPECT_THAT(with.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Tls, ACertificateStandsForItsConsumer) {
  const Certificates files;
  const std::string server = "certificates: [{" + files.Pair("shop", Ca().Issue({.dns = {"shop.example"}})) + "}]";
  Shop shop;
  Gateway gateway({.listeners = Listener(server + ", client_ca: " + files.Ca() + ", client_certificate: optional"),
                   .endpoints = {shop.address()},
                   .more = "authentication: {mtls: {}, identity: {x-consumer: consumer.name, x-scheme: credential.scheme}}\n"
                           "consumers: {mobile: {tenant: acme, certificates: [{uri: \"spiffe://acme.example/mobile\"}]}}\n"
                           "policies: [{methods: ['*'], authorize: {tenants: [acme]}, headers: {response: {security: true}}}]\n"});
  const struct {
    const char* name;
    std::optional<PemPair> certificate;
    const char* begin;
    const char* part;
  } cases[] = {
      {"a consumer's", Ca().Issue({.uris = {"spiffe://acme.example/mobile"}}), "HTTP/1.1 200 OK\r\n",
       R"("x-consumer":"mobile")"},
      {"nobody's", Ca().Issue({.common_names = {"mobile"}, .dns = {"mobile"}}), "HTTP/1.1 401 Unauthorized\r\n",
       "the client certificate is no known consumer's"},
      {"none", std::nullopt, "HTTP/1.1 401 Unauthorized\r\n", "this call needs a credential in a client certificate"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsClient::Options options{.ca = Ca().pem(), .server_name = "shop.example"};
    if (c.certificate) options.certificate = *c.certificate;
    TlsClient client(gateway.address(), options);
    ASSERT_TRUE(client.Handshake()) << client.error();
    client.Send("POST /shop.v1.Diagnostics/Echo HTTP/1.1\r\nHost: shop.example\r\nx-consumer: eve\r\nContent-Length: 2\r\n\r\n{}");
    const std::string response = client.ReadResponse();
    EXPECT_THAT(response, StartsWith(c.begin));
    EXPECT_THAT(response, HasSubstr(c.part));
    EXPECT_THAT(response, HasSubstr("\r\nstrict-transport-security: max-age=31536000; includeSubDomains\r\n"));
  }
}

TEST(Tls, CheckTellsWhatIsWrongWithCertificates) {
  const Certificates files;
  const PemPair shop = Ca().Issue({.common_names = {"shop"}});
  const PemPair other = Ca().Issue({.common_names = {"other"}});
  const TempDir folder;
  const std::string config = folder.Write(
      "dragoman.yaml",
      ConfigText({.listeners =
                      Listener("certificates: [{" + files.Pair("wrong", {shop.certificate, other.private_key}) + "}]"),
                  .endpoints = {"127.0.0.1:1"},
                  .tls = "{ca: {file: nowhere.crt}}"}));
  const Outcome outcome = RunToEnd({DragomanProgram(), "check", "--config", config});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr(files.Path("wrong.key") + ": does not belong to the certificate of " +
                                     files.Path("wrong.crt") + " (CN=shop)"));
  EXPECT_THAT(outcome.err, HasSubstr("nowhere.crt: cannot be read: No such file or directory"));
}

TEST(Tls, CallsAGrpcServerByTls) {
  const Certificates files;
  files.Pair("backend", Ca().Issue({.dns = {"shop.internal"}}));
  const std::string ca = files.Ca();
  Shop shop("127.0.0.1:0", "secure", {"--tls-cert", files.Path("backend.crt"), "--tls-key", files.Path("backend.key")});
  Gateway gateway({.endpoints = {shop.address()}, .tls = "{ca: " + ca + ", server_name: shop.internal}"});
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/items/grinder");
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(JsonAt(response.body, "title"), "Grinder");
  }
}

TEST(Tls, ShowsAGrpcServerItsCertificate) {
  const Certificates files;
  files.Pair("backend", Ca().Issue({.dns = {"shop.internal"}}));
  const std::string ca = files.Ca();
  Shop shop("127.0.0.1:0", "secure",
            {"--tls-cert", files.Path("backend.crt"), "--tls-key", files.Path("backend.key"), "--tls-client-ca",
             files.Path("ca.crt")});
  const std::string tls = "{ca: " + ca + ", server_name: shop.internal";
  Gateway with({.endpoints = {shop.address()},
                .tls = tls + ", " + files.Pair("gateway", Ca().Issue({.common_names = {"gateway"}})) + "}"});
  EXPECT_EQ(Fetch(with.address(), "GET", "/v1/items/grinder").status, 200);
  Gateway without({.endpoints = {shop.address()}, .tls = tls + "}"});
  const HttpResponse response = Fetch(without.address(), "GET", "/v1/items/grinder");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("cannot connect: "));
}

TEST(Tls, SaysInTheLogWhyABackendIsNotTrusted) {
  const Certificates files;
  files.Pair("backend", Ca().Issue({.dns = {"a.example"}}));
  const std::string ca = files.Ca();
  Shop shop("127.0.0.1:0", "secure", {"--tls-cert", files.Path("backend.crt"), "--tls-key", files.Path("backend.key")});
  Gateway gateway({.endpoints = {shop.address()}, .tls = "{ca: " + ca + ", server_name: shop.internal}"});
  const HttpResponse response = Fetch(gateway.address(), "GET", "/v1/items/grinder");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(JsonAt(response.body, "message"), "backend \"shop\": cannot connect: the TLS handshake failed");
  EXPECT_TRUE(gateway.process().WaitForOutput(
      "backend_unreachable backend=shop address=" + shop.address() +
      " error=\"the certificate is for \\\"a.example\\\", not for \\\"shop.internal\\\"\""));
}

}  // namespace
}  // namespace dragoman::integration
