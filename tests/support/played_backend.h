#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "upstream/call.h"

namespace dragoman {

// A backend whose side of each call a test plays:
//
//   backend.call(0).Say(wire);  backend.call(0).End(Status());       what it sends
//   backend.call(0).heard;  backend.call(0).cancelled                what came
//
// Who waits for it is resumed before the verb returns. Lives on the test's stack, longer than the calls.
class PlayedBackend : public upstream::Backend {
 public:
  class Side {
   public:
    std::string path;
    TimePoint deadline;
    std::vector<std::string> heard;  // messages, without their prefixes
    bool heard_end = false;
    bool cancelled = false;
    bool gone = false;  // the call was destroyed

    void Say(std::string_view wire) {
      replies_.emplace_back(wire);
      Wake(readable_);
    }
    // Several in one turn, and what ends them if anything does.
    void SayAll(const std::vector<std::string>& wires, std::optional<Status> end = std::nullopt) {
      for (const std::string& wire : wires) replies_.push_back(wire);
      if (end) Note(*std::move(end));
      Wake(readable_);
    }
    void Tell(std::vector<std::pair<std::string, std::string>> metadata) { Keep(metadata, metadata_texts_, metadata_); }
    void End(Status status, std::vector<std::pair<std::string, std::string>> trailers = {}) {
      Keep(trailers, trailer_texts_, trailers_);
      Note(std::move(status));
      Wake(writable_);
      Wake(readable_);
    }
    // Takes no message for the time being; again.
    void Hold() { held_ = true; }
    void Take() {
      held_ = false;
      Wake(writable_);
    }
    bool receiving() const { return readable_.waiting(); }  // somebody waits for a reply
    bool sending() const { return writable_.waiting(); }    // or for a message to be taken
    size_t untaken() const { return replies_.size(); }

   private:
    friend class PlayedBackend;
    using Texts = std::deque<std::pair<std::string, std::string>>;

    static void Wake(Signal& signal) {
      if (signal.waiting()) signal.Notify();
    }
    static void Keep(std::vector<std::pair<std::string, std::string>>& entries, Texts& texts, std::vector<Header>& views) {
      for (auto& entry : entries) {
        texts.push_back(std::move(entry));
        views.push_back({texts.back().first, texts.back().second});
      }
    }
    void Note(Status status) {
      if (ended_) return;
      ended_ = true;
      status_ = std::move(status);
    }

    std::deque<std::string> replies_;
    std::string lent_;
    Texts metadata_texts_;
    Texts trailer_texts_;
    std::vector<Header> metadata_;
    std::vector<Header> trailers_;
    bool held_ = false;
    bool ended_ = false;
    Status status_;
    Signal readable_;
    Signal writable_;
  };

  std::unique_ptr<upstream::Call> Start(const upstream::CallHead& head) override {
    Side& side = *sides_.emplace_back(std::make_unique<Side>());
    side.path = head.path;
    side.deadline = head.deadline;
    return std::make_unique<Call>(side);
  }
  size_t calls() const { return sides_.size(); }
  Side& call(size_t n = 0) { return *sides_.at(n); }

 private:
  class Call final : public upstream::Call {
   public:
    explicit Call(Side& side) : side_(side) {}
    ~Call() override { side_.gone = true; }

    Task<Status> Send(BufferPool::Lease message, bool last) override {
      if (side_.ended_) co_return Error();
      if (!message->empty()) side_.heard.emplace_back(message->view().substr(upstream::kMessagePrefix));
      side_.heard_end |= last;
      while (!last && side_.held_ && !side_.ended_) co_await side_.writable_.Wait();
      if (side_.ended_) co_return Error();
      co_return Status();
    }
    Task<std::optional<std::string_view>> Receive() override {
      for (;;) {
        if (std::optional<std::optional<std::string_view>> reply = TryReceive()) co_return *reply;
        co_await side_.readable_.Wait();
      }
    }
    std::optional<std::optional<std::string_view>> TryReceive() override {
      if (!side_.replies_.empty() && !side_.cancelled) {
        side_.lent_ = std::move(side_.replies_.front());
        side_.replies_.pop_front();
        return std::string_view(side_.lent_);
      }
      if (side_.ended_) return std::optional<std::string_view>();
      return std::nullopt;
    }
    const Status& status() const override { return side_.status_; }
    std::span<const Header> metadata() const override { return side_.metadata_; }
    std::span<const Header> trailers() const override {
      return side_.ended_ ? std::span<const Header>(side_.trailers_) : std::span<const Header>();
    }
    void Cancel() override {
      if (side_.ended_) return;
      side_.cancelled = true;
      side_.End(Status(Code::kCancelled, "the call was cancelled"));
    }

   private:
    Status Error() const { return side_.status_.ok() ? Status(Code::kCancelled, "the call has ended") : side_.status_; }

    Side& side_;
  };

  std::vector<std::unique_ptr<Side>> sides_;
};

}  // namespace dragoman
