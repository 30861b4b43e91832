#pragma once

namespace dragoman {

// Tells once that something is not wanted any more: whose client went away, whose caller gave it up.
//
// Threads: one loop only.
class Cancellation {
 public:
  // Called once, on the loop, when it is cancelled; at once if it has been. One watcher at a time; null takes it away.
  void WatchCancel(void (*callback)(void*), void* context) {
    cancel_callback_ = callback;
    cancel_context_ = context;
    if (callback && cancelled_) callback(context);
  }
  bool cancelled() const { return cancelled_; }

  // For whoever it belongs to. The watcher may destroy it: the last thing that its caller does with it.
  void NotifyCancel() {
    if (cancelled_) return;
    cancelled_ = true;
    if (cancel_callback_) cancel_callback_(cancel_context_);
  }

 private:
  void (*cancel_callback_)(void*) = nullptr;
  void* cancel_context_ = nullptr;
  bool cancelled_ = false;
};

}  // namespace dragoman
