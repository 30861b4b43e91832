#include "reflection/resolver.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace dragoman::reflection {

struct Resolver::State {
  struct Name {
    std::string host;
    uint16_t port = 0;
    TimePoint until;
    std::function<void(Addresses)> done;
  };
  explicit State(Lookup how) : lookup(std::move(how)) {}

  // What one thread does.
  void Run();

  const Lookup lookup;
  std::mutex mutex;  // of all below
  std::condition_variable changed;
  std::deque<Name> waiting;
  size_t threads = 0;
  size_t idle = 0;  // of them
  bool stopping = false;
};

Resolver::Resolver(Lookup lookup) : state_(std::make_shared<State>(std::move(lookup))) {}

Resolver::~Resolver() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->waiting.clear();
  state_->changed.notify_all();
}

void Resolver::Resolve(std::string host, uint16_t port, TimePoint until, std::function<void(Addresses)> done) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (state.waiting.size() >= kMostWaiting) {
    std::erase_if(state.waiting, [now = Clock::now()](const State::Name& name) { return name.until <= now; });
  }
  if (state.waiting.size() >= kMostWaiting) {
    lock.unlock();
    return done(Refuse(Reason::kBackendUnavailable, std::to_string(kMostWaiting) + " other names wait for their turn"));
  }
  state.waiting.push_back({std::move(host), port, until, std::move(done)});
  if (state.waiting.size() > state.idle && state.threads < kAtOnce && !StartThread() && state.threads == 0) {
    const std::function<void(Addresses)> told = std::move(state.waiting.back().done);
    state.waiting.pop_back();
    lock.unlock();
    return told(Refuse(Reason::kBackendUnavailable, "there is no thread for it"));
  }
  state.changed.notify_one();
}

// False: there can be no more. Whoever is there takes the name then.
bool Resolver::StartThread() {
  try {
    std::thread([shared = state_] { shared->Run(); }).detach();
  } catch (const std::system_error&) {
    return false;
  }
  ++state_->threads;
  return true;
}

void Resolver::State::Run() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    changed.wait(lock, [this] { return stopping || !waiting.empty(); });
    --idle;
    if (stopping) return;
    const Name name = std::move(waiting.front());
    waiting.pop_front();
    if (name.until <= Clock::now()) continue;
    lock.unlock();
    Addresses addresses = lookup(name.host, name.port);
    lock.lock();
    if (stopping) return;
    name.done(std::move(addresses));  // under the lock: whom it tells is there as long as the resolver is
  }
}

}  // namespace dragoman::reflection
