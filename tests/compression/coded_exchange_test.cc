#include "compression/coded_exchange.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run_until.h"

namespace dragoman::compression {
namespace {

using coding::Coding;
using Lifetime = coding::CodecMemory::Lifetime;
using Patience = Exchange::Patience;

// An exchange whose body comes in the pieces that a test gives, and whose reply it looks at.
class ScriptedExchange final : public Exchange {
 public:
  explicit ScriptedExchange(Loop& loop, std::vector<Header> headers, std::string_view http_method = "POST")
      : headers_(std::move(headers)) {
    head_.http_method = http_method;
    head_.target = "/v1/items";
    head_.headers = headers_;
    peer_ = &client_;
    loop_ = &loop;
    request_id_ = "request-1";
  }

  bool bodyless() const override { return pieces.empty(); }
  Task<Result<Buffer*>> ReadBody() override {
    ++reads;
    body_.Clear();
    for (const std::string& piece : pieces) body_.Append(piece);
    co_return &body_;
  }
  Task<Result<std::string_view>> ReadBodyPiece(Patience patience) override {
    last_patience = patience;
    ++reads;
    if (next_ == pieces.size()) co_return std::string_view();
    body_.Clear();
    body_.Append(pieces[next_++]);
    co_return body_.view();
  }
  uint64_t request_bytes() const override { return 77; }
  Duration client_time() const override { return std::chrono::seconds(3); }
  Task<Status> Reply(const ResponseHead& head, std::string_view body) override {
    Take(head);
    whole = true;
    written.emplace_back(body);
    reply_bytes_ = body.size();
    reply_ended_ = true;
    co_return Status();
  }
  Task<Status> BeginReply(const ResponseHead& head, std::string_view first) override {
    Take(head);
    co_return co_await WriteReply(first);
  }
  Task<Status> WriteReply(std::string_view bytes) override {
    written.emplace_back(bytes);
    reply_bytes_ += bytes.size();
    co_return Status();
  }
  Task<Status> FinishReply(std::string_view rest) override {
    reply_ended_ = true;
    co_return co_await WriteReply(rest);
  }
  void AbortReply() override {
    aborted = true;
    reply_ended_ = true;
  }
  bool offers_upgrade(std::string_view protocol) const override { return protocol == "websocket"; }
  void TakeOver() override {
    reply_begun_ = true;
    reply_status_ = 101;
  }

  std::vector<std::string> pieces;
  int reads = 0;
  Patience last_patience = Patience::kBodyTimeout;
  std::string sent_head;  // "200 application/json\nvary: Accept-Encoding\n"
  std::vector<std::string> written;
  bool whole = false;
  bool aborted = false;

 private:
  void Take(const ResponseHead& given) {
    reply_begun_ = true;
    reply_status_ = given.status;
    sent_head = std::to_string(given.status) + " " + std::string(given.content_type) + "\n";
    const auto add = [this](const Header& header) {
      sent_head += std::string(header.name) + ": " + std::string(header.value) + "\n";
    };
    for (const Header& header : given.headers) add(header);
    for (const Header& header : standing_headers()) add(header);
  }

  std::vector<Header> headers_;
  Peer client_{"192.0.2.7", 4711};
  Buffer body_;
  size_t next_ = 0;
};

std::string Coded(Coding coding, std::string_view text) {
  Buffer out;
  EXPECT_TRUE(coding::EncodeWhole(coding, text, out));
  return std::string(out.view());
}

std::string Decoded(Coding coding, std::string_view coded) {
  Buffer out;
  EXPECT_EQ(coding::DecodeWhole(coding, coded, 64 << 20, out), coding::Decoded::kDone);
  return std::string(out.view());
}

std::string Items(size_t count) {
  std::string text = "[";
  for (size_t i = 0; i < count; ++i)
    text += R"({"id":"item-)" + std::to_string(i * 7919) + R"(","title":"Hand grinder"},)";
  return text + "{}]";
}

class CodedExchangeTest : public testing::Test {
 protected:
  // Runs what `serve` does to the end.
  void Serve(const std::function<Task<void>()>& serve) {
    bool done = false;
    const auto run = [](const std::function<Task<void>()>& served, bool& ended) -> Task<void> {
      co_await served();
      ended = true;
    };
    loop_.Spawn(run(serve, done));
    ASSERT_TRUE(RunUntil(loop_, [&] { return done; }));
  }

  // A response of JSON to a client that accepts that.
  void Reply(ScriptedExchange& inner, std::string_view body, const ResponseHead& head = JsonHead()) {
    CodedExchange exchange(inner, rules_);
    Serve([&]() -> Task<void> { EXPECT_TRUE((co_await exchange.Reply(head, body)).ok()); });
    EXPECT_TRUE(exchange.reply_begun());
    EXPECT_TRUE(exchange.reply_ended());
    EXPECT_EQ(exchange.reply_status(), head.status);
    EXPECT_EQ(exchange.reply_bytes(), inner.written.at(0).size());
  }

  static ResponseHead JsonHead() { return {.status = 200, .content_type = "application/json"}; }

  // The body as a reader sees it, or the refusal.
  std::string Body(ScriptedExchange& inner) {
    CodedExchange exchange(inner, rules_);
    std::string body;
    Serve([&]() -> Task<void> {
      const Result<Buffer*> read = co_await exchange.ReadBody();
      body = read ? std::string((*read)->view()) : Text(read.error());
    });
    return body;
  }
  std::string Pieces(ScriptedExchange& inner) {
    CodedExchange exchange(inner, rules_);
    std::string body;
    Serve([&]() -> Task<void> {
      for (;;) {
        const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Patience::kEndless);
        if (!piece) body = Text(piece.error());
        if (!piece || piece->empty()) co_return;
        EXPECT_LE(piece->size(), 64u << 10);
        body += *piece;
      }
    });
    return body;
  }
  static std::string Text(const Status& status) {
    std::string text = std::string(FactsOf(status.reason()).name) + " " + std::string(status.message());
    for (const auto& [name, value] : status.headers()) text += " [" + name + ": " + value + "]";
    return text;
  }

  Loop loop_;
  config::Compression responses_{.min_bytes = 1000};
  Rules rules_{.responses = &responses_, .max_body_bytes = 1000};
};

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

struct RequestCase {
  const char* name;
  const char* content_encoding;
  std::string body;
  std::string expected;
  std::string in_pieces;  // empty: the same
};

std::vector<RequestCase> RequestCases() {
  const std::string text = R"({"title":"Grinder, grinder, grinder"})";
  const std::string gzip = Coded(Coding::kGzip, text);
  const std::string br = Coded(Coding::kBrotli, text);
  const std::string fits(1000, 'x');
  const std::string over(1001, 'x');
  const std::string unsupported = "UNSUPPORTED_MEDIA_TYPE expected gzip or br alone as content-encoding, got ";
  return {
      {"gzip", "gzip", gzip, text, ""},
      {"x-gzip", "X-Gzip", gzip, text, ""},
      {"br", "br", br, text, ""},
      {"identity", "identity", text, text, ""},
      {"nothing at all", "gzip", "", "", ""},
      {"two members", "gzip", gzip + gzip, text + text, ""},
      {"truncated", "gzip", gzip.substr(0, gzip.size() - 1), "INVALID_REQUEST the body ends before its gzip does", ""},
      {"truncated br", "br", br.substr(0, br.size() - 1), "INVALID_REQUEST the body ends before its br does", ""},
      {"garbage behind it", "gzip", gzip + "garbage",
       "INVALID_REQUEST the body is not the gzip that its content-encoding says", ""},
      {"no gzip", "gzip", text, "INVALID_REQUEST the body is not the gzip that its content-encoding says", ""},
      {"gzip said to be br", "br", gzip, "INVALID_REQUEST the body is not the br that its content-encoding says", ""},
      {"zstd", "zstd", text, unsupported + "\"zstd\" [accept-encoding: gzip, br]", ""},
      {"stacked", "gzip, br", text, unsupported + "\"gzip, br\" [accept-encoding: gzip, br]", ""},
      {"as large as may be", "gzip", Coded(Coding::kGzip, fits), fits, ""},
      {"a byte too large", "gzip", Coded(Coding::kGzip, over),
       "BODY_TOO_LARGE the body is larger than 1000 bytes once it is decoded", over},
      {"a byte too large, br", "br", Coded(Coding::kBrotli, over),
       "BODY_TOO_LARGE the body is larger than 1000 bytes once it is decoded", over},
  };
}

TEST_F(CodedExchangeTest, ReadsWhatTheClientCompressed) {
  for (const RequestCase& c : RequestCases()) {
    ScriptedExchange inner(loop_, {{"content-encoding", c.content_encoding}});
    inner.pieces = {c.body};
    EXPECT_EQ(Body(inner), c.expected) << c.name;
    EXPECT_EQ(inner.reads, c.expected.starts_with("UNSUPPORTED") ? 0 : 1) << c.name;
  }
}

TEST_F(CodedExchangeTest, ReadsItInPiecesWhereverTheyAreCut) {
  for (const RequestCase& c : RequestCases()) {
    const std::string& expected = c.in_pieces.empty() ? c.expected : c.in_pieces;
    for (size_t cut = 0; cut <= c.body.size(); ++cut) {
      ScriptedExchange inner(loop_, {{"content-encoding", c.content_encoding}});
      inner.pieces = {c.body.substr(0, cut), c.body.substr(cut)};
      if (cut == 0) inner.pieces.erase(inner.pieces.begin());
      if (cut == c.body.size() && inner.pieces.size() > 1) inner.pieces.pop_back();
      ASSERT_EQ(Pieces(inner), expected) << c.name << ", cut at " << cut;
      EXPECT_TRUE(inner.reads == 0 || inner.last_patience == Patience::kEndless);
    }
  }
}

TEST_F(CodedExchangeTest, LooksAtNoBodyWhereThereIsNone) {
  ScriptedExchange inner(loop_, {{"content-encoding", "zstd"}});
  EXPECT_EQ(Body(inner), "");
  EXPECT_EQ(Pieces(inner), "");
}

// Sixty-four kibibytes that stand for sixty-four mebibytes, again and again.
TEST_F(CodedExchangeTest, ReadsNoMoreWhileItHasWhatWasAskedFor) {
  const std::string member = Coded(Coding::kGzip, std::string(64 << 20, '\n'));
  ScriptedExchange inner(loop_, {{"content-encoding", "gzip"}});
  for (int i = 0; i < 160; ++i) inner.pieces.push_back(member);
  {
    CodedExchange exchange(inner, rules_);
    Serve([&]() -> Task<void> {
      for (int i = 0; i < 512; ++i) {
        const Result<std::string_view> piece = co_await exchange.ReadBodyPiece(Patience::kBodyTimeout);
        EXPECT_TRUE(piece && piece->size() == 64u << 10);
      }
    });
    EXPECT_EQ(inner.reads, 1);
    EXPECT_LE(coding::CodecMemory::InUse(), 64u << 10);
  }
  EXPECT_EQ(coding::CodecMemory::InUse(), 0u);
  EXPECT_EQ(Body(inner), "BODY_TOO_LARGE the body is larger than 1000 bytes once it is decoded");
}

}  // namespace
}  // namespace dragoman::compression
