#include "tls/peer_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test_ca.h"

namespace dragoman::tls {
namespace {

using testing::ElementsAre;

tl::expected<PeerCertificate, std::string> Parse(const CertificateSpec& spec) {
  static const TestCa ca;
  return ParsePeerCertificate(DerOf(ca.Issue(spec).certificate));
}

TEST(PeerCertificate, HoldsTheNamesOfSubjectAndSubjectAltName) {
  const auto read = Parse({.common_names = {"mobile, éß"},
                           .dns = {"mobile.example", "*.example"},
                           .uris = {"spiffe://acme.example/mobile"},
                           .addresses = {"127.0.0.1"}});
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->subject, "CN=mobile\\, \\C3\\A9\\C3\\9F");
  EXPECT_EQ(read->common_name, "mobile, éß");
  EXPECT_THAT(read->dns_names, ElementsAre("mobile.example", "*.example"));
  EXPECT_THAT(read->uris, ElementsAre("spiffe://acme.example/mobile"));
  EXPECT_THAT(read->sha256, testing::MatchesRegex("[0-9a-f]{64}"));
}

TEST(PeerCertificate, HasACommonNameOnlyWhereThereIsExactlyOne) {
  EXPECT_EQ(Parse({})->common_name, "");
  EXPECT_EQ(Parse({.common_names = {"a"}})->common_name, "a");
  EXPECT_EQ(Parse({.common_names = {"a", "b"}})->common_name, "");
}

TEST(PeerCertificate, IsRefusedForHostileNames) {
  const std::string long_name(kMaxPeerName + 1, 'a');
  const struct {
    const char* name;
    CertificateSpec spec;
    const char* expected;
  } kCases[] = {
      {"DNS: NUL",
       {.dns = {std::string("admin.example\0.evil.example", 27)}},
       "has a DNS name with a control character in it"},
      {"DNS: line feed", {.dns = {"good.example", "a\nb"}}, "has a DNS name with a control character in it"},
      {"DNS: DEL", {.dns = {"a\x7f"}}, "has a DNS name with a control character in it"},
      {"DNS: blank", {.dns = {"a b"}}, "has a DNS name that is not printable ASCII"},
      {"DNS: beyond ASCII", {.dns = {"é.example"}}, "has a DNS name that is not printable ASCII"},
      {"DNS: empty", {.dns = {""}}, "has a DNS name that is empty"},
      {"DNS: huge", {.dns = {long_name}}, "has a DNS name over 2048 bytes"},
      {"URI: NUL", {.uris = {std::string("spiffe://acme/a\0b", 17)}}, "has a URI with a control character in it"},
      {"URI: escape", {.uris = {"spiffe://acme/\x1b[2J"}}, "has a URI with a control character in it"},
      {"URI: huge", {.uris = {long_name}}, "has a URI over 2048 bytes"},
      {"too many", {.dns = std::vector<std::string>(kMaxPeerNames + 1, "a.example")}, "has over 256 names"},
      {"CN: NUL", {.common_names = {std::string("admin\0x", 7)}}, "has a common name with a control character in it"},
      {"CN: of two", {.common_names = {"admin", "a\rb"}}, "has a common name with a control character in it"},
      {"CN: C1 control", {.common_names = {"a\xc2\x85"}}, "has a common name with a control character in it"},
      {"CN: huge", {.common_names = {long_name}}, "has a common name over 2048 bytes"},
      {"subject: huge",
       {.common_names = std::vector<std::string>(50, std::string(100, 'a'))},
       "has a subject over 4096 bytes"},
  };
  for (const auto& c : kCases) {
    const auto read = Parse(c.spec);
    ASSERT_FALSE(read) << c.name;
    EXPECT_EQ(read.error(), c.expected) << c.name;
  }
}

TEST(PeerCertificate, IsNoneWithBadUtf8InItsSubject) {
  static const TestCa ca;
  std::string der = DerOf(ca.Issue({.common_names = {"here-it-is"}}).certificate);
  der[der.find("here-it-is")] = '\xff';
  EXPECT_EQ(ParsePeerCertificate(der).error(), "cannot be read");
}

TEST(PeerCertificate, IsNoneWhereTheEncodingIsCutOrContinued) {
  static const TestCa ca;
  const std::string der = DerOf(ca.Issue({.dns = {"a.example"}}).certificate);
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_EQ(ParsePeerCertificate(std::string_view(der).substr(0, size)).error(), "cannot be read");
  }
  EXPECT_EQ(ParsePeerCertificate(der + "x").error(), "cannot be read");
  EXPECT_EQ(ParsePeerCertificate(std::string(kMaxPeerCertificate + 1, '0')).error(), "is over 64 KiB");
}

}  // namespace
}  // namespace dragoman::tls
