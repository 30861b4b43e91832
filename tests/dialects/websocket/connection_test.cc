#include "dialects/websocket/connection.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "duplex_exchange.h"
#include "run_until.h"
#include "websocket_frames.h"

namespace dragoman::dialects::websocket {
namespace {

using frames::CloseFrame;
using frames::Frame;
using frames::Text;
using frames::Told;
using std::string;

constexpr uint64_t kMaxMessage = 1000;
constexpr Duration kEver = std::chrono::hours(1);

// A server that says back what it hears. "bye" closes from its side, "stop" makes it stop to listen until Go.
class Echo {
 public:
  explicit Echo(size_t piece_bytes = SIZE_MAX, const Connection::Options& options = {kMaxMessage, kEver, kEver})
      : exchange_(loop_, {}, piece_bytes), connection_(std::in_place, exchange_, options) {
    loop_.Spawn(Serve());
  }

  // Runs until the server has ended the exchange; what it has sent.
  string ToTheEnd() {
    EXPECT_TRUE(RunUntil(loop_, [this] { return ended_; }));
    return Told(exchange_.sent);
  }
  // Runs until it has sent that.
  bool Until(const string& told) {
    return RunUntil(loop_, [&] { return Told(exchange_.sent) == told; });
  }
  void Go() { go_.Notify(); }

  Loop loop_;
  DuplexExchange exchange_;
  std::optional<Connection> connection_;
  Buffer message_;
  Signal go_;
  uint16_t code_ = 0;
  bool late_ = false;
  bool ended_ = false;

 private:
  Task<void> Serve() {
    const Handshake handshake{.key = "dGhlIHNhbXBsZSBub25jZQ==", .subprotocol = "dragoman.json"};
    const Header header{"x-request-id", "r-1"};
    co_await connection_->Accept(handshake, {&header, 1});
    for (;;) {
      const Connection::Received received = co_await connection_->Receive(message_);
      if (received == Connection::Received::kClosed) break;
      if (message_.view() == "bye") {
        co_await connection_->Close(4003, "what was \xC3\xA9" + string(200, 'x'));
        break;
      }
      if (message_.view() == "stop") co_await go_.Wait();
      connection_->Append(message_.view(), received == Connection::Received::kText ? Connection::Kind::kText
                                                                                   : Connection::Kind::kBinary);
      const bool taken = co_await connection_->Flush();
      if (!taken) break;
    }
    code_ = connection_->close_code();
    late_ = connection_->failure().reason() == Reason::kRequestTimeout;
    co_await connection_->Close(kNormal, {});
    connection_.reset();
    ended_ = true;
  }
};

TEST(ConnectionTest, AnswersTheHandshake) {
  Echo echo;
  EXPECT_TRUE(echo.Until(""));
  EXPECT_EQ(echo.exchange_.sent,
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nsec-websocket-protocol: "
            "dragoman.json\r\nx-request-id: r-1\r\n\r\n");
  EXPECT_TRUE(echo.exchange_.taken_over);
  EXPECT_EQ(echo.exchange_.writes, 1u);
  echo.exchange_.End();
  EXPECT_EQ(echo.ToTheEnd(), "");
  EXPECT_EQ(echo.code_, kGone);
}

const string kTooBigText = "close 1009 a message is larger than 1000 bytes";
const string kBadText = "close 1007 a text message is not valid UTF-8";
string Broken(const string& what) { return "close 1002 the WebSocket " + what; }

TEST(ConnectionTest, KeepsToTheProtocol) {
  const string bye = CloseFrame(1000);
  const string emoji = "\xF0\x9F\x98\x80";
  struct Case {
    const char* name;
    string sent;
    string told;
    uint16_t code;
  };
  const Case kCases[] = {
      {"a text and good-bye", Text("hello") + bye, "text hello; close 1000", 1000},
      {"an empty text", Text("") + bye, "text ; close 1000", 1000},
      {"bytes", Frame(2, "\x01\xFF") + bye, "binary \x01\xFF; close 1000", 1000},
      {"one of 126 bytes", Text(string(126, 'a')) + bye, "text (126); close 1000", 1000},
      {"one in three frames", Frame(1, "he", {.fin = false}) + Frame(0, "ll", {.fin = false}) + Frame(0, "o") + bye,
       "text hello; close 1000", 1000},
      {"one whose frames cut a character",
       Frame(1, emoji.substr(0, 2), {.fin = false}) + Frame(0, emoji.substr(2)) + bye, "text " + emoji + "; close 1000",
       1000},
      {"empty frames of one", Frame(1, "", {.fin = false}) + Frame(0, "", {.fin = false}) + Frame(0, "") + bye,
       "text ; close 1000", 1000},
      {"a ping within one", Frame(1, "he", {.fin = false}) + Frame(9, "abc") + Frame(0, "llo") + bye,
       "pong abc; text hello; close 1000", 1000},
      {"a pong that nobody asked for", Frame(10, "abc") + bye, "close 1000", 1000},
      {"good-bye without a code", Frame(8, ""), "close 1000", kNoCode},
      {"good-bye with words", CloseFrame(4001, "enough"), "close 4001", 4001},
      {"text behind good-bye", bye + Text("hello"), "close 1000", 1000},
      {"as much as may be", Text(string(kMaxMessage, 'a')) + bye, "text (1000); close 1000", 1000},
      {"more", Text(string(kMaxMessage + 1, 'a')), kTooBigText, 1009},
      {"more in two frames", Frame(1, string(900, 'a'), {.fin = false}) + Frame(0, string(101, 'a')), kTooBigText,
       1009},
      {"far more, told", Frame(1, "", {.claimed = 1ull << 40}), kTooBigText, 1009},
      {"a length with the highest bit", Frame(1, "", {.claimed = 1ull << 63}), kTooBigText, 1009},
      {"bad UTF-8", Text("a\xFF"), kBadText, 1007},
      {"half a character at the end", Text(emoji.substr(0, 3)), kBadText, 1007},
      {"a surrogate", Text("\xED\xA0\x80"), kBadText, 1007},
      {"a character that is too long", Text("\xC0\x80"), kBadText, 1007},
      {"no mask", Frame(1, "hello", {.masked = false}), Broken("frame was unmasked"), 1002},
      {"RSV1, which means compressed", Frame(1, "hello", {.reserved = 4}), Broken("frame contained illegal reserved bits"), 1002},
      {"RSV2", Frame(1, "hello", {.reserved = 2}), Broken("frame contained illegal reserved bits"), 1002},
      {"RSV3 of a control frame", Frame(9, "", {.reserved = 1}), Broken("frame contained illegal reserved bits"), 1002},
      {"a reserved opcode", Frame(3, ""), Broken("frame contained an illegal opcode"), 1002},
      {"a reserved control opcode", Frame(11, ""), Broken("frame contained an illegal opcode"), 1002},
      {"a continuation of nothing", Frame(0, "hello"), Broken("continuation frame was unexpected"), 1002},
      {"a text within another", Frame(1, "he", {.fin = false}) + Text("hello"), Broken("data frame was unexpected"), 1002},
      {"a ping in two frames", Frame(9, "a", {.fin = false}), Broken("control frame was fragmented"), 1002},
      {"a ping of 126 bytes", Frame(9, string(126, 'a')), Broken("control frame size was invalid"), 1002},
      {"a length in two bytes too many", Frame(1, "hello", {.length_bytes = 2}), Broken("frame size was not canonical"), 1002},
      {"a length in eight bytes too many", Frame(1, "hello", {.length_bytes = 8}), Broken("frame size was not canonical"), 1002},
      {"good-bye with one byte", Frame(8, "\x03"), Broken("close frame payload size was invalid"), 1002},
      {"good-bye with a code that may not be sent", CloseFrame(1005), Broken("close frame reason code was invalid"), 1002},
      {"good-bye with a code of nobody", CloseFrame(999), Broken("close frame reason code was invalid"), 1002},
      {"good-bye in bad UTF-8", CloseFrame(1000, "\xFF"), Broken("close frame payload was not valid utf8"), 1002},
  };
  for (const Case& each : kCases) {
    for (const size_t piece : {SIZE_MAX, size_t{1}, size_t{3}}) {
      Echo echo(piece);
      echo.exchange_.Push(each.sent);
      EXPECT_EQ(echo.ToTheEnd(), each.told) << each.name << ", in pieces of " << piece;
      EXPECT_EQ(echo.code_, each.code) << each.name << ", in pieces of " << piece;
      EXPECT_TRUE(echo.exchange_.finished) << each.name;
    }
  }
}

TEST(ConnectionTest, EndsWhereTheClientDoes) {
  const string whole = Text("hello") + Frame(9, "abc") + Frame(1, "he", {.fin = false}) + Frame(0, "llo");
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    Echo echo;
    echo.exchange_.Push(whole.substr(0, cut));
    echo.exchange_.End();
    echo.ToTheEnd();
    EXPECT_EQ(echo.code_, kGone) << cut;
  }
}

TEST(ConnectionTest, SaysGoodByeAndWaitsForTheAnswer) {
  Echo echo;
  echo.exchange_.Push(Text("bye"));
  const string told = "close 4003 what was \xC3\xA9" + string(112, 'x');
  ASSERT_TRUE(echo.Until(told));
  EXPECT_FALSE(echo.exchange_.finished);
  echo.exchange_.Push(Text("too late") + Frame(9, "") + CloseFrame(4003));
  EXPECT_EQ(echo.ToTheEnd(), told);
  EXPECT_TRUE(echo.exchange_.finished);
}

TEST(ConnectionTest, SaysGoodByeToWhoHasLeft) {
  Echo echo;
  echo.exchange_.Push(Text("bye"));
  echo.exchange_.End();
  echo.ToTheEnd();
  EXPECT_TRUE(echo.exchange_.finished);
}

TEST(ConnectionTest, ReadsNoFurtherThanItIsAsked) {
  Echo echo(100);
  echo.exchange_.Push(Text("stop"));
  for (int i = 0; i < 1000; ++i) echo.exchange_.Push(Text(string(900, 'a')));
  ASSERT_TRUE(RunUntil(echo.loop_, [&] { return echo.exchange_.read > 0; }));
  for (int i = 0; i < 100; ++i) echo.loop_.io().poll_one();
  EXPECT_LE(echo.exchange_.read, 200u);
  echo.Go();
  echo.exchange_.Push(CloseFrame(1000));
  echo.ToTheEnd();
  EXPECT_EQ(echo.code_, 1000);
}

TEST(ConnectionTest, WaitsForAClientThatTakesNothing) {
  Echo echo;
  ASSERT_TRUE(echo.Until(""));
  echo.exchange_.set_full(true);
  for (int i = 0; i < 1000; ++i) echo.exchange_.Push(Text(string(900, 'a')) + Frame(9, "abc"));
  for (int i = 0; i < 1000; ++i) echo.loop_.io().poll_one();
  EXPECT_EQ(echo.exchange_.writes, 2u);  // the response, and the first message
  echo.exchange_.set_full(false);
  echo.exchange_.Push(CloseFrame(1000));
  echo.ToTheEnd();
  EXPECT_EQ(echo.code_, 1000);
}

TEST(ConnectionTest, FloodsOfPingsStopWhereNobodyTakesThePongs) {
  Echo echo(1000);
  ASSERT_TRUE(echo.Until(""));
  echo.exchange_.set_full(true);
  for (int i = 0; i < 10'000; ++i) echo.exchange_.Push(Frame(9, string(125, 'a')));
  for (int i = 0; i < 1000; ++i) echo.loop_.io().poll_one();
  EXPECT_LE(echo.exchange_.read, 3000u);
  echo.exchange_.AbortReply();
  echo.ToTheEnd();
  EXPECT_EQ(echo.code_, kGone);
}

TEST(ConnectionTest, AsksTheSilentAndGivesThemUp) {
  Echo echo(SIZE_MAX, {kMaxMessage, std::chrono::milliseconds(200), kEver});
  EXPECT_EQ(echo.ToTheEnd(), "ping ; close 1001 nothing came within 200 ms");
  EXPECT_TRUE(echo.exchange_.finished);
  EXPECT_EQ(echo.code_, kGoingAway);
}

TEST(ConnectionTest, KeepsWhoAnswersPings) {
  Echo echo(SIZE_MAX, {kMaxMessage, std::chrono::milliseconds(200), kEver});
  string told;
  for (int i = 0; i < 5; ++i) {
    told += i == 0 ? "ping " : "; ping ";
    ASSERT_TRUE(echo.Until(told));
    echo.exchange_.Push(Frame(10, ""));
  }
  echo.exchange_.Push(CloseFrame(1000));
  echo.ToTheEnd();
  EXPECT_EQ(echo.code_, 1000);
}

TEST(ConnectionTest, AsksNothingWhileItDoesNotListen) {
  Echo echo(SIZE_MAX, {kMaxMessage, std::chrono::milliseconds(10), kEver});
  echo.exchange_.Push(Text("stop"));
  for (int i = 0; i < 20; ++i) echo.loop_.io().run_one_for(std::chrono::milliseconds(10));
  EXPECT_EQ(Told(echo.exchange_.sent), "");
  EXPECT_FALSE(echo.exchange_.aborted);
  echo.Go();
  echo.exchange_.Push(CloseFrame(1000));
  EXPECT_EQ(echo.ToTheEnd(), "text stop; close 1000");
}

TEST(ConnectionTest, GivesTimeForAMessageButLittleForItsRest) {
  const string late = "close 1008 the rest of a message did not come within 200 ms";
  const string silent = "ping ; close 1001 nothing came within 200 ms";
  struct Case {
    const char* name;
    string sent;
    bool within;
    string told;
  };
  const Case kCases[] = {
      {"nothing", "", false, silent},
      {"a message", Text("hello"), false, "text hello; " + silent},
      {"a ping", Frame(9, "abc"), false, "pong abc; " + silent},
      {"half a message", Text("hello").substr(0, 8), true, late},
      {"the head of a message", Frame(1, "", {.claimed = 900}), true, late},
      {"a fragment", Frame(1, "he", {.fin = false}), true, late},
      {"a fragment and a ping", Frame(1, "he", {.fin = false}) + Frame(9, "abc"), true, "pong abc; " + late},
      {"both fragments", Frame(1, "he", {.fin = false}) + Frame(0, "llo"), false, "text hello; " + silent},
  };
  for (const Case& each : kCases) {
    const Duration shorter = std::chrono::milliseconds(200);
    Echo echo(SIZE_MAX, {kMaxMessage, each.within ? kEver : shorter, each.within ? shorter : kEver});
    echo.exchange_.Push(each.sent);
    EXPECT_EQ(echo.ToTheEnd(), each.told) << each.name;
    EXPECT_TRUE(echo.late_) << each.name;
    EXPECT_TRUE(echo.exchange_.finished) << each.name;
  }
}

// Runs until the server has ended the exchange, and calls `send` every few milliseconds meanwhile.
template <typename Send>
bool RunWhileSending(Echo& echo, Send send) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  TimePoint next = Clock::now();
  return RunUntil(
      echo.loop_,
      [&] {
        if (const TimePoint now = Clock::now(); now >= next) {
          send();
          next = now + kPause;
        }
        return echo.ended_;
      },
      kPause);
}

TEST(ConnectionTest, PingsAreNoPartOfAMessage) {
  Echo echo(SIZE_MAX, {kMaxMessage, kEver, std::chrono::milliseconds(50)});
  echo.exchange_.Push(Frame(1, "he", {.fin = false}));
  EXPECT_TRUE(RunWhileSending(echo, [&] { echo.exchange_.Push(Frame(9, string(125, 'a'))); }));
  EXPECT_EQ(echo.code_, kPolicyViolation);
}

TEST(ConnectionTest, ALongMessageMayTakeItsTime) {
  constexpr size_t kHeadBytes = 2 + 8 + 4;
  const string piece = Text(string(70'000, 'x')).substr(kHeadBytes);
  Echo echo(SIZE_MAX, {1 << 30, kEver, std::chrono::seconds(1)});
  echo.exchange_.Push(Frame(1, "", {.claimed = 1 << 30}));
  const TimePoint end = Clock::now() + std::chrono::milliseconds(2500);
  EXPECT_TRUE(RunWhileSending(echo, [&] { Clock::now() < end ? echo.exchange_.Push(piece) : echo.exchange_.End(); }));
  EXPECT_EQ(echo.code_, kGone);
}

TEST(ConnectionTest, WhoTakesNothingIsGivenUpWithoutAWord) {
  Echo echo(SIZE_MAX, {kMaxMessage, std::chrono::milliseconds(200), kEver});
  ASSERT_TRUE(echo.Until(""));
  echo.exchange_.set_full(true);
  EXPECT_EQ(echo.ToTheEnd(), "");
  EXPECT_TRUE(echo.exchange_.aborted);
  EXPECT_EQ(echo.code_, kGoingAway);
}

TEST(CutReasonTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutReason("short"), "short");
  EXPECT_EQ(CutReason(string(123, 'a')).size(), 123u);
  EXPECT_EQ(CutReason(string(124, 'a')).size(), 123u);
  EXPECT_EQ(CutReason(string(122, 'a') + "\xC3\xA9").size(), 122u);
  EXPECT_EQ(CutReason(string(121, 'a') + "\xC3\xA9"
                                         "b")
                .size(),
            123u);
  EXPECT_EQ(CutReason(string(120, 'a') + "\xF0\x9F\x98\x80").size(), 120u);
  EXPECT_EQ(CutReason(string(200, '\x80')), "");
}

}  // namespace
}  // namespace dragoman::dialects::websocket
