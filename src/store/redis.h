#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/loop.h"
#include "base/side_thread.h"
#include "config/config.h"
#include "store/address.h"
#include "store/reply.h"
#include "store/reply_reader.h"
#include "store/script.h"
#include "store/socket_address.h"
#include "transcoding/buffer.h"
#include "transcoding/status.h"

namespace dragoman::store {

struct RedisOptions {
  Address address;
  Duration timeout = std::chrono::milliseconds(100);            // from a command to its answer
  Duration connect_timeout = std::chrono::milliseconds(1'000);  // with the name's resolution and the greeting
  Duration min_pause = std::chrono::milliseconds(50);     // between tries while Redis is down, doubled each time …
  Duration max_pause = std::chrono::milliseconds(2'000);  // … up to this
  Duration settling = std::chrono::milliseconds(1'000);   // until the log believes that Redis is up again
  size_t max_in_flight = 4096;                            // commands without an answer
  size_t max_unsent = 4 << 20;                            // bytes that the kernel has not taken
  ReplyReader::Bounds reply;

  // Errors, for the operator: a URL that is none or cannot be read.   Cost: may read a file; not a worker's once it
  // serves.
  static tl::expected<RedisOptions, Problem> From(const config::Redis& redis);
};

// Written by the loop's thread, read by any.
struct RedisCounters {
  std::atomic<uint64_t> commands{0};    // asked for, whether they could be sent or not
  std::atomic<uint64_t> failures{0};    // of them: without an answer that makes sense
  std::atomic<uint64_t> reconnects{0};  // connections made after the first
  std::atomic<bool> up{false};
};

// A worker's connection to Redis. It is made in the background and again whenever it is lost, the name resolved anew
// each time. Scripts that are run in one turn of the loop leave in one write, and are answered in their order.
//
//   const store::Reply* reply = co_await redis.Run(script, keys, arguments);   // null: no answer, or none that makes
//   sense
//
// While Redis is down, Run fails at once. It is down when there is no connection, or when the last answer was an error
// (OOM, READONLY, LOADING, MISCONF, …); in the latter case one command now and then is let through to try. A command
// without an answer within `timeout` costs the connection, since what came late would be taken for the answer to the
// next; so do answers that nobody asked for, that break the protocol or a bound.
//
// Threads:   its loop's; the counters any.
// Lifetime:  outlived by its loop and side thread. Destroying it destroys the coroutines that wait for it; one that is
// destroyed
//            while it waits is forgotten. The one that is resumed may destroy it.
// Cost:      no allocation a command once buffers have grown, no system call but one write and one read a turn.
// Spec:      RESP2; Redis 5 or later; one server or what looks like one: not Redis Cluster.
class Redis final : private Poller::Watcher {
 public:
  // What a coroutine waits with. Script, keys and arguments stay where they are until it has its answer.
  class [[nodiscard]] Waiter {
   public:
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter();

    bool await_ready() { return !redis_.Send(*this); }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      coroutine_ = &coroutine.promise();
    }
    // Holds until the coroutine waits for something again.
    const Reply* await_resume() const { return reply_; }

   private:
    friend class Redis;
    Waiter(Redis& redis, const Script& script, std::span<const std::string_view> keys,
           std::span<const std::string_view> arguments)
        : redis_(redis), script_(script), keys_(keys), arguments_(arguments) {}

    Redis& redis_;
    const Script& script_;
    const std::span<const std::string_view> keys_;
    const std::span<const std::string_view> arguments_;
    uint64_t place_ = 0;  // among all that was ever sent, while waiting
    TaskPromise* coroutine_ = nullptr;
    const Reply* reply_ = nullptr;
  };

  Redis(Loop& loop, SideThread& side_thread, RedisOptions options);
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  Waiter Run(const Script& script, std::span<const std::string_view> keys,
             std::span<const std::string_view> arguments) {
    return {*this, script, keys, arguments};
  }
  // The answer that came made no sense to who asked: as if it had been an error.
  void Distrust(std::string_view why);
  // For good: whoever waits is told now that there is no answer, and so is whoever asks later. Nobody who is told may
  // destroy this.
  void Close();

  bool up() const { return state_ == State::kReady && sensible_; }
  const RedisCounters& counters() const { return counters_; }

 private:
  enum class State { kPausing, kResolving, kConnecting, kGreeting, kReady };
  enum class Question : uint8_t { kLogin, kSelect, kProbe, kDigest, kText };  // the last two: EVALSHA, EVAL
  // A command that waits for its answer.
  struct Asked {
    Waiter* waiter = nullptr;  // null: a greeting, or who asked is gone
    TimePoint deadline{};
    Question question = Question::kProbe;
  };

  void OnEvents(uint32_t events) override;
  void OnConnectionTimer();
  void OnAnswerTimer();

  void Resolve();
  void OnResolved(tl::expected<std::vector<SocketAddress>, std::string> addresses);
  void ConnectToNext();
  void Greet();
  void Flush();
  void Read(bool to_end);

  bool Send(Waiter& waiter);
  bool MaySend();
  void Ask(Question question, Waiter* waiter);
  void TakeReply(const Reply& reply);
  void TakeGreeting(Question question, const Reply& reply);
  void TakeError(const Asked& asked, const Reply& reply);
  void Answer(Waiter& waiter, const Reply* reply);
  void AnswerNobody();
  void CloseSocket();
  void Disconnect();
  void GoDown(std::string why);
  void NoteSenseless(std::string_view why);
  void Complain(std::string_view why);
  void NoteUp();
  void NoteSettled();
  Duration NextPause();
  Asked& At(uint64_t place) { return asked_[place & (asked_.size() - 1)]; }

  Loop& loop_;
  SideThread& side_thread_;
  const RedisOptions options_;
  const std::string where_;       // for the log: "redis.internal:6379"
  std::shared_ptr<Redis*> self_;  // null behind it once this is destroyed
  RedisCounters counters_;

  State state_ = State::kPausing;
  int socket_ = -1;
  uint64_t sockets_ = 0;  // opened so far: tells one connection from the next
  bool name_is_asked_ = false;
  std::vector<SocketAddress> addresses_;  // not tried yet, the next one last
  std::string last_refusal_;
  uint64_t connections_ = 0;  // made so far
  Timer connection_timer_;    // the pause; then the time-out of connecting
  Duration pause_;
  std::minstd_rand random_;

  bool sensible_ = true;  // the last answer was not an error
  TimePoint try_at_{};    // else: when one command may try again
  bool complained_ = false;
  Timer settling_timer_;      // armed while it answers well after a complaint
  TimePoint complain_at_{};  // not before

  std::vector<Asked> asked_;  // a ring, its size a power of two
  uint64_t first_ = 1;        // place of the oldest command in flight
  uint64_t next_ = 1;
  Timer answer_timer_;
  Buffer unsent_;
  bool flush_is_due_ = false;
  ReplyReader reader_;
};

}  // namespace dragoman::store
