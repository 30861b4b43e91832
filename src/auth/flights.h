#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "auth/remembered.h"
#include "base/task.h"

namespace dragoman::auth {

// Questions about credentials that are under way on one worker. Whoever has the same one meanwhile waits for its answer
// instead of asking it again.
//
// Threads: its worker's.
template <typename Answer>
class Flights {
 public:
  class Flight {
   public:
    // The answer, once it has landed. The caller holds the flight.
    Task<Answer> Wait() {
      if (!answer_) {
        Waiter waiter;
        waiters_.push_back(waiter);
        co_await waiter.woken.Wait();
      }
      co_return *answer_;
    }

   private:
    friend class Flights;
    struct Waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      Signal woken;
    };
    std::optional<Answer> answer_;
    boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> waiters_;
  };

  explicit Flights(size_t most) : most_(most) {}

  // The one that is under way; null: none.
  std::shared_ptr<Flight> Find(const Digest& digest) const {
    const auto found = flights_.find(digest);
    return found == flights_.end() ? nullptr : found->second;
  }
  // A new one, which ends with Land; null if there are too many.
  std::shared_ptr<Flight> Begin(const Digest& digest) {
    if (flights_.size() >= most_) return nullptr;
    return flights_[digest] = std::make_shared<Flight>();
  }
  // Wakes everybody who waits. The last thing that its caller does.
  void Land(const Digest& digest, Answer answer) {
    const auto found = flights_.find(digest);
    if (found == flights_.end()) return;
    const std::shared_ptr<Flight> flight = std::move(found->second);
    flights_.erase(found);
    flight->answer_ = std::move(answer);
    while (!flight->waiters_.empty()) {
      auto& waiter = flight->waiters_.front();
      waiter.unlink();
      waiter.woken.Notify();
    }
  }

 private:
  const size_t most_;
  std::map<Digest, std::shared_ptr<Flight>> flights_;
};

}  // namespace dragoman::auth
