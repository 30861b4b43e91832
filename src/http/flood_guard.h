#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace dragoman::http {

// What one HTTP/2 client may make the gateway do without asking for anything: two stocks that empty with what it does, fill with the time and with what is done for
// it, and must not run out.
//
// Frames: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, DATA of nothing, frames of streams that are over. A request, and DATA that go either way, make good for
// those that a lively client sends beside them.
// Resets: streams that the client gives up (CVE-2023-44487) or breaks, so that we must (CVE-2025-8671). A request that comes to its end makes good for one: who
// gives up one call in three may do so for ever.
//
// Cost: a subtraction; the clock's time is looked at only when a stock has run out.
class FloodGuard {
 public:
  static constexpr uint32_t kFrames = 1000;
  static constexpr uint32_t kFramesASecond = 100;
  static constexpr uint32_t kResets = 500;
  static constexpr uint32_t kResetsASecond = 20;
  // Bytes that bring neither a request nor content.
  static constexpr size_t kIdleBytes = 1 << 20;

  // False: it is a flood.
  bool TakeFrame(TimePoint now) { return frames_.Take(now, kFrames, kFramesASecond); }
  bool TakeReset(TimePoint now) { return resets_.Take(now, kResets, kResetsASecond); }
  bool TakeIdleBytes(size_t bytes) { return (idle_bytes_ += bytes) <= kIdleBytes; }

  void RequestBegan() {
    frames_.Add(10, kFrames);
    idle_bytes_ = 0;
  }
  void RequestEnded() { resets_.Add(1, kResets); }
  void ContentCame() {
    frames_.Add(1, kFrames);
    idle_bytes_ = 0;
  }
  // WINDOW_UPDATEs come for it, of stream and connection; some clients send them for each 4 KiB that they read.
  void ContentLeft(size_t bytes) {
    frames_.Add(2 + static_cast<uint32_t>(bytes / 1024), kFrames);
    idle_bytes_ -= std::min(idle_bytes_, bytes);
  }

 private:
  class Stock {
   public:
    explicit Stock(uint32_t full) : left_(full) {}
    bool Take(TimePoint now, uint32_t full, uint32_t a_second) {
      if (left_ == 0) Refill(now, full, a_second);
      if (left_ == 0) return false;
      --left_;
      return true;
    }
    void Add(uint32_t count, uint32_t full) { left_ = std::min(full, left_ + count); }

   private:
    void Refill(TimePoint now, uint32_t full, uint32_t a_second) {
      const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - filled_at_).count();
      const int64_t gained = passed * a_second / 1000;
      if (gained <= 0) return;
      filled_at_ = now;
      left_ = static_cast<uint32_t>(std::min<int64_t>(full, gained));
    }

    uint32_t left_;
    TimePoint filled_at_ = Clock::now();
  };

  Stock frames_{kFrames};
  Stock resets_{kResets};
  size_t idle_bytes_ = 0;
};

}  // namespace dragoman::http
