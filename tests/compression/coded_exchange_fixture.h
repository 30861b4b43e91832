#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compression/coded_exchange.h"
#include "run_until.h"

namespace dragoman::compression {

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

inline std::string Coded(Coding coding, std::string_view text) {
  Buffer out;
  EXPECT_TRUE(coding::EncodeWhole(coding, text, out));
  return std::string(out.view());
}

inline std::string Decoded(Coding coding, std::string_view coded) {
  Buffer out;
  EXPECT_EQ(coding::DecodeWhole(coding, coded, 64 << 20, out), coding::Decoded::kDone);
  return std::string(out.view());
}

inline std::string Items(size_t count) {
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

}  // namespace dragoman::compression
