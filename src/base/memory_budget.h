#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace dragoman {

// Bytes that many may hold together, as the streams of one connection do. Whoever would take more than is left waits
// for its turn, which comes in the order of age.
//
//   MemoryBudget budget(16 << 20);
//   MemoryShare share(budget);
//   share.WatchRoom([](void* self) { static_cast<Stream*>(self)->OpenWindow(); }, this);
//   if (share.TryGrow(bytes)) …                      // else the watcher is told when to try again
//
// While more is held than the budget has, nobody takes any but the oldest of those that wait: two that hold a part each,
// and need another one to come to their end, would else wait for each other. So `used` is at most the budget and what
// one share holds, beside what shares were told to hold whatever there is (MemoryShare::Hold).
//
// Threads: one.   Cost: some additions, where nobody waits.   Lifetime: outlives its shares.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t bytes) : bytes_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  size_t bytes() const { return bytes_; }
  size_t used() const { return used_; }
  // How often somebody began to wait since this was asked last.
  uint64_t TakeWaits() { return std::exchange(waits_, 0); }

 private:
  friend class MemoryShare;
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  // What one of them is to the budget.
  struct Member : Hook {
    uint64_t age = 0;   // 1 is the oldest
    size_t wanted = 0;  // more, while it waits
    size_t held = 0;
    void (*on_room)(void*) = nullptr;
    void* context = nullptr;
  };

  bool Fits(size_t more) const { return used_ <= bytes_ && more <= bytes_ - used_; }
  // Somebody has taken more than there was.
  bool IsOver() const { return excepted_ != nullptr && used_ > bytes_; }
  void Wait(Member& member) {
    auto before = waiting_.end();
    while (before != waiting_.begin() && std::prev(before)->age > member.age) --before;
    waiting_.insert(before, member);
    ++waits_;
  }
  // The oldest that waits goes on, if there is enough for it or nobody has taken too much; then the next.
  void ServeWaiting() {
    if (std::exchange(serving_, true)) return;
    while (!waiting_.empty() && (Fits(waiting_.front().wanted) || !IsOver())) {
      Member& next = waiting_.front();
      waiting_.pop_front();
      next.on_room(next.context);
      if (next.is_linked()) break;  // it wants more than it did
    }
    serving_ = false;
  }

  const size_t bytes_;
  size_t used_ = 0;
  uint64_t members_ = 0;  // ever
  uint64_t waits_ = 0;
  const Member* excepted_ = nullptr;  // may take more than there is left
  bool serving_ = false;
  boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> waiting_;  // the oldest first
};

// What one of those who share a budget holds of it; nothing at first, and nothing once it is destroyed.
class MemoryShare {
 public:
  // Younger than all before.
  explicit MemoryShare(MemoryBudget& budget) : budget_(budget) { member_.age = ++budget.members_; }
  ~MemoryShare() {
    WatchRoom(nullptr, nullptr);
    Hold(0);
  }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  // Called once where TryGrow has returned false, when it may be tried again. It must not destroy what has a share. One
  // watcher at a time; null takes it away, and waits no longer.
  void WatchRoom(void (*callback)(void*), void* context) {
    member_.on_room = callback;
    member_.context = context;
    if (callback != nullptr || !waiting()) return;
    member_.unlink();
    budget_.ServeWaiting();
  }
  size_t bytes() const { return member_.held; }
  bool waiting() const { return member_.is_linked(); }

  // Takes so much more; false: it waits, or still does.
  bool TryGrow(size_t more) {
    const bool oldest = budget_.waiting_.empty() || budget_.waiting_.front().age >= member_.age;
    if (budget_.excepted_ != &member_ && !(oldest && budget_.Fits(more))) {
      if (!oldest || budget_.IsOver()) {
        member_.wanted = more;
        if (!waiting()) budget_.Wait(member_);
        return false;
      }
      budget_.excepted_ = &member_;
    }
    member_.unlink();
    Add(more);
    return true;
  }
  // The same, but it does not wait, and takes nothing that others wait for.
  bool TryGrowAtOnce(size_t more) {
    if (!budget_.waiting_.empty() || !budget_.Fits(more)) return false;
    Add(more);
    return true;
  }
  // Holds so much from now on, more than there is left if need be.
  void Hold(size_t bytes) {
    const bool less = bytes < member_.held;
    Add(bytes - member_.held);
    const bool excepted = bytes == 0 && budget_.excepted_ == &member_;
    if (excepted) budget_.excepted_ = nullptr;
    if (less || excepted) budget_.ServeWaiting();
  }

 private:
  void Add(size_t more) {
    budget_.used_ += more;
    member_.held += more;
  }

  MemoryBudget& budget_;
  MemoryBudget::Member member_;
};

}  // namespace dragoman
