#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <thread>

#include "streams_fixture.h"

// An HTTP/1.1 exchange that is read and written at once, bodies without a bound, and connections that are taken over.
namespace dragoman::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using namespace std::literals;

constexpr std::string_view kChunked = "POST /script HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string Chunk(std::string_view content) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", content.size());
  return size + std::string(content) + "\r\n";
}

// The content of a chunked body that has come whole, or as much of it as has come.
std::string Dechunked(std::string_view body) {
  std::string content;
  while (!body.empty()) {
    const size_t size = std::stoul(std::string(body), nullptr, 16);
    body.remove_prefix(std::min(body.find("\r\n") + 2, body.size()));
    if (size == 0) break;
    content += body.substr(0, size);
    body.remove_prefix(std::min(size + 2, body.size()));
  }
  return content;
}

using Http1Streams = StreamsTest;

TEST_F(Http1Streams, EchoesWhatComesWhileItComes) {
  SetScript([](Exchange& exchange) -> Task<void> {
    Status status = co_await exchange.BeginReply(TextHead(), "hello ");
    for (;;) {
      Result<std::string_view> piece = co_await exchange.ReadBodyPiece(kEndless);
      if (!piece || piece->empty()) break;
      status = co_await exchange.WriteReply(*piece);
    }
    (void)co_await exchange.FinishReply("bye");
  });
  Start(Patient());
  Client client(address());
  client.Send(kChunked);
  std::string response;
  while (!response.ends_with("hello \r\n")) response += client.Read(1);
  for (const std::string_view word : {"one", "two", "three"}) {
    client.Send(Chunk(word));
    EXPECT_EQ(client.Read(Chunk(word).size()), Chunk(word));
  }
  client.Send("0\r\n\r\nGET /next HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(client.Read(Chunk("bye").size()), Chunk("bye"));
  EXPECT_EQ(client.Read(5), "0\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /next s none");
}

TEST_F(Http1Streams, WaitsToReadAndToWriteAtOnce) {
  SetReadAndWrite(kMuch, kEndless);
  Start(Patient());
  Client client(address(), kLittle);
  client.Send(kChunked);
  ASSERT_TRUE(log_.WaitFor("writing"));
  client.Send(Chunk("a piece"));  // while the client takes nothing
  ASSERT_TRUE(log_.WaitFor("read a piece"));
  client.Send(Chunk("another"));
  ASSERT_TRUE(log_.WaitFor("read another"));
  EXPECT_THAT(log_.all(), Not(testing::Contains("written")));
  std::string head;  // while the client sends nothing
  while (!head.ends_with("\r\n\r\n")) head += client.Read(1);
  const std::string piece = Chunk(std::string(64 << 10, 'w'));
  for (size_t i = 0; i < kMuch / (64 << 10); ++i) ASSERT_TRUE(client.Read(piece.size()) == piece) << i;
  ASSERT_TRUE(log_.WaitFor("written"));
  client.Send("0\r\n\r\n");
  ASSERT_TRUE(log_.WaitFor("over"));
  EXPECT_EQ(client.Read(5), "0\r\n\r\n");
}

TEST_F(Http1Streams, ReadsAnUploadWhoseClientDoesNotReadTheReply) {
  constexpr size_t kUpload = 24 << 20;
  SetReadAndWrite(kMuch, kEndless);
  Start(Patient());
  for (const bool chunked : {true, false}) {
    Client client(address(), kLittle);
    const std::string content(1 << 20, 'u');
    client.Send(
        "POST /script HTTP/1.1\r\nHost: s\r\nConnection: close\r\n" +
        (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: " + std::to_string(kUpload) + "\r\n\r\n"));
    for (size_t sent = 0; sent < kUpload; sent += content.size()) client.Send(chunked ? Chunk(content) : content);
    if (chunked) client.Send("0\r\n\r\n");
    const std::string response = client.ReadAll();
    EXPECT_EQ(Dechunked(BodyOf(response)).size(), kMuch);
  }
  ASSERT_TRUE(log_.WaitFor("read " + std::to_string(kUpload) + " bytes"));
}

TEST_F(Http1Streams, TellsBothDirectionsThatTheClientIsGone) {
  SetReadAndWrite(SIZE_MAX, kEndless);
  Start(Patient());
  {
    Client client(address(), kLittle);
    client.Send(kChunked);
    client.Send(Chunk("a piece"));
    ASSERT_TRUE(log_.WaitFor("read a piece"));
  }
  ASSERT_TRUE(log_.WaitFor("over, cancelled"));
  EXPECT_TRUE(log_.WaitFor("reading failed: the client went away"));
  EXPECT_TRUE(log_.WaitFor("writing failed"));
}

TEST_F(Http1Streams, TakesAHalfClosedClientForGoneWhileItReadsAndWrites) {
  SetReadAndWrite(1 << 20, kEndless);
  Start(Patient());
  Client client(address(), kLittle);
  client.Send(kChunked);
  ASSERT_TRUE(log_.WaitFor("writing"));
  client.ShutdownSend();
  ASSERT_TRUE(log_.WaitFor("reading failed: the client went away"));
  const std::string response = client.ReadAll();  // it is sent nevertheless
  EXPECT_EQ(Dechunked(BodyOf(response)).size(), size_t{1} << 20);
  EXPECT_THAT(response, EndsWith("\r\n0\r\n\r\n"));
  EXPECT_TRUE(log_.WaitFor("over, cancelled"));
}

TEST_F(Http1Streams, AReadThatIsLateDoesNotDisturbTheWriter) {
  SetReadAndWrite(kMuch, kBodyTimeout);
  config::Limits limits = Patient();
  limits.body_timeout = std::chrono::milliseconds(30);
  Start(limits);
  Client client(address(), kLittle);
  client.Send(kChunked);
  ASSERT_TRUE(log_.WaitFor("reading failed: the body did not come within 30 ms"));
  const std::string response = client.ReadAll();
  EXPECT_EQ(Dechunked(BodyOf(response)).size(), kMuch);
  EXPECT_THAT(response, EndsWith("\r\n0\r\n\r\n"));
}

TEST_F(Http1Streams, AWriteThatIsLateEndsBoth) {
  SetReadAndWrite(SIZE_MAX, kEndless);
  config::Limits limits = Patient();
  limits.idle_timeout = std::chrono::milliseconds(30);
  Start(limits);
  Client client(address(), kLittle);
  client.Send(kChunked);
  ASSERT_TRUE(log_.WaitFor("over, cancelled"));
  EXPECT_TRUE(log_.WaitFor("writing failed"));
  EXPECT_TRUE(log_.WaitFor("reading failed: the client went away"));
}

TEST_F(Http1Streams, EndlessPatienceOutlastsTheBodyTimeout) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    Signal read;
    exchange.loop().Spawn(ReadOn(exchange, kEndless, read));
    // Another connection's wait that ends in its time-out, which began later.
    co_await read.Wait();
    (void)co_await exchange.Reply(TextHead(), "patient");
  });
  config::Limits limits = Patient();
  limits.body_timeout = std::chrono::milliseconds(30);
  Start(limits);
  Client client(address());
  client.Send(kChunked);
  client.Send(Chunk("first"));
  ASSERT_TRUE(log_.WaitFor("read first"));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(StatusOf(RoundTrip("POST /pieces HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\n")), 408);
  client.Send(Chunk("second") + "0\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "patient");
}

TEST_F(Http1Streams, ReadingEndsWithTheReply) {
  SetScript([this](Exchange& exchange) { return EndWhileReading(exchange); });
  Start(Patient());
  for (const bool finish : {true, false}) {
    SCOPED_TRACE(finish);
    Client client(address());
    client.Send("POST /script HTTP/1.1\r\nHost: s\r\nX-End: " + std::string(finish ? "finish" : "abort") +
                "\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_TRUE(log_.WaitFor(finish ? "finished" : "aborted"));
    client.ShutdownSend();
    const std::string response = client.ReadAll();
    EXPECT_EQ(Dechunked(BodyOf(response)), finish ? "half and half" : "half");
    EXPECT_EQ(response.ends_with("0\r\n\r\n"), finish);
  }
  EXPECT_THAT(log_.all(), testing::Contains("reading failed: the reply has ended").Times(2));
}

TEST_F(Http1Streams, AbortingWakesWhoeverWaitsToWrite) {
  SetReadAndWrite(SIZE_MAX, kEndless);
  Start(Patient());
  Client client(address(), kLittle);
  client.Send(kChunked);
  ASSERT_TRUE(log_.WaitFor("writing"));
  client.Send(Chunk("abort"));
  ASSERT_TRUE(log_.WaitFor("writing failed"));
  ASSERT_TRUE(log_.WaitFor("over"));
  EXPECT_THAT(client.ReadAll(), Not(EndsWith("0\r\n\r\n")));
}

TEST_F(Http1Streams, PiecesHaveNoBoundTogether) {
  Start(Patient());  // max_body_bytes is 1000
  const std::string body(100'000, 'p');
  EXPECT_THAT(
      RoundTrip("POST /pieces HTTP/1.1\r\nHost: s\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + body),
      HasSubstr("\r\n\r\n100000 ppp"));
  EXPECT_THAT(RoundTrip("POST /pieces HTTP/1.1\r\nHost: s\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        Chunk(body) + "0\r\n\r\n"),
              HasSubstr("\r\n\r\n100000 ppp"));
  EXPECT_EQ(StatusOf(RoundTrip("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 100000\r\n\r\n" + body)), 413);
}

TEST_F(Http1Streams, DoesNotInviteTheBodyWithinAReply) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    Signal read;
    const bool first = exchange.head().Find("x-first") == "read";
    if (first) exchange.loop().Spawn(ReadOn(exchange, kEndless, read));
    Status status = co_await exchange.BeginReply(TextHead(), "begun");
    if (!first) exchange.loop().Spawn(ReadOn(exchange, kEndless, read));
    co_await read.Wait();
    (void)co_await exchange.FinishReply(" and ended");
  });
  Start(Patient());
  for (const bool first : {false, true}) {
    Client client(address());
    client.Send("POST /script HTTP/1.1\r\nHost: s\r\nX-First: " + std::string(first ? "read" : "reply") +
                "\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    std::string got;
    while (!got.ends_with("begun\r\n")) got += client.Read(1);
    EXPECT_EQ(got.find("100 Continue") != std::string::npos, first) << got;
    client.Send("hello");
    EXPECT_TRUE(log_.WaitFor("read hello"));
    std::string rest;
    while (!rest.ends_with("0\r\n\r\n")) rest += client.Read(1);
    EXPECT_THAT(rest, Not(HasSubstr("100 Continue")));
  }
}

TEST_F(Http1Streams, ToldOfTheDrainWhoeverServesMayEnd) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    Signal drains;
    EXPECT_FALSE(exchange.draining());
    exchange.WatchDrain([](void* signal) { static_cast<Signal*>(signal)->Notify(); }, &drains);
    log_.Add("serving");
    Status status = co_await exchange.BeginReply(TextHead(), "until");
    co_await drains.Wait();
    EXPECT_TRUE(exchange.draining());
    (void)co_await exchange.FinishReply(" the drain");
  });
  Start(Patient());
  Client client(address());
  client.Send("GET /script HTTP/1.1\r\nHost: s\r\n\r\n");
  ASSERT_TRUE(log_.WaitFor("serving"));
  StopAccepting();
  EXPECT_EQ(Dechunked(BodyOf(client.ReadAll())), "until the drain");
  WaitDrained();
}

TEST_F(Http1Streams, TheDrainDoesNotWaitForABodyThatNobodyReads) {
  Start(Patient());
  Client client(address());
  client.Send("POST /ignore HTTP/1.1\r\nHost: s\r\nContent-Length: 10\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "ignored");
  StopAccepting();
  EXPECT_EQ(client.ReadAll(), "");
  client.Close();
  WaitDrained();
}

// HTTP/1.0 has no chunks: the end of the connection is that of the body, and its being cut off shows as a reset.
TEST_F(Http1Streams, StreamsUntilTheEndOfTheConnectionToHttp10) {
  Start();
  const std::string response = RoundTrip("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(BodyOf(response), "onetwothree");
  EXPECT_EQ(HeaderOf(response, "transfer-encoding"), "");
  EXPECT_EQ(HeaderOf(response, "connection"), "close");
  EXPECT_THAT(RoundTrip("GET /abort HTTP/1.0\r\n\r\n"), EndsWith("!reset"));
}

TEST_F(Http1Streams, AHeadOfAStreamHasNoBody) {
  Start();
  Client client(address());
  for (const std::string_view version : {"1.1", "1.0"}) {
    client.Send("HEAD /stream HTTP/" + std::string(version) + "\r\nHost: s\r\nConnection: keep-alive\r\n\r\n");
    const std::string response = client.ReadResponse(true);
    EXPECT_EQ(StatusOf(response), 200);
    EXPECT_EQ(BodyOf(response), "");
  }
  client.Send("GET /next HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /next s none");
}

constexpr std::string_view kUpgrade =
    "GET /script HTTP/1.1\r\nHost: s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
constexpr std::string_view k101 =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

// Takes a connection over and sends back what comes, to the end or to a full stop.
class TakenOver : public Http1Streams {
 protected:
  TakenOver() {
    SetScript([this](Exchange& exchange) -> Task<void> {
      EXPECT_TRUE(exchange.offers_upgrade("websocket"));
      EXPECT_FALSE(exchange.offers_upgrade("h2c"));
      exchange.TakeOver();
      EXPECT_FALSE(exchange.offers_upgrade("websocket"));
      EXPECT_TRUE(exchange.reply_begun());
      Status status = co_await exchange.WriteReply(k101);
      for (bool more = true; more;) {
        Result<std::string_view> piece = co_await exchange.ReadBodyPiece(kEndless);
        if (!piece) {
          log_.Add("failed: " + std::string(piece.error().message()));
          break;
        }
        more = !piece->empty() && !piece->ends_with('.');
        status = co_await exchange.WriteReply(*piece);
      }
      status = co_await exchange.FinishReply("bye");
      log_.Add(std::to_string(exchange.reply_status()) + ", " + std::to_string(exchange.request_bytes()) + " in, " +
               std::to_string(exchange.reply_bytes()) + " out");
    });
  }
};

TEST_F(TakenOver, GivesTheBytesBehindTheHeadHoweverTheyAreCut) {
  Start(Patient());
  const std::string bytes = std::string(kUpgrade) + "frames\0\xff behind the head."s;
  for (size_t cut = 1; cut <= bytes.size(); ++cut) {
    Client client(address());
    client.Send(std::string_view(bytes).substr(0, cut));
    client.Send(std::string_view(bytes).substr(cut));
    EXPECT_EQ(client.ReadAll(), std::string(k101) + bytes.substr(kUpgrade.size()) + "bye") << cut;
  }
}

TEST_F(TakenOver, GoesOnUntilTheHandlerEndsIt) {
  Start(Patient());
  Client client(address());
  client.Send(kUpgrade);
  EXPECT_EQ(client.Read(k101.size()), k101);
  for (int i = 0; i < 3; ++i) {
    client.Send("ping");
    EXPECT_EQ(client.Read(4), "ping");
  }
  client.Send("0123456789.");
  EXPECT_EQ(client.ReadAll(), "0123456789.bye");
  EXPECT_TRUE(log_.WaitFor("101, 23 in, " + std::to_string(k101.size() + 26) + " out"));
}

TEST_F(TakenOver, CarriesMuchBothWays) {
  Start(Patient());
  Client client(address());
  client.Send(kUpgrade);
  EXPECT_EQ(client.Read(k101.size()), k101);
  std::string much(8 << 20, 'm');
  much.back() = '.';
  std::thread sender([&] { client.Send(much); });
  EXPECT_EQ(client.Read(much.size()), much);
  sender.join();
  EXPECT_EQ(client.ReadAll(), "bye");
}

TEST_F(TakenOver, TheClientsEndIsAnEmptyPiece) {
  Start(Patient());
  Client client(address());
  client.Send(kUpgrade);
  client.Send("last words");
  EXPECT_EQ(client.Read(k101.size() + 10), std::string(k101) + "last words");
  client.ShutdownSend();
  EXPECT_EQ(client.ReadAll(), "bye");
  EXPECT_TRUE(log_.WaitFor("101, 10 in, " + std::to_string(k101.size() + 13) + " out"));
}

TEST_F(TakenOver, IsNotOfferedWhereNobodyAsks) {
  SetScript([this](Exchange& exchange) -> Task<void> {
    log_.Add(exchange.offers_upgrade("websocket") ? "offered" : "not offered");
    (void)co_await exchange.Reply(TextHead(), "plain");
  });
  Start(Patient());
  EXPECT_EQ(BodyOf(RoundTrip("GET /script HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")), "plain");
  EXPECT_TRUE(log_.WaitFor("not offered"));
  // An offer that is not taken changes nothing.
  Client client(address());
  for (int i = 0; i < 2; ++i) {
    client.Send(kUpgrade);
    EXPECT_EQ(BodyOf(client.ReadResponse()), "plain");
  }
  EXPECT_TRUE(log_.WaitFor("offered"));
}

TEST_F(TakenOver, IsCutOffWhereItIsAborted) {
  SetScript([](Exchange& exchange) -> Task<void> {
    exchange.TakeOver();
    (void)co_await exchange.WriteReply(k101);
  });
  Start(Patient());
  Client client(address());
  client.Send(kUpgrade);
  EXPECT_EQ(client.ReadAll(), std::string(k101) + "!reset");
}

}  // namespace
}  // namespace dragoman::http
