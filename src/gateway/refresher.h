#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/loop.h"
#include "base/side_thread.h"
#include "gateway/descriptor_sources.h"
#include "gateway/lane.h"
#include "gateway/reload_counts.h"
#include "generation/generation.h"
#include "generation/reflected.h"

namespace dragoman::gateway {

// Keeps the schema as the sources of descriptors have it: backends are asked again every `refresh`, those that have not
// answered yet until they do, and files are looked at every second where `reload.watch` says so. What changed becomes a
// generation, also while some backends have never answered, whose routes join when they do; what is broken changes
// nothing, and is logged once. A file counts when it has stood still for a second: what is half written is not taken.
//
// A generation lives as long as a request that began in it, and a stream may take days: there are at most
// kMaxGenerations; then the newest schema waits for one to end.
//
//   Refresher refresher(control, side_thread, tokens, served, sources, {.swap = …, .waiting = …});
//   refresher.Start();
//   …
//   refresher.Stop();      // before the side thread ends; destroyed after it
//
// Asking, compiling and building have a thread of their own: requests and the admin interface notice nothing of them,
// but for the moment in which what they took is given back to the system. Stop waits for the step of a build that is
// under way. Threads: `control`'s, on which the hooks are called,
// too.
class Refresher {
 public:
  static constexpr size_t kMaxGenerations = 8;  // the newest among them

  struct Hooks {
    std::function<void(std::shared_ptr<const Served>)> swap;
    std::function<void(std::string)> waiting;  // for what, as long as there has been no generation of all sources
  };
  // All but `first` outlive this. `tokens`: those that backends are shown. `sources`: is told how they fare.
  Refresher(Loop& control, SideThread& side_thread, const auth::BackendTokens& tokens,
            const std::shared_ptr<const Served>& first, DescriptorSources& sources, ReloadCounts::Outcomes& counts, Hooks hooks);
  ~Refresher();
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  void Start();
  // Asks and reads everything again, now.
  void Reload();
  // Calls no hook any more, and begins no further step.
  void Quit();
  // The same, and waits until nothing runs.
  void Stop();

 private:
  // One backend that is asked.
  struct Asked {
    Asked(Refresher& refresher, Reflected::Source& of);
    Refresher& owner;
    Reflected::Source& source;
    Timer timer;
    Duration pause;  // before the next try, while there is no answer
    bool asking = false;
    bool again = false;  // somebody wants to know what it says from now on
  };

  static void OnTimer(void* asked);
  Task<void> Ask(Asked& asked);
  // Whether what it says for the first time is what was built of at the start.
  bool IsServed(const Asked& asked) const;
  // When that one is asked again, if it is.
  void Schedule(Asked& asked);
  void LookAtFiles();
  // What each backend has said most lately, if it ever has.
  Fetched Said() const;
  // Of all sources that have ever answered, as they are now.
  void Rebuild();
  // What had to wait, once there is room.
  void RebuildLater();
  void Take(GenerationPtr next);
  // Whether requests still hold as many generations as may be.
  bool Full();
  // That `problems` keep it from a generation; told once.
  void Keep(const Problems& problems);
  // Tells what is waited for, where something is.
  void TellWaiting();

  Loop& control_;
  DescriptorSources& sources_;
  const Hooks hooks_;
  Loop loop_;
  GenerationPtr current_;
  Fetched before_;         // what those backends had said at the start that have not answered since
  std::string stamp_;      // of the files that it was built from …
  std::string seen_;       // … and as they were when they were looked at last
  std::vector<std::weak_ptr<const Served>> served_;  // those that requests may still be in
  std::string complaint_;  // what was logged last
  Reflected reflected_;
  std::deque<Asked> asked_;
  Timer look_;
  Timer later_;  // builds what had to wait, or could not be built
  Duration retry_;  // how long after what cannot be built now
  std::minstd_rand random_;
  ReloadCounts::Outcomes& counts_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace dragoman::gateway
