#include "http_client/client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client_fixture.h"

namespace dragoman::http_client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n";

TEST_F(ClientTest, AsksAsItIsTold) {
  ScriptedServer server(ScriptedServer::Answers(
      "HTTP/1.1 200 OK\r\nContent-Type: application/jwk-set+json\r\nCache-Control: max-age=60\r\nContent-Length: "
      "2\r\n\r\n{}"));
  const auto client = ClientOf(server.url("/keys?x=1"));
  const Result<Response> response = Fetch(*client);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_type, "application/jwk-set+json");
  EXPECT_EQ(response->cache_control, "max-age=60");
  EXPECT_EQ(response->body, "{}");
  ASSERT_TRUE(Fetch(*client, {.method = "POST",
                              .headers = {{"authorization", "Basic eDp5"}, {"accept", "application/json"}},
                              .body = "token=t",
                              .content_type = "application/x-www-form-urlencoded"}));
  const std::string agent = "user-agent: dragoman/0.1.0\r\nconnection: close\r\n";
  EXPECT_THAT(server.requests(),
              ElementsAre("GET /keys?x=1 HTTP/1.1\r\nhost: " + server.address() + "\r\n" + agent + "\r\n",
                          "POST /keys?x=1 HTTP/1.1\r\nhost: " + server.address() + "\r\n" + agent +
                              "authorization: Basic eDp5\r\naccept: application/json\r\n"
                              "content-type: application/x-www-form-urlencoded\r\ncontent-length: 7\r\n\r\ntoken=t"));
}

TEST_F(ClientTest, ReadsBodiesHoweverTheyEnd) {
  const std::string big(Client::kMaxBody, 'x');
  const struct {
    const char* name;
    std::string response;
    std::string told;
  } kCases[] = {
      {"sized", "Content-Length: 5\r\n\r\nhello", "200 hello"},
      {"empty", "Content-Length: 0\r\n\r\n", "200 "},
      {"until close", "\r\nhello", "200 hello"},
      {"chunked", "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "200 hello"},
      {"extensions and trailers",
       "Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n5;a=b;c=\"d\"\r\nhello\r\n0;last\r\nx: y\r\n\r\n", "200 hello"},
      {"the largest", "Content-Length: 1048576\r\n\r\n" + big, "200 " + big},
      {"the largest chunked", "Transfer-Encoding: chunked\r\n\r\n100000\r\n" + big + "\r\n0\r\n\r\n", "200 " + big},
      {"bytes behind it", "Content-Length: 2\r\n\r\n{}HTTP/1.1 500 No\r\n\r\n", "200 {}"},
      {"identity", "Content-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}", "200 {}"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Told(ScriptedServer::Answers(std::string(kHead) + test.response)), test.told);
  }
}

TEST_F(ClientTest, ReadsWhatComesByteByByte) {
  EXPECT_EQ(Told([](Connection& connection) {
              connection.ReadRequest();
              const std::string response =
                  std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nt: u\r\n\r\n";
              for (const char& byte : response) connection.Write({&byte, 1});
            }),
            "200 hello");
}

TEST_F(ClientTest, GivesBackWhateverStatusCame) {
  const struct {
    const char* status;
    const char* told;
  } kCases[] = {{"204 No Content", "204 "},    {"304 Not Modified", "304 "},    {"302 Found", "302 {}"},
                {"401 Who", "401 {}"},         {"404 Not Found", "404 {}"},     {"500 Oops", "500 {}"},
                {"503 Unavailable", "503 {}"}, {"299 Something else", "299 {}"}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.status);
    const std::string location = "\r\nLocation: http://elsewhere.example/\r\nContent-Length: 2\r\n\r\n{}";
    EXPECT_EQ(Told(ScriptedServer::Answers("HTTP/1.1 " + std::string(test.status) + location)), test.told);
  }
}

TEST_F(ClientTest, PassesInformationalAnswersOver) {
  const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  const std::string end = std::string(kHead) + "Content-Length: 2\r\n\r\n{}";
  EXPECT_EQ(Told(ScriptedServer::Answers(go_on + hints + hints + end)), "200 {}");
  std::string many;
  for (int i = 0; i < 17; ++i) many += go_on;
  EXPECT_EQ(Told(ScriptedServer::Answers(many + end)), "H: sends informational answers without end");
  EXPECT_EQ(Told(ScriptedServer::Answers("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")),
            "H: the answer's status is 101");
}

TEST_F(ClientTest, SaysWhatIsWrongWithAnAnswer) {
  const struct {
    const char* name;
    std::string response;
    std::string told;
  } kCases[] = {
      {"nothing", "", "H: closed the connection without an answer"},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-", "H: closed the connection before the answer had ended"},
      {"half a body", std::string(kHead) + "Content-Length: 3\r\n\r\n{}",
       "H: closed the connection before the answer had ended"},
      {"half a chunk", std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
       "H: closed the connection before the answer had ended"},
      {"no last chunk", std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
       "H: closed the connection before the answer had ended"},
      {"garbage", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "H: the answer is no HTTP/1.1: bad version"},
      {"an odd status", "HTTP/1.1 2x0 OK\r\n\r\n", "H: the answer is no HTTP/1.1: bad status"},
      {"an odd header", "HTTP/1.1 200 OK\r\nx y: z\r\n\r\n", "H: the answer is no HTTP/1.1: bad field"},
      {"an odd length", std::string(kHead) + "Content-Length: -1\r\n\r\n",
       "H: the answer is no HTTP/1.1: bad Content-Length"},
      {"two lengths", std::string(kHead) + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
       "H: the answer is no HTTP/1.1: multiple Content-Length"},
      {"an odd chunk", std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
       "H: the answer is no HTTP/1.1: bad chunk"},
      {"a long head", std::string(kHead) + "x: " + std::string(33 << 10, 'x') + "\r\n\r\n",
       "H: the answer's head has more than 32768 bytes"},
      {"many headers",
       std::string(kHead) +
           [] {
             std::string lines;
             for (int i = 0; i < 10'000; ++i) lines += "x: y\r\n";
             return lines;
           }(),
       "H: the answer's head has more than 32768 bytes"},
      {"a body said too large", std::string(kHead) + "Content-Length: 1048577\r\n\r\n",
       "H: the answer's body has more than 1048576 bytes"},
      {"a body too large", std::string(kHead) + "\r\n" + std::string(Client::kMaxBody + 1, 'x'),
       "H: the answer's body has more than 1048576 bytes"},
      {"chunks too large",
       std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + std::string(Client::kMaxBody + 1, 'x'),
       "H: the answer's body has more than 1048576 bytes"},
      {"a coding", std::string(kHead) + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
       "H: the answer has a content coding, which was not asked for"},
      {"status 700", "HTTP/1.1 700 Huh\r\nContent-Length: 0\r\n\r\n", "H: the answer's status is 700"},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(Told(ScriptedServer::Answers(test.response)), test.told);
  }
}

TEST_F(ClientTest, WaitsNoLongerThanItMay) {
  const config::Milliseconds kShort{50};
  const std::string kTold = "H: no answer within 50 ms";
  EXPECT_EQ(Told(
                [](Connection& connection) {
                  connection.ReadRequest();
                  connection.WaitForClose();
                },
                kShort),
            kTold);
  EXPECT_EQ(Told(
                [](Connection& connection) {
                  connection.ReadRequest();
                  connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                  connection.WaitForClose();
                },
                kShort),
            kTold);
}

// A socket that listens and whose queue is full: a connection to it is never made.
TEST_F(ClientTest, WaitsForAConnectionNoLongerThanItMay) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int first = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(first, reinterpret_cast<const sockaddr*>(&address), size), 0);
  const std::string host = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const auto client = ClientOf("http://" + host + "/", config::Milliseconds(50));
  EXPECT_EQ(Fetch(*client).error().message(), host + ": no connection within 50 ms");
  ::close(first);
  ::close(listener);
}

TEST_F(ClientTest, SaysWhyThereIsNoConnection) {
  const int unused = ::socket(AF_INET, SOCK_STREAM, 0);  // bound, but not listening
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(unused, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(unused, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string host = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const Result<Response> refused = Fetch(*ClientOf("http://" + host + "/"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), Reason::kBackendUnavailable);
  EXPECT_EQ(refused.error().message(), host + ": cannot connect to " + host + ": Connection refused");
  ::close(unused);
  const Result<Response> unknown = Fetch(*ClientOf("http://issuer.invalid/"));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(std::string(unknown.error().message()),
              HasSubstr("issuer.invalid:80: cannot be resolved: Host not found"));
}

TEST_F(ClientTest, TriesAllAddressesOfAName) {
  ScriptedServer server(ScriptedServer::Answers(ScriptedServer::Response("{}")));  // on 127.0.0.1 alone
  const Result<Response> response = Fetch(*ClientOf(server.url("/", "localhost")));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "{}");
}

TEST_F(ClientTest, SendsNoHeaderThatWouldBeginAnother) {
  ScriptedServer server(ScriptedServer::Answers(ScriptedServer::Response("{}")));
  const Result<Response> response =
      Fetch(*ClientOf(server.url("/")), {.headers = {{"authorization", "Basic x\r\nx-admin: 1"}}});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message(),
            server.address() + ": the value of authorization holds a character that no header can carry");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(ClientTest, RefusesAUrlThatIsNone) {
  config::HttpTarget target;
  target.url = "issuer.example";
  target.at = {.file = "dragoman.yaml", .line = 4, .column = 7};
  const auto client = Client::Make(*loop_, target);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().where, "dragoman.yaml:4:7");
  EXPECT_EQ(client.error().what, R"(expected a URL that begins with https:// or http://, got "issuer.example")");
}

// What waits is destroyed with the loop, wherever it stands.
TEST_F(ClientTest, EndsWithItsLoop) {
  ScriptedServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    connection.WaitForClose();
  });
  for (const char* host : {"127.0.0.1", "localhost"}) {
    for (const bool sent : {false, true}) {
      Outcome outcome;
      auto client = ClientOf(server.url("/", host));
      loop_->Spawn(FetchInto(*client, {}, outcome));
      if (sent) {
        const size_t before = server.requests().size();
        ASSERT_TRUE(RunUntil([&] {
          loop_->io().poll();
          asio::post(loop_->io(), [] {});
          return server.requests().size() > before;
        }));
      }
      loop_.emplace();
      EXPECT_FALSE(outcome);
    }
  }
}

// What is under way goes on without the client.
TEST_F(ClientTest, MayBeDestroyedWhileItFetches) {
  ScriptedServer server(ScriptedServer::Answers(ScriptedServer::Response("{}")));
  Outcome outcome;
  auto client = ClientOf(server.url("/"));
  loop_->Spawn(FetchInto(*client, {}, outcome));
  client.reset();
  ASSERT_TRUE(RunUntil([&] { return outcome.has_value(); }));
  ASSERT_TRUE(*outcome) << outcome->error().message();
}

TEST_F(ClientTest, FetchesSeveralAtOnce) {
  ScriptedServer server(ScriptedServer::Answers(ScriptedServer::Response("{}")));
  const auto client = ClientOf(server.url("/"));
  std::vector<Outcome> outcomes(20);
  for (Outcome& outcome : outcomes) loop_->Spawn(FetchInto(*client, {}, outcome));
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(RunUntil([&] { return outcome.has_value(); }));
    EXPECT_TRUE(*outcome);
  }
}

}  // namespace
}  // namespace dragoman::http_client
