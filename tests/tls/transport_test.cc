#include "tls/transport.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "test_ca.h"

namespace dragoman::tls {
namespace {

using Outcome = Transport::Outcome;

config::TextSource Text(std::string text) { return {config::TextSource::Kind::kText, std::move(text), {}}; }
config::KeyPair Pair(const PemPair& pair) { return {Text(pair.certificate), Text(pair.private_key)}; }

const TestCa& Ca() {
  static const TestCa ca;
  return ca;
}

const TestCa& OtherCa() {
  static const TestCa ca("Other CA");
  return ca;
}

// A connected pair of sockets with a Transport at one end each; nothing ever waits.
class TransportTest : public testing::Test {
 protected:
  TransportTest() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    server_socket_ = pair[0];
    client_socket_ = pair[1];
  }
  ~TransportTest() override {
    server_.reset();
    client_.reset();
    ::close(server_socket_);
    CloseClient();
  }

  void CloseClient() {
    if (client_socket_ >= 0) ::close(std::exchange(client_socket_, -1));
  }

  void Server(const config::ListenerTls& tls) {
    auto built = ServerContext::Build(tls);
    ASSERT_TRUE(built) << built.error().front().what;
    server_ = Transport::Accept(*built, server_socket_);
  }
  void ServerFor(const CertificateSpec& spec) { Server({.certificates = {Pair(Ca().Issue(spec))}}); }

  void Client(config::ClientTls tls = {.ca = Text(Ca().pem())}, const char* host = "shop.example",
              ClientContext::Protocol protocol = ClientContext::Protocol::kHttp1) {
    auto built = ClientContext::Build(tls, protocol);
    ASSERT_TRUE(built) << built.error().front().what;
    client_ = Transport::Connect(*built, client_socket_, host);
  }

  // Lets both shake hands until neither has anything more to say.
  void Shake() {
    for (int i = 0; i < 10; ++i) {
      server_->OnReadable(false);
      if (server_outcome_ != Outcome::kDone) server_outcome_ = server_->Handshake();
      client_->OnReadable(false);
      if (client_outcome_ != Outcome::kDone) client_outcome_ = client_->Handshake();
    }
  }
  void Connect() {
    ServerFor({.dns = {"shop.example"}});
    Client();
    Shake();
    ASSERT_EQ(server_outcome_, Outcome::kDone) << server_->failure();
    ASSERT_EQ(client_outcome_, Outcome::kDone) << client_->failure();
  }

  static Outcome Write(Transport& transport, std::string_view text) {
    iovec part{const_cast<char*>(text.data()), text.size()};
    std::span<iovec> parts(&part, 1);
    return transport.Write(parts);
  }
  // Everything that has come.
  static std::string ReadAll(Transport& transport, Outcome* last = nullptr) {
    transport.OnReadable(false);
    std::string all;
    for (;;) {
      char piece[50'000];
      const auto read = transport.Read(piece, sizeof piece);
      all.append(piece, read.bytes);
      if (last) *last = read.outcome;
      if (read.outcome != Outcome::kDone) return all;
    }
  }
  std::string RawFromServer() {
    char bytes[100'000];
    const ssize_t count = ::recv(client_socket_, bytes, sizeof bytes, 0);
    return {bytes, count > 0 ? static_cast<size_t>(count) : 0};
  }

  int server_socket_ = -1;
  int client_socket_ = -1;
  std::unique_ptr<Transport> server_;
  std::unique_ptr<Transport> client_;
  Outcome server_outcome_ = Outcome::kBlocked;
  Outcome client_outcome_ = Outcome::kBlocked;
};

TEST_F(TransportTest, CarriesBytesBothWays) {
  Connect();
  EXPECT_STREQ(SSL_get_version(client_->native()), "TLSv1.3");
  EXPECT_EQ(Write(*client_, "GET / HTTP/1.1\r\n\r\n"), Outcome::kDone);
  EXPECT_EQ(ReadAll(*server_), "GET / HTTP/1.1\r\n\r\n");
  const std::string body(40'000, 'b');
  EXPECT_EQ(Write(*server_, body), Outcome::kDone);
  EXPECT_EQ(ReadAll(*client_), body);
}

TEST_F(TransportTest, PutsPartsIntoOneRecordAndOneSend) {
  Connect();
  RawFromServer();  // tickets
  std::string head = "head", body = "body", end = "end";
  iovec parts[] = {{head.data(), 4}, {nullptr, 0}, {body.data(), 4}, {end.data(), 3}};
  std::span<iovec> rest(parts);
  EXPECT_EQ(server_->Write(rest), Outcome::kDone);
  EXPECT_TRUE(rest.empty());
  const std::string raw = RawFromServer();
  EXPECT_EQ(raw.size(), 5 + 11 + 1 + 16u);  // one record: header, content, its type, tag
}

TEST_F(TransportTest, KeepsWhatTheSocketDoesNotTakeAndGoesOnWhenItDoes) {
  Connect();
  std::string large(4 << 20, 'x');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7);
  iovec parts[] = {{large.data(), 1000}, {large.data() + 1000, large.size() - 1000}};
  std::span<iovec> rest(parts);
  std::string got;
  int blocked = 0;
  while (server_->Write(rest) != Outcome::kDone) {
    ASSERT_LT(++blocked, 10'000);
    ASSERT_TRUE(server_->has_unsent());
    got += ReadAll(*client_);
    server_->OnWritable();
  }
  got += ReadAll(*client_);
  EXPECT_GT(blocked, 0);
  EXPECT_TRUE(got == large);
  EXPECT_FALSE(server_->has_unsent());
}

TEST_F(TransportTest, HasNoBuffersWhileIdle) {
  Connect();
  EXPECT_EQ(Write(*client_, "hello"), Outcome::kDone);
  EXPECT_EQ(ReadAll(*server_), "hello");
  EXPECT_EQ(SSL_alloc_buffers(server_->native()), 1);  // would be a mistake if there were any left
  EXPECT_EQ(SSL_free_buffers(server_->native()), 1);
}

TEST_F(TransportTest, TellsAnEndFromATruncation) {
  Connect();
  EXPECT_EQ(Write(*client_, "bye"), Outcome::kDone);
  client_->Farewell();
  CloseClient();
  Outcome last{};
  EXPECT_EQ(ReadAll(*server_, &last), "bye");
  EXPECT_EQ(last, Outcome::kEnd);
  EXPECT_FALSE(server_->truncated());
}

TEST_F(TransportTest, TellsATruncationFromAnEnd) {
  Connect();
  EXPECT_EQ(Write(*client_, "bye"), Outcome::kDone);
  ReadAll(*client_);  // tickets: a socket that is closed on unread bytes resets
  CloseClient();
  server_->OnReadable(true);
  Outcome last{};
  EXPECT_EQ(ReadAll(*server_, &last), "bye");
  EXPECT_EQ(last, Outcome::kEnd);
  EXPECT_TRUE(server_->truncated());
}

TEST_F(TransportTest, StillWritesToAClientThatHasEndedItsSide) {
  Connect();
  client_->Farewell();
  ::shutdown(client_socket_, SHUT_WR);
  Outcome last{};
  ReadAll(*server_, &last);
  EXPECT_EQ(last, Outcome::kEnd);
  EXPECT_EQ(Write(*server_, "reply"), Outcome::kDone);
  EXPECT_EQ(ReadAll(*client_), "reply");
}

TEST_F(TransportTest, FailsOnARecordThatWasChanged) {
  Connect();
  EXPECT_EQ(Write(*client_, "hello"), Outcome::kDone);
  char raw[100];
  const ssize_t size = ::recv(server_socket_, raw, sizeof raw, 0);
  raw[10] ^= 1;
  ASSERT_EQ(::send(client_socket_, raw, static_cast<size_t>(size), 0), size);
  Outcome last{};
  EXPECT_EQ(ReadAll(*server_, &last), "");
  EXPECT_EQ(last, Outcome::kFailed);
  EXPECT_EQ(server_->failure(), "decryption failed or bad record mac");
  EXPECT_EQ(Write(*server_, "x"), Outcome::kFailed);
  ReadAll(*client_, &last);
  EXPECT_EQ(last, Outcome::kFailed);
  EXPECT_EQ(client_->failure(), "it sent the TLS alert \"bad record mac\"");
}

TEST_F(TransportTest, SaysWhyAServersCertificateIsNotAccepted) {
  const struct {
    const char* name;
    PemPair server;
    const char* host;
    const char* expected;
  } kCases[] = {
      {"good", Ca().Issue({.dns = {"shop.example"}}), "shop.example", ""},
      {"good: case", Ca().Issue({.dns = {"SHOP.example"}}), "shop.EXAMPLE", ""},
      {"good: wildcard", Ca().Issue({.dns = {"*.shop.example"}}), "a.shop.example", ""},
      {"good: address", Ca().Issue({.addresses = {"127.0.0.1", "::1"}}), "127.0.0.1", ""},
      {"good: address of six", Ca().Issue({.addresses = {"127.0.0.1", "::1"}}), "::1", ""},
      {"another name", Ca().Issue({.dns = {"a.example"}}), "shop.example",
       "the certificate is for \"a.example\", not for \"shop.example\""},
      {"many names", Ca().Issue({.dns = {"d.e", "a.e", "c.e", "b.e"}}), "shop.example",
       "the certificate is for \"a.e\", \"b.e\", \"c.e\" and 1 more, not for \"shop.example\""},
      {"wildcard of two labels", Ca().Issue({.dns = {"*.shop.example"}}), "a.b.shop.example",
       "the certificate is for \"*.shop.example\", not for \"a.b.shop.example\""},
      {"only a common name", Ca().Issue({.common_names = {"shop.example"}}), "shop.example",
       "the certificate is for no host name, not for \"shop.example\""},
      {"another address", Ca().Issue({.dns = {"shop.example"}, .addresses = {"10.0.0.7"}}), "127.0.0.1",
       "the certificate is for \"shop.example\", not for \"127.0.0.1\""},
      {"another CA", OtherCa().Issue({.dns = {"shop.example"}}), "shop.example",
       "certificate verify failed: unable to get local issuer certificate"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    server_outcome_ = client_outcome_ = Outcome::kBlocked;
    Server({.certificates = {Pair(c.server)}});
    Client({.ca = Text(Ca().pem())}, c.host);
    Shake();
    EXPECT_EQ(client_->failure(), c.expected);
    EXPECT_EQ(client_outcome_, *c.expected ? Outcome::kFailed : Outcome::kDone);
    ReadAll(*server_);
    ReadAll(*client_);
    RawFromServer();
  }
}

TEST_F(TransportTest, SaysWhyAClientsCertificateIsNotAccepted) {
  const struct {
    const char* name;
    std::optional<PemPair> client;
    const char* server_says;
    const char* client_says;
  } kCases[] = {
      {"good", Ca().Issue({.common_names = {"mobile"}}), "", ""},
      {"none", std::nullopt, "it shows no certificate", "it sent the TLS alert \"certificate required\""},
      {"another CA", OtherCa().Issue({}), "certificate verify failed: unable to get local issuer certificate",
       "it sent the TLS alert \"unknown ca\""},
      {"hostile", Ca().Issue({.uris = {"spiffe://a\n"}}), "the certificate has a URI with a control character in it",
       "it sent the TLS alert \"handshake failure\""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    server_outcome_ = client_outcome_ = Outcome::kBlocked;
    Server({.certificates = {Pair(Ca().Issue({.dns = {"shop.example"}}))},
            .client_ca = Text(Ca().pem()),
            .client_certificate = config::ClientCertificate::kRequired});
    config::ClientTls tls{.ca = Text(Ca().pem())};
    if (c.client) tls.certificate = Pair(*c.client);
    Client(tls);
    Shake();
    EXPECT_EQ(server_outcome_, *c.server_says ? Outcome::kFailed : Outcome::kDone);
    EXPECT_EQ(server_->failure(), c.server_says);
    ReadAll(*client_);
    EXPECT_EQ(client_->failure(), c.client_says);
    if (*c.server_says == 0) {
      ASSERT_NE(server_->peer_certificate(), nullptr);
      EXPECT_EQ(server_->peer_certificate()->common_name, "mobile");
    }
    RawFromServer();
  }
}

TEST_F(TransportTest, AsksForACertificateButTakesNone) {
  Server({.certificates = {Pair(Ca().Issue({.dns = {"shop.example"}}))},
          .client_ca = Text(Ca().pem()),
          .client_certificate = config::ClientCertificate::kOptional});
  Client();
  Shake();
  EXPECT_EQ(server_outcome_, Outcome::kDone);
  EXPECT_EQ(server_->peer_certificate(), nullptr);
}

TEST_F(TransportTest, NeedsH2WhereItIsDemanded) {
  ServerFor({.dns = {"shop.example"}});
  const auto none_of_them = [](SSL*, const unsigned char**, unsigned char*, const unsigned char*, unsigned int, void*) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  };
  SSL_CTX_set_alpn_select_cb(SSL_get_SSL_CTX(server_->native()), none_of_them, nullptr);
  Client({.ca = Text(Ca().pem())}, "shop.example", ClientContext::Protocol::kHttp2);
  Shake();
  EXPECT_EQ(server_->failure(), "there is no protocol in common (ALPN)");
  EXPECT_EQ(client_->failure(), "there is no protocol in common (ALPN)");
}

TEST_F(TransportTest, NeedsH2FromAServerWithoutAlpnToo) {
  ServerFor({.dns = {"shop.example"}});
  SSL_CTX_set_alpn_select_cb(SSL_get_SSL_CTX(server_->native()), nullptr, nullptr);
  Client({.ca = Text(Ca().pem())}, "shop.example", ClientContext::Protocol::kHttp2);
  Shake();
  EXPECT_EQ(client_->failure(), "it does not offer h2 (ALPN)");
}

TEST_F(TransportTest, SaysThatTheOtherSideDoesNotSpeakTls) {
  const struct {
    const char* bytes;
    bool http;
  } kCases[] = {{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
                {"PATCH /", true},
                {"SSH-2.0-OpenSSH", true},
                {"hello there", false}};
  for (const auto& c : kCases) {
    ServerFor({});
    ASSERT_GT(::send(client_socket_, c.bytes, std::strlen(c.bytes), 0), 0);
    EXPECT_EQ(server_->Handshake(), Outcome::kFailed) << c.bytes;
    EXPECT_EQ(server_->failure(), "it does not speak TLS") << c.bytes;
    EXPECT_EQ(server_->looks_like_http(), c.http) << c.bytes;
  }
}

TEST_F(TransportTest, SaysThatTheConnectionEndedDuringTheHandshake) {
  ServerFor({});
  CloseClient();
  EXPECT_EQ(server_->Handshake(), Outcome::kFailed);
  EXPECT_EQ(server_->failure(), "the connection was closed during the TLS handshake");
}

TEST_F(TransportTest, RefusesOldVersionsAndCiphersWithoutForwardSecrecy) {
  ServerFor({.dns = {"shop.example"}, .key = CertificateSpec::Key::kRsa2048});
  Client();
  SSL_set_security_level(client_->native(), 0);
  SSL_set_min_proto_version(client_->native(), TLS1_VERSION);
  SSL_set_max_proto_version(client_->native(), TLS1_1_VERSION);
  SSL_set_cipher_list(client_->native(), "ALL:@SECLEVEL=0");
  Shake();
  EXPECT_EQ(server_->failure(), "there is no TLS version in common");
  EXPECT_EQ(client_->failure(), "there is no TLS version in common");
  RawFromServer();

  server_outcome_ = client_outcome_ = Outcome::kBlocked;
  ServerFor({.dns = {"shop.example"}, .key = CertificateSpec::Key::kRsa2048});
  Client();
  SSL_set_max_proto_version(client_->native(), TLS1_2_VERSION);
  SSL_set_cipher_list(client_->native(), "kRSA");
  Shake();
  EXPECT_EQ(server_->failure(), "there is no cipher in common");
}

TEST_F(TransportTest, ShakesHandsAndReadsByteByByte) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    server_outcome_ = client_outcome_ = Outcome::kBlocked;
    int relay[2];  // the client's bytes on their way to the server
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, relay), 0);
    auto server_context = ServerContext::Build({.certificates = {Pair(Ca().Issue({.dns = {"shop.example"}}))}});
    server_ = Transport::Accept(*server_context, relay[0]);
    Client();
    SSL_set_max_proto_version(client_->native(), version);
    std::string got;
    const auto turn = [&] {
      char byte;
      while (::recv(server_socket_, &byte, 1, 0) == 1) {
        ASSERT_EQ(::send(relay[1], &byte, 1, 0), 1);
        server_->OnReadable(false);
        if (server_outcome_ != Outcome::kDone) {
          server_outcome_ = server_->Handshake();
        } else {
          got += ReadAll(*server_);
        }
      }
      while (::recv(relay[1], &byte, 1, 0) == 1) {
        ASSERT_EQ(::send(server_socket_, &byte, 1, 0), 1);
        client_->OnReadable(false);
        if (client_outcome_ != Outcome::kDone) {
          client_outcome_ = client_->Handshake();
        } else {
          ReadAll(*client_);
        }
      }
    };
    client_outcome_ = client_->Handshake();
    for (int i = 0; i < 5; ++i) turn();
    EXPECT_EQ(Write(*client_, "hello, "), Outcome::kDone);
    EXPECT_EQ(Write(*client_, "byte by byte"), Outcome::kDone);
    turn();
    EXPECT_EQ(got, "hello, byte by byte");
    ::close(relay[0]);
    ::close(relay[1]);
  }
}

TEST_F(TransportTest, GivesUpAClientThatSendsNoContent) {
  const int much = 1 << 20;
  ::setsockopt(client_socket_, SOL_SOCKET, SO_SNDBUF, &much, sizeof much);
  Connect();
  for (int i = 0; i < 15'000; ++i) {
    SSL_key_update(client_->native(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(client_->native());
  }
  client_->Handshake();  // sends them all
  Outcome last{};
  ReadAll(*server_, &last);
  EXPECT_EQ(last, Outcome::kFailed);
  EXPECT_EQ(server_->failure(), "it sends records without content");
}

}  // namespace
}  // namespace dragoman::tls
