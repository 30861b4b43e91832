#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "exchange/exchange.h"

namespace dragoman {

// An exchange without a connection: a head that the test gives, a body if it gives one, and a reply that is remembered.
//
//   exchange.Give("{}");  exchange.EndBody();      the body, piece by piece; who reads waits for it. "": there will be one
//   exchange.HoldWrites();  exchange.TakeWrites(); the client takes nothing; takes what there is and what follows
//   exchange.Leave();                              the client goes away
class FakeExchange : public Exchange {
 public:
  FakeExchange(std::string_view http_method, std::string_view target, std::vector<Header> headers, Loop* loop = nullptr)
      : headers_(std::move(headers)) {
    loop_ = loop;
    head_.http_method = http_method;
    head_.target = target;
    head_.scheme = "http";
    head_.headers = headers_;
    head_.authority = head_.Find("host");
    peer_ = &client_;
    started_ = Clock::now();
    request_id_ = "request-1";
  }

  bool bodyless() const override { return !has_body_; }
  Task<Result<Buffer*>> ReadBody() override { co_return &body_; }
  Task<Result<std::string_view>> ReadBodyPiece(Patience patience) override {
    patience_ = patience;
    while (has_body_ && pieces_.empty() && !body_ended_ && !over()) co_await given_.Wait();
    if (over()) co_return Refuse(Status(Code::kCancelled, "the client went away"));
    if (pieces_.empty()) co_return std::string_view();
    piece_ = std::move(pieces_.front());
    pieces_.pop_front();
    request_bytes_ += piece_.size();
    co_return std::string_view(piece_);
  }
  uint64_t request_bytes() const override { return request_bytes_; }
  Duration client_time() const override { return {}; }
  Task<Status> Reply(const ResponseHead& head, std::string_view body) override {
    Begin(head);
    reply_body = body;
    writes.emplace_back(body);
    End();
    co_return Status();
  }
  Task<Status> BeginReply(const ResponseHead& head, std::string_view first) override {
    Begin(head);
    co_return co_await Write(first);
  }
  Task<Status> WriteReply(std::string_view bytes) override { co_return co_await Write(bytes); }
  Task<Status> FinishReply(std::string_view rest) override {
    Status status = co_await Write(rest);
    End();
    co_return status;
  }
  void AbortReply() override {
    aborted = true;
    End();
  }
  bool offers_upgrade(std::string_view) const override { return false; }
  void TakeOver() override {}

  void SetCertificate(std::shared_ptr<const tls::PeerCertificate> certificate) {
    client_.certificate = std::move(certificate);
  }

  void Give(std::string_view piece) {
    has_body_ = true;
    if (!piece.empty()) pieces_.emplace_back(piece);
    Wake(given_);
  }
  void EndBody() {
    has_body_ = body_ended_ = true;
    Wake(given_);
  }
  void HoldWrites() { held_ = true; }
  void TakeWrites() {
    held_ = false;
    Wake(taken_);
  }
  void Leave() {
    NotifyCancel();
    Wake(given_);
    Wake(taken_);
  }
  bool writing() const { return taken_.waiting(); }
  bool reading() const { return given_.waiting(); }
  Patience patience() const { return patience_; }  // of the last read
  std::string HeaderOfReply(std::string_view name) const {
    for (const auto& [key, value] : reply_headers) {
      if (key == name) return value;
    }
    return {};
  }

  std::string reply_body;
  std::vector<std::string> writes;  // what each write had of the body
  std::vector<std::pair<std::string, std::string>> reply_headers;
  std::string reply_content_type;
  bool aborted = false;

 private:
  bool over() const { return cancelled() || reply_ended_; }
  static void Wake(Signal& signal) {
    if (signal.waiting()) signal.Notify();
  }
  void Begin(const ResponseHead& head) {
    reply_begun_ = true;
    reply_status_ = head.status;
    reply_content_type = head.content_type;
    for (const Header& header : head.headers) reply_headers.emplace_back(header.name, header.value);
  }
  Task<Status> Write(std::string_view bytes) {
    while (held_ && !cancelled()) co_await taken_.Wait();
    if (cancelled()) co_return Status(Code::kCancelled, "the client went away");
    reply_body += bytes;
    writes.emplace_back(bytes);
    co_return Status();
  }
  void End() {
    reply_ended_ = true;
    Wake(given_);
  }

  std::deque<std::string> pieces_;
  std::string piece_;
  bool has_body_ = false;
  bool body_ended_ = false;
  Patience patience_{};
  uint64_t request_bytes_ = 0;
  Signal given_;
  bool held_ = false;
  Signal taken_;
  std::vector<Header> headers_;
  Peer client_{"192.0.2.7", 4711};
  Buffer body_;
};

}  // namespace dragoman
