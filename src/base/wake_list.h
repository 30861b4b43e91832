#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>

#include "base/loop.h"
#include "base/task.h"

namespace dragoman {

namespace intrusive = boost::intrusive;
using AutoUnlink = intrusive::list_base_hook<intrusive::link_mode<intrusive::auto_unlink>>;

// A place where one coroutine waits for what an nghttp2 session brings.
class Waiter : public AutoUnlink {
 public:
  Signal::Awaiter Wait() { return signal_.Wait(); }
  bool waiting() const { return signal_.waiting(); }

 private:
  friend class WakeList;
  Signal signal_;
};

// Coroutines to be resumed once nghttp2 is off the stack: at the end of the outermost Batch, or of the loop's turn
// where there is none. A waiter that is destroyed before leaves the list.
//
// Held by shared pointers, because what is resumed may destroy its owner.
class WakeList : public std::enable_shared_from_this<WakeList> {
 public:
  explicit WakeList(Loop& loop) : loop_(loop) {}
  ~WakeList() { loop_.ForgetTurnEnd(this); }
  WakeList(const WakeList&) = delete;
  WakeList& operator=(const WakeList&) = delete;

  // Without effect on a waiter where nothing waits.
  void Add(Waiter& waiter) {
    if (!waiter.waiting() || waiter.is_linked()) return;
    waiting_.push_back(waiter);
    if (depth_ == 0 && !at_turn_end_) {
      at_turn_end_ = true;
      loop_.AtTurnEnd([](void* list) { static_cast<WakeList*>(list)->AtTurnEnd(); }, this);
    }
  }

  // Collects while it lives; the outermost one resumes. Must be the last thing that its scope does.
  class Batch {
   public:
    explicit Batch(std::shared_ptr<WakeList> list) : list_(std::move(list)) { ++list_->depth_; }
    ~Batch() {
      if (list_->depth_ == 1) list_->Run();
      --list_->depth_;
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    std::shared_ptr<WakeList> list_;
  };

 private:
  // Resumes all, and whom these wake.
  void Run() {
    while (!waiting_.empty()) {
      Waiter& waiter = waiting_.front();
      waiting_.pop_front();
      waiter.signal_.Notify();  // may destroy the waiter
    }
  }
  void AtTurnEnd() {
    at_turn_end_ = false;
    const Batch batch(shared_from_this());
  }

  Loop& loop_;
  intrusive::list<Waiter, intrusive::constant_time_size<false>> waiting_;
  int depth_ = 0;
  bool at_turn_end_ = false;
};

}  // namespace dragoman
