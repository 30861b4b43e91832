#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coded_exchange_fixture.h"
#include "fake_exchange.h"

namespace dragoman::compression {
namespace {

TEST_F(CodedExchangeTest, ConcernsWhatMayBeCoded) {
  RequestHead plain;
  const std::vector<Header> headers = {{"content-encoding", "gzip"}};
  RequestHead coded;
  coded.headers = headers;
  EXPECT_FALSE(CodedExchange::Concerns(plain, {}));
  EXPECT_TRUE(CodedExchange::Concerns(coded, {}));
  EXPECT_TRUE(CodedExchange::Concerns(plain, rules_));
}

TEST_F(CodedExchangeTest, CodesWhatIsLargeEnoughAndSmallerThen) {
  const std::string large = Items(100);
  std::string noise(2000, '\0');
  for (size_t i = 0, x = 7; i < noise.size(); ++i) noise[i] = static_cast<char>((x = x * 48271 % 2147483647) >> 7);
  struct Case {
    const char* name;
    const char* http_method;
    const char* accept_encoding;
    ResponseHead head;
    std::string body;
    Coding coding;
    const char* expected;
  };
  const auto with = [](int status, std::string_view type, std::vector<Header> headers) {
    ResponseHead head{.status = status, .content_type = type};
    head.headers.assign(headers.begin(), headers.end());
    return head;
  };
  const ResponseHead json = JsonHead();
  for (const Case& c : std::vector<Case>{
           {"br", "GET", "gzip, br", json, large, Coding::kBrotli,
            "200 application/json\ncontent-encoding: br\nvary: Accept-Encoding\n"},
           {"gzip", "GET", "gzip", json, large, Coding::kGzip,
            "200 application/json\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
           {"HEAD tells the same", "HEAD", "gzip", json, large, Coding::kGzip,
            "200 application/json\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
           {"none accepted", "GET", "zstd", json, large, Coding::kIdentity,
            "200 application/json\nvary: Accept-Encoding\n"},
           {"one byte too small", "GET", "gzip", json, large.substr(0, 999), Coding::kIdentity,
            "200 application/json\n"},
           {"just large enough", "GET", "gzip", json, large.substr(0, 1000), Coding::kGzip,
            "200 application/json\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
           {"no smaller", "GET", "gzip", json, noise, Coding::kIdentity,
            "200 application/json\nvary: Accept-Encoding\n"},
           {"no smaller, but it must", "GET", "gzip, identity;q=0", json, noise, Coding::kGzip,
            "200 application/json\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
           {"small, but it must", "GET", "br, identity;q=0", json, "{}", Coding::kBrotli,
            "200 application/json\ncontent-encoding: br\nvary: Accept-Encoding\n"},
           {"it must, but cannot", "GET", "zstd, *;q=0", json, "{}", Coding::kIdentity, "200 application/json\n"},
           {"a picture", "GET", "gzip", with(200, "image/png", {}), large, Coding::kIdentity, "200 image/png\n"},
           {"a picture, but it must", "GET", "gzip, *;q=0", with(200, "image/png", {}), large, Coding::kGzip,
            "200 image/png\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
           {"an error", "GET", "gzip", with(404, "application/problem+json", {}), large, Coding::kGzip,
            "404 application/problem+json\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
           {"no-transform", "GET", "gzip, *;q=0", with(200, "application/json", {{"cache-control", "no-transform"}}),
            large, Coding::kIdentity, "200 application/json\ncache-control: no-transform\n"},
           {"206", "GET", "gzip, *;q=0", with(206, "application/json", {}), large, Coding::kIdentity,
            "206 application/json\n"},
           {"304", "GET", "gzip, *;q=0", with(304, "", {{"etag", "\"v7\""}}), "", Coding::kIdentity,
            "304 \netag: \"v7\"\n"},
           {"no body", "GET", "gzip, *;q=0", json, "", Coding::kIdentity, "200 application/json\n"},
           {"an ETag", "GET", "gzip", with(200, "application/json", {{"etag", "\"v7\""}}), large, Coding::kGzip,
            "200 application/json\netag: W/\"v7\"\ncontent-encoding: gzip\nvary: Accept-Encoding\n"},
       }) {
    ScriptedExchange inner(loop_, {{"accept-encoding", c.accept_encoding}}, c.http_method);
    Reply(inner, c.body, c.head);
    EXPECT_EQ(inner.sent_head, c.expected) << c.name;
    EXPECT_TRUE(inner.whole) << c.name;
    const std::string& sent = inner.written.at(0);
    EXPECT_TRUE((c.coding == Coding::kIdentity ? sent : Decoded(c.coding, sent)) == c.body) << c.name;
  }
}

TEST_F(CodedExchangeTest, LeavesResponsesAloneWithoutConfiguration) {
  rules_.responses = nullptr;
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip, *;q=0"}});
  Reply(inner, Items(100));
  EXPECT_EQ(inner.sent_head, "200 application/json\n");
  EXPECT_EQ(inner.written.at(0), Items(100));
}

// Neither a large body nor what a small one stands for keeps the others waiting.
TEST_F(CodedExchangeTest, LetsOthersHaveTheirTurn) {
  const std::string huge = Items(100'000);
  rules_.max_body_bytes = 64 << 20;
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip"}, {"content-encoding", "gzip"}});
  inner.pieces = {Coded(Coding::kGzip, huge)};
  CodedExchange exchange(inner, rules_);
  bool done = false;
  size_t turns = 0;
  const std::function<void()> turn = [&] {
    ++turns;
    if (!done) asio::post(loop_.executor(), turn);
  };
  asio::post(loop_.executor(), turn);
  size_t turns_before_reply = 0;
  Serve([&]() -> Task<void> {
    const Result<Buffer*> body = co_await exchange.ReadBody();
    EXPECT_TRUE(body && (*body)->view() == huge);
    turns_before_reply = turns;
    const ResponseHead head = JsonHead();
    EXPECT_TRUE((co_await exchange.Reply(head, huge)).ok());
    done = true;
  });
  EXPECT_GE(turns_before_reply, huge.size() / CodedExchange::kTurnBytes - 1);
  EXPECT_GE(turns - turns_before_reply, huge.size() / CodedExchange::kTurnBytes - 1);
  EXPECT_TRUE(Decoded(Coding::kGzip, inner.written.at(0)) == huge);
}

// Of a body that stands for nothing, however long it is.
TEST_F(CodedExchangeTest, LetsOthersHaveTheirTurnWhereNothingComesOut) {
  const std::string empty = Coded(Coding::kGzip, "");
  std::string coded;
  while (coded.size() < 4 * CodedExchange::kTurnBytes) coded += empty;
  for (const bool in_pieces : {false, true}) {
    ScriptedExchange inner(loop_, {{"content-encoding", "gzip"}});
    for (size_t at = 0; at < coded.size(); at += 60'000) inner.pieces.push_back(coded.substr(at, 60'000));
    CodedExchange exchange(inner, rules_);
    bool done = false;
    size_t turns = 0;
    const std::function<void()> turn = [&] {
      ++turns;
      if (!done) asio::post(loop_.executor(), turn);
    };
    asio::post(loop_.executor(), turn);
    Serve([&]() -> Task<void> {
      if (in_pieces) {
        const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Patience::kEndless);
        EXPECT_TRUE(piece && piece->empty());
      } else {
        const Result<Buffer*> body = co_await exchange.ReadBody();
        EXPECT_TRUE(body && (*body)->empty());
      }
      done = true;
    });
    EXPECT_GE(turns, 3u) << in_pieces;
  }
}

TEST_F(CodedExchangeTest, CodesStreamsSoThatEachWriteCanBeRead) {
  for (const auto& [accepted, coding] : {std::pair("gzip, br", Coding::kGzip), std::pair("br", Coding::kBrotli)}) {
    ScriptedExchange inner(loop_, {{"accept-encoding", accepted}}, "GET");
    CodedExchange exchange(inner, rules_);
    const ResponseHead head{.status = 200, .content_type = "application/x-ndjson"};
    coding::Decoder decoder(coding, Lifetime::kLonger);
    Buffer got;
    const auto read = [&] {
      std::string_view in = inner.written.back();
      EXPECT_EQ(decoder.Decode(in, 64 << 20, got), coding::Decoder::Outcome::kMore);
      const std::string text(got.view());
      got.Clear();
      return text;
    };
    const std::string large = Items(10'000);
    Serve([&]() -> Task<void> {
      EXPECT_TRUE((co_await exchange.BeginReply(head, "{\"n\":1}\n")).ok());
      EXPECT_EQ(read(), "{\"n\":1}\n");
      EXPECT_TRUE(exchange.reply_begun());
      EXPECT_FALSE(exchange.reply_ended());
      EXPECT_TRUE((co_await exchange.WriteReply("{\"n\":2}\n")).ok());
      EXPECT_EQ(read(), "{\"n\":2}\n");
      EXPECT_TRUE((co_await exchange.WriteReply("")).ok());
      EXPECT_EQ(inner.written.back(), "");
      EXPECT_TRUE((co_await exchange.WriteReply(large)).ok());
      EXPECT_TRUE(read() == large);
      EXPECT_FALSE(decoder.complete());
      EXPECT_TRUE((co_await exchange.FinishReply("{\"@error\":{}}\n")).ok());
      EXPECT_EQ(read(), "{\"@error\":{}}\n");
      EXPECT_TRUE(decoder.complete());
      EXPECT_TRUE(exchange.reply_ended());
    });
    EXPECT_EQ(inner.sent_head, "200 application/x-ndjson\ncontent-encoding: " + std::string(NameOf(coding)) +
                                   "\nvary: Accept-Encoding\n");
    size_t sent = 0;
    for (const std::string& part : inner.written) sent += part.size();
    EXPECT_EQ(exchange.reply_bytes(), sent);
  }
}

TEST_F(CodedExchangeTest, BeginsAStreamThatHasNothingToSayYet) {
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip"}}, "GET");
  CodedExchange exchange(inner, rules_);
  const ResponseHead head{.status = 200, .content_type = "text/event-stream"};
  Serve([&]() -> Task<void> {
    (void)co_await exchange.BeginReply(head, {});
    EXPECT_EQ(inner.written, std::vector<std::string>{""});
    (void)co_await exchange.FinishReply({});
  });
  EXPECT_EQ(Decoded(Coding::kGzip, inner.written.at(1)), "");
}

TEST_F(CodedExchangeTest, CutsAStreamOffWhereItIsAborted) {
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip"}}, "GET");
  CodedExchange exchange(inner, rules_);
  const ResponseHead head = JsonHead();
  Serve([&]() -> Task<void> { (void)co_await exchange.BeginReply(head, "[{}"); });
  exchange.AbortReply();
  EXPECT_TRUE(inner.aborted);
  EXPECT_TRUE(exchange.reply_ended());
  Buffer out;
  EXPECT_EQ(coding::DecodeWhole(Coding::kGzip, inner.written.at(0), 100, out), coding::Decoded::kTruncated);
}

TEST_F(CodedExchangeTest, SendsStreamsAsTheyAreWhereTheCodecsHaveAllTheMemory) {
  const std::string coded = Coded(Coding::kGzip, "{}");
  const coding::CodecMemory::Account hog(Lifetime::kTurn,
                                         coding::CodecMemory::kMostBytes - coding::CodecMemory::InUse());
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip"}}, "GET");
  CodedExchange exchange(inner, rules_);
  const ResponseHead head = JsonHead();
  Serve([&]() -> Task<void> {
    (void)co_await exchange.BeginReply(head, "[");
    (void)co_await exchange.WriteReply("{}");
    (void)co_await exchange.FinishReply("]");
  });
  EXPECT_EQ(inner.sent_head, "200 application/json\nvary: Accept-Encoding\n");
  EXPECT_EQ(inner.written, (std::vector<std::string>{"[", "{}", "]"}));

  ScriptedExchange whole(loop_, {{"accept-encoding", "gzip"}}, "GET");
  Reply(whole, Items(20'000));
  EXPECT_EQ(whole.sent_head, "200 application/json\nvary: Accept-Encoding\n");
  EXPECT_TRUE(whole.written.at(0) == Items(20'000));
  ScriptedExchange at_once(loop_, {{"accept-encoding", "gzip"}}, "GET");
  Reply(at_once, Items(100));
  EXPECT_EQ(Decoded(Coding::kGzip, at_once.written.at(0)), Items(100));

  ScriptedExchange request(loop_, {{"content-encoding", "gzip"}});
  request.pieces = {coded};
  EXPECT_EQ(Body(request), "{}") << "at once there always is some";
  EXPECT_EQ(Pieces(request), "OVERLOADED too many compressed bodies are being read already [retry-after: 1]");
}

TEST_F(CodedExchangeTest, TellsWhatTheInnerExchangeIs) {
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip"}, {"content-encoding", "br"}});
  inner.pieces = {"x"};
  CodedExchange exchange(inner, rules_);
  EXPECT_EQ(exchange.head().target, "/v1/items");
  EXPECT_EQ(exchange.client_address(), "192.0.2.7");
  EXPECT_EQ(exchange.request_id(), "request-1");
  EXPECT_EQ(&exchange.loop(), &loop_);
  EXPECT_EQ(exchange.request_bytes(), 77u);
  EXPECT_EQ(exchange.client_time(), std::chrono::seconds(3));
  EXPECT_FALSE(exchange.bodyless());
  EXPECT_TRUE(exchange.offers_upgrade("websocket"));
  EXPECT_FALSE(exchange.offers_upgrade("h2c"));
}

TEST_F(CodedExchangeTest, HandsOnTheStandingHeaders) {
  const std::vector<Header> standing = {{"access-control-allow-origin", "*"}};
  ScriptedExchange inner(loop_, {}, "GET");
  CodedExchange exchange(inner, rules_);
  exchange.set_standing_headers(standing);
  const ResponseHead head = JsonHead();
  Serve([&]() -> Task<void> { (void)co_await exchange.Reply(head, "{}"); });
  EXPECT_EQ(inner.sent_head, "200 application/json\naccess-control-allow-origin: *\n");
}

TEST_F(CodedExchangeTest, IsOutOfTheWayOfAnotherProtocol) {
  ScriptedExchange inner(loop_, {{"accept-encoding", "gzip, *;q=0"}, {"content-encoding", "gzip"}}, "GET");
  inner.pieces = {"\x81\x02", "hi"};
  CodedExchange exchange(inner, rules_);
  std::string read;
  exchange.TakeOver();
  EXPECT_TRUE(exchange.reply_begun());
  EXPECT_EQ(exchange.reply_status(), 101);
  Serve([&]() -> Task<void> {
    (void)co_await exchange.WriteReply("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    for (;;) {
      const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Patience::kEndless);
      if (!piece || piece->empty()) break;
      read += *piece;
    }
    (void)co_await exchange.FinishReply("\x88");
  });
  EXPECT_EQ(read, "\x81\x02hi");
  EXPECT_EQ(inner.written, (std::vector<std::string>{"HTTP/1.1 101 Switching Protocols\r\n\r\n", "\x88"}));
}

// Whoever ends the reply may count on nobody reading any more.
TEST_F(CodedExchangeTest, ReadsNothingOnceTheReplyHasEnded) {
  ScriptedExchange inner(loop_, {{"content-encoding", "gzip"}});
  inner.pieces = {Coded(Coding::kGzip, std::string(1 << 20, 'x'))};
  CodedExchange exchange(inner, rules_);
  std::string outcome;
  const auto read = [&]() -> Task<void> {
    for (;;) {
      const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Patience::kEndless);
      if (piece) continue;
      outcome = Text(piece.error());
      co_return;
    }
  };
  loop_.Spawn(read());
  EXPECT_EQ(outcome, "") << "it has let others have their turn";
  const ResponseHead head = JsonHead();
  Serve([&]() -> Task<void> {
    (void)co_await exchange.Reply(head, "{}");
    EXPECT_EQ(outcome, " the reply has ended");
  });
  outcome.clear();
  loop_.Spawn(read());
  EXPECT_EQ(outcome, " the reply has ended");
}

TEST_F(CodedExchangeTest, MayBeGoneOnceItsReplyIsAborted) {
  FakeExchange inner("POST", "/", {}, &loop_);
  inner.Give("");
  auto exchange = std::make_unique<CodedExchange>(inner, rules_);
  const auto read = [&]() -> Task<void> {
    (void)co_await exchange->ReadBodyPiece(Patience::kEndless);
    exchange.reset();
  };
  loop_.Spawn(read());
  ASSERT_TRUE(inner.reading());
  exchange->AbortReply();
  EXPECT_EQ(exchange, nullptr);
  EXPECT_TRUE(inner.aborted);
}

TEST_F(CodedExchangeTest, IsCancelledWithTheInnerExchange) {
  class Cancellable final : public Exchange {  // who may do it is its implementation alone
   public:
    using Exchange::NotifyCancel;
    using Exchange::NotifyDrain;
    explicit Cancellable(Loop& loop) {
      peer_ = &peer;
      loop_ = &loop;
    }
    bool bodyless() const override { return true; }
    Task<Result<Buffer*>> ReadBody() override { co_return nullptr; }
    Task<Result<std::string_view>> ReadBodyPiece(Patience) override { co_return std::string_view(); }
    uint64_t request_bytes() const override { return 0; }
    Task<Status> Reply(const ResponseHead&, std::string_view) override { co_return Status(); }
    Task<Status> BeginReply(const ResponseHead&, std::string_view) override { co_return Status(); }
    Task<Status> WriteReply(std::string_view) override { co_return Status(); }
    Task<Status> FinishReply(std::string_view) override { co_return Status(); }
    void AbortReply() override {}
    bool offers_upgrade(std::string_view) const override { return false; }
    void TakeOver() override {}
    Duration client_time() const override { return {}; }
    Peer peer;
  };
  Cancellable inner(loop_);
  {
    int told = 0;
    CodedExchange exchange(inner, rules_);
    exchange.WatchCancel([](void* count) { ++*static_cast<int*>(count); }, &told);
    EXPECT_FALSE(exchange.cancelled());
    EXPECT_FALSE(exchange.draining());
    inner.NotifyDrain();
    EXPECT_TRUE(exchange.draining());
    EXPECT_FALSE(exchange.cancelled());
    inner.NotifyCancel();
    EXPECT_TRUE(exchange.cancelled());
    EXPECT_EQ(told, 1);
  }
  const CodedExchange late(inner, rules_);
  EXPECT_TRUE(late.cancelled());
}

}  // namespace
}  // namespace dragoman::compression
