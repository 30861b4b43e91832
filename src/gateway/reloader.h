#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "base/side_thread.h"
#include "gateway/lane.h"
#include "generation/generation.h"
#include "generation/source_stamp.h"

namespace dragoman::gateway {

// Reads the configuration again while the gateway serves: when somebody asks for it, and where `reload.watch` says so
// once its file, or one whose text is part of it, has changed and has stood still for a second.
//
// Reading, asking backends and building happen on the thread that it is given, and so does letting go of what was built
// in vain. One thing at a time: who asks meanwhile is asked for once more when it is done.
//
// Threads: `control`'s, on which the hooks are called.   Lifetime: all that is referred to outlives it; the thread has
// stopped before it is destroyed.
class Reloader {
 public:
  struct Hooks {
    std::function<GenerationPtr()> today;  // what is served
    // Another one is to be served; what keeps it from that.
    std::function<Problems(const std::shared_ptr<const Served>&)> take;
    std::function<void(const Problems&)> keep;  // what is wrong; where nobody has asked, once for each state of the files
    std::function<void()> stay;                 // somebody has asked, and today's stays
  };
  static constexpr Duration kLook = std::chrono::seconds(1);

  // `read`: what today's configuration was made of. `look`: how often its files are looked at.
  Reloader(Loop& control, SideThread& thread, std::string path, ConfigurationFiles read, Hooks hooks, Duration look = kLook);
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Looks from now on, where today's configuration says so.
  void Start() { LookLater(); }
  // Reads it again, now.
  void Reload();
  // Calls no hook any more.
  void Stop() { stopped_ = true; }

 private:
  enum class Why { kAsked, kLook };
  // What is known of the files.
  struct Known {
    ConfigurationFiles tried;  // as they were read last
    bool served = true;        // and what was read is served
    std::string seen;          // their stamp when they were looked at last
  };
  struct Outcome {
    Known known;
    GenerationPtr today;  // when it was read
    std::shared_ptr<const Served> next = nullptr;  // to be served
    Problems problems = {};                        // what keeps them from it
  };

  Outcome Read(Why why, Known known, GenerationPtr today) const;
  void Begin(Why why);
  void OnRead(Why why, Outcome outcome);
  Problems Take(Outcome& outcome);
  void LookLater();

  Loop& control_;
  SideThread& thread_;
  const std::string path_;
  const Hooks hooks_;
  Known known_;
  bool busy_ = false;
  bool asked_again_ = false;
  int in_vain_ = 0;  // read for a generation that was not today's any more, one time after another
  std::atomic<bool> stopped_{false};
  const Duration interval_;
  Timer look_;
};

}  // namespace dragoman::gateway
