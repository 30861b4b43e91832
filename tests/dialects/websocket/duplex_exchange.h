#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_exchange.h"

namespace dragoman::dialects::websocket {

// An exchange that can be taken over, whose client is the test: what it sends comes in pieces of the size that the test
// likes.
class DuplexExchange : public FakeExchange {
 public:
  DuplexExchange(Loop& loop, std::vector<Header> headers, size_t piece_bytes = SIZE_MAX)
      : FakeExchange("GET", "/", std::move(headers)),
        piece_bytes_(piece_bytes) {
    loop_ = &loop;
  }

  // The client's side.
  void Push(std::string_view bytes) {
    input_ += bytes;
    Wake(readable_);
  }
  void End() {
    ended_ = true;
    Wake(readable_);
  }
  // While it is full, nothing that is written is taken.
  void set_full(bool full) {
    full_ = full;
    Wake(writable_);
  }

  bool bodyless() const override { return !has_body; }
  Task<Result<std::string_view>> ReadBodyPiece(Patience) override {
    while (input_.empty() && !ended_ && !reply_ended_) {
      co_await readable_.Wait();
    }
    if (reply_ended_) co_return tl::unexpected(Status(Code::kCancelled, "the reply has ended"));
    piece_ = input_.substr(0, piece_bytes_);
    input_.erase(0, piece_.size());
    read += piece_.size();
    co_return std::string_view(piece_);
  }
  Task<Status> WriteReply(std::string_view bytes) override {
    ++writes;
    while (full_ && !reply_ended_) co_await writable_.Wait();
    if (reply_ended_) co_return Status(Code::kCancelled, "the client went away");
    sent += bytes;
    co_return Status();
  }
  Task<Status> FinishReply(std::string_view) override {
    finished = reply_ended_ = true;
    Wake(readable_);
    co_return Status();
  }
  void AbortReply() override {
    aborted = reply_ended_ = true;
    Wake(writable_);
    Wake(readable_);
  }
  bool offers_upgrade(std::string_view protocol) const override { return protocol == "websocket"; }
  void TakeOver() override {
    taken_over = reply_begun_ = true;
    reply_status_ = 101;
  }

  std::string sent;
  size_t read = 0;
  size_t writes = 0;
  bool has_body = false;
  bool taken_over = false;
  bool finished = false;
  bool aborted = false;

 private:
  static void Wake(Signal& signal) {
    if (signal.waiting()) signal.Notify();
  }

  const size_t piece_bytes_;
  std::string input_;
  std::string piece_;
  bool ended_ = false;
  bool full_ = false;
  Signal readable_;
  Signal writable_;
};

}  // namespace dragoman::dialects::websocket
