#include "tls/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "test_ca.h"

namespace dragoman::tls {
namespace {

config::TextSource Text(std::string text) {
  return {config::TextSource::Kind::kText, std::move(text), {"d.yaml", 1, 2}};
}
config::KeyPair Pair(const PemPair& pair) { return {Text(pair.certificate), Text(pair.private_key)}; }
config::KeyPair Pair(const std::string& certificate, const std::string& key) { return {Text(certificate), Text(key)}; }

// "d.yaml:1:2: …" a line; dates as "DATE".
std::string TextOf(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.where + ": " + problem.what + "\n";
  return std::regex_replace(text, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC"), "DATE");
}

std::string ErrorsOf(const config::ListenerTls& tls) {
  const auto built = ServerContext::Build(tls);
  return built ? "" : TextOf(built.error());
}

TEST(ServerContext, TakesCertificatesOfEveryKindOfKey) {
  const TestCa ca;
  for (const auto key : {CertificateSpec::Key::kP256, CertificateSpec::Key::kEd25519, CertificateSpec::Key::kRsa2048}) {
    EXPECT_EQ(ErrorsOf({.certificates = {Pair(ca.Issue({.dns = {"shop.example"}, .key = key}))}}), "");
  }
}

TEST(ServerContext, SaysWhatIsWrongWithACertificateOrItsKey) {
  const TestCa root("Root");
  const TestCa ca = root.IssueAuthority("Middle");
  const PemPair shop = ca.Issue({.common_names = {"shop"}, .dns = {"shop.example"}});
  const PemPair other = ca.Issue({.common_names = {"other"}});
  const std::string leaf = shop.certificate.substr(0, shop.certificate.find("-----END CERTIFICATE-----\n") + 26);
  const PemPair expired = root.Issue({.common_names = {"old"}, .valid_from = -7200, .valid_until = -60});
  const PemPair early = root.Issue({.common_names = {"new"}, .valid_from = 3600});
  const PemPair weak = root.Issue({.common_names = {"weak"}, .key = CertificateSpec::Key::kRsa1024});
  std::string broken = leaf;
  broken.replace(100, 1, "*");

  const struct {
    const char* name;
    config::KeyPair pair;
    std::string expected;
  } kCases[] = {
      {"good, with its chain", Pair(shop), ""},
      {"good, with the root too", Pair(shop.certificate + root.pem(), shop.private_key), ""},
      {"not PEM", Pair("hello", shop.private_key),
       "d.yaml:1:2: the text: expected PEM, got nothing that begins with \"-----BEGIN\"\n"},
      {"a key instead", Pair(shop.private_key, shop.private_key),
       "d.yaml:1:2: the text: expected a certificate, got \"PRIVATE KEY\"\n"},
      {"a broken certificate", Pair(broken, shop.private_key),
       "d.yaml:1:2: the text: certificate 1 cannot be read: bad base64 decode\n"},
      {"no certificate inside",
       Pair("-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n", shop.private_key),
       "d.yaml:1:2: the text: certificate 1 cannot be read: nested asn1 error\n"},
      {"a certificate instead of the key", Pair(shop.certificate, shop.certificate),
       "d.yaml:1:2: the text: expected a private key, got none\n"},
      {"a broken key", Pair(shop.certificate, "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n"),
       "d.yaml:1:2: the text: the private key cannot be read: nested asn1 error\n"},
      {"another's key", Pair(leaf, other.private_key),
       "d.yaml:1:2: the text: does not belong to the certificate of the text (CN=shop)\n"},
      {"the issuer first", Pair(ca.pem() + leaf, shop.private_key),
       "d.yaml:1:2: the text: certificate 2 (CN=shop) did not issue certificate 1 (CN=Middle); expected every "
       "certificate to be "
       "followed by its issuer's\n"
       "d.yaml:1:2: the text: the private key belongs to certificate 2 (CN=shop); expected that certificate first\n"},
      {"a foreign chain", Pair(leaf + root.pem(), shop.private_key),
       "d.yaml:1:2: the text: certificate 2 (CN=Root) did not issue certificate 1 (CN=shop); expected every "
       "certificate to be "
       "followed by its issuer's\n"},
      {"expired", Pair(expired), "d.yaml:1:2: the text: certificate 1 (CN=old) expired on DATE\n"},
      {"not yet valid", Pair(early), "d.yaml:1:2: the text: certificate 1 (CN=new) is not valid before DATE\n"},
      {"too weak", Pair(weak), "d.yaml:1:2: the text: OpenSSL refuses it: ee key too small\n"},
  };
  for (const auto& c : kCases) EXPECT_EQ(ErrorsOf({.certificates = {c.pair}}), c.expected) << c.name;
}

TEST(ServerContext, NeverAsksForThePassphraseOfAKey) {
  const TestCa ca;
  const PemPair shop = ca.Issue({});
  EXPECT_EQ(ErrorsOf({.certificates = {Pair(shop.certificate, Encrypted(shop.private_key))}}),
            "d.yaml:1:2: the text: expected a private key without a passphrase\n");
}

TEST(ServerContext, NamesFilesAndVariables) {
  const TestCa ca;
  const config::TextSource file{config::TextSource::Kind::kFile, "/nowhere/tls.crt", {"d.yaml", 3, 4}};
  const config::TextSource variable{config::TextSource::Kind::kEnvironment, "DRAGOMAN_NO_KEY", {"d.yaml", 5, 6}};
  EXPECT_EQ(ErrorsOf({.certificates = {{file, variable}}}),
            "d.yaml:3:4: /nowhere/tls.crt: cannot be read: No such file or directory\n"
            "d.yaml:5:6: the environment has no variable DRAGOMAN_NO_KEY\n");
}

TEST(ServerContext, TellsAllProblemsOfAllCertificatesAndOfTheClientCa) {
  EXPECT_EQ(ErrorsOf({.certificates = {Pair("a", "b"), Pair("c", "d")},
                      .client_ca = Text("e"),
                      .client_certificate = config::ClientCertificate::kRequired}),
            [] {
              std::string all;
              for (int i = 0; i < 5; ++i)
                all += "d.yaml:1:2: the text: expected PEM, got nothing that begins with \"-----BEGIN\"\n";
              return all;
            }());
}

TEST(ServerContext, WantsACaForClientCertificates) {
  const TestCa ca;
  EXPECT_EQ(ErrorsOf({.certificates = {Pair(ca.Issue({}))},
                      .client_certificate = config::ClientCertificate::kOptional,
                      .at = {"d.yaml", 7, 8}}),
            "d.yaml:7:8: client certificates need a `client_ca`\n");
}

TEST(ClientContext, SaysWhatIsWrong) {
  const TestCa ca;
  const PemPair client = ca.Issue({.common_names = {"gateway"}});
  const PemPair other = ca.Issue({});
  const auto errors = [](const config::ClientTls& tls) {
    const auto built = ClientContext::Build(tls, ClientContext::Protocol::kHttp2);
    return built ? "" : TextOf(built.error());
  };
  EXPECT_EQ(errors({}), "");
  EXPECT_EQ(errors({.ca = Text(ca.pem()), .certificate = Pair(client)}), "");
  EXPECT_EQ(errors({.ca = Text(client.private_key)}),
            "d.yaml:1:2: the text: expected a certificate, got \"PRIVATE KEY\"\n");
  EXPECT_EQ(errors({.certificate = Pair(client.certificate, other.private_key)}),
            "d.yaml:1:2: the text: does not belong to the certificate of the text (CN=gateway)\n");
}

TEST(ClientContext, ExpectsTheConfiguredNameInPlaceOfTheHost) {
  const auto built = ClientContext::Build({.server_name = "shop.internal"}, ClientContext::Protocol::kHttp1);
  ASSERT_TRUE(built);
  EXPECT_EQ((*built)->NameOf("10.0.0.7"), "shop.internal");
  EXPECT_STREQ(SSL_get_servername((*built)->Start("10.0.0.7").get(), TLSEXT_NAMETYPE_host_name), "shop.internal");
}

TEST(ClientContext, SendsNoAddressAsServerName) {
  const auto built = ClientContext::Build({}, ClientContext::Protocol::kHttp1);
  ASSERT_TRUE(built);
  EXPECT_STREQ(SSL_get_servername((*built)->Start("shop.example").get(), TLSEXT_NAMETYPE_host_name), "shop.example");
  for (const char* address : {"10.0.0.7", "::1"}) {
    EXPECT_EQ(SSL_get_servername((*built)->Start(address).get(), TLSEXT_NAMETYPE_host_name), nullptr) << address;
  }
  EXPECT_EQ((*built)->Start(std::string(300, 'a')), nullptr);
}

}  // namespace
}  // namespace dragoman::tls
