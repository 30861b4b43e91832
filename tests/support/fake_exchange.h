#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exchange/exchange.h"

namespace dragoman {

// An exchange without a connection: a head that the test gives, no body, and a reply that is remembered.
class FakeExchange : public Exchange {
 public:
  FakeExchange(std::string_view http_method, std::string_view target, std::vector<Header> headers)
      : headers_(std::move(headers)) {
    head_.http_method = http_method;
    head_.target = target;
    head_.scheme = "http";
    head_.headers = headers_;
    head_.authority = head_.Find("host");
    peer_ = &client_;
    started_ = Clock::now();
    request_id_ = "request-1";
  }

  bool bodyless() const override { return true; }
  Task<Result<Buffer*>> ReadBody() override { co_return &body_; }
  Task<Result<std::string_view>> ReadBodyPiece(Patience) override { co_return std::string_view(); }
  uint64_t request_bytes() const override { return 0; }
  Duration client_time() const override { return {}; }
  Task<Status> Reply(const ResponseHead& head, std::string_view body) override {
    reply_status_ = head.status;
    reply_body = body;
    reply_begun_ = reply_ended_ = true;
    co_return Status();
  }
  Task<Status> BeginReply(const ResponseHead& head, std::string_view first) override {
    reply_status_ = head.status;
    reply_begun_ = true;
    reply_body += first;
    co_return Status();
  }
  Task<Status> WriteReply(std::string_view bytes) override {
    reply_body += bytes;
    co_return Status();
  }
  Task<Status> FinishReply(std::string_view rest) override {
    reply_body += rest;
    reply_ended_ = true;
    co_return Status();
  }
  void AbortReply() override { reply_ended_ = true; }
  bool offers_upgrade(std::string_view) const override { return false; }
  void TakeOver() override {}

  void SetCertificate(std::shared_ptr<const tls::PeerCertificate> certificate) {
    client_.certificate = std::move(certificate);
  }

  std::string reply_body;

 private:
  std::vector<Header> headers_;
  Peer client_{"192.0.2.7", 4711};
  Buffer body_;
};

}  // namespace dragoman
