#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/wake_list.h"
#include "observe/tally.h"
#include "upstream/backend.h"
#include "upstream/channel.h"
#include "upstream/client_call.h"
#include "upstream/endpoint.h"

namespace dragoman::upstream {

// The endpoints of one backend, their balancing and the queue in front of them.
//
// Calls go round robin over the channels that are ready. An endpoint that is not connected is connected in the
// background when its turn comes, unless it backs off; calls wait only while no channel is ready. When every endpoint
// backs off they fail at once, with the last error.
//
// Where endpoints are is told to operators: what fails on workers is logged, once a minute for an endpoint.
class Cluster final : public Backend, private Channel::Owner {
 public:
  Cluster(Loop& loop, SideThread& side_thread, const config::Backend& backend, const BackendOptions& options,
          std::shared_ptr<const tls::ClientContext> tls);
  ~Cluster() override;

  std::unique_ptr<Call> Start(const CallHead& head) override;
  void Close() override;
  Connections connections() const override { return {connecting_.Get(), ready_.Get(), draining_count_.Get()}; }
  State state() const override;

  // For ClientCall: gives it to a channel, makes it wait, or fails it.
  void Dispatch(ClientCall& call, TimePoint now);
  void LeaveQueue(ClientCall& call);
  const std::string& who() const { return who_; }  // `backend "shop"`
  Loop& loop() { return loop_; }
  const std::shared_ptr<WakeList>& wakes() { return wakes_; }
  const BackendOptions& options() const { return options_; }
  bool compresses() const { return compresses_; }  // messages to it

 private:
  using CallList =
      intrusive::list<ClientCall, intrusive::member_hook<ClientCall, ClientCall::Hook, &ClientCall::call_hook>,
                      intrusive::constant_time_size<false>>;
  using Queue =
      intrusive::list<ClientCall, intrusive::member_hook<ClientCall, ClientCall::Hook, &ClientCall::queue_hook>,
                      intrusive::constant_time_size<false>>;

  // What hope there is for a call that no channel takes now.
  enum class Hope { kNone, kConnection, kStream };

  void OnReady(Channel& channel) override;
  void OnRoom(Channel& channel) override;
  void OnDraining(Channel& channel) override;
  void OnClosed(Channel& channel, std::string_view why) override;

  Endpoint* Pick(TimePoint now, Hope& hope);
  bool Connect(Endpoint& endpoint, TimePoint now);
  void BackOff(Endpoint& endpoint, std::string_view why, std::string_view told, TimePoint now);
  void NoteUnready(const Channel& channel, Endpoint& endpoint, std::string_view why);
  void NoteLost(const Channel& channel, Endpoint* endpoint, std::string_view why);
  void NoteUnresolved(Target& target, std::string_view why, TimePoint now);
  // Logs it, unless operators read it anyway or have done so lately.
  void Tell(ToldLately& lately, std::string_view event, std::string_view address, std::string_view why,
            TimePoint now) const;
  Endpoint* Find(const Channel& channel);
  void ServeQueue();
  void Resolve(Target& target);
  void OnResolved(Target& target, const Result<std::vector<SocketAddress>>& addresses);
  void RebuildRing();
  void Bury(std::unique_ptr<Channel> channel);
  void CountConnections();

  Loop& loop_;
  SideThread& side_thread_;
  const BackendOptions options_;
  const std::shared_ptr<const tls::ClientContext> tls_;  // null: plain text
  const std::string name_;
  const std::string who_;  // `backend "shop"`
  const bool compresses_;
  std::shared_ptr<WakeList> wakes_;
  std::shared_ptr<Cluster*> self_;  // what a resolution that is under way looks for: null inside once this is gone
  std::minstd_rand random_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<Target*> names_;  // of those, what has to be resolved
  std::vector<Endpoint*> ring_;
  size_t next_ = 0;                                 // in ring_
  std::string last_error_;                          // "cannot connect: Connection refused", as the audience may know it
  ToldLately told_of_draining_;
  std::vector<std::unique_ptr<Channel>> draining_;  // have calls, take no more
  std::vector<std::unique_ptr<Channel>> buried_;    // closed, destroyed at the end of the turn
  bool closed_ = false;
  CallList calls_;
  Queue queue_;
  size_t queued_ = 0;
  observe::Tally connecting_;
  observe::Tally ready_;
  observe::Tally draining_count_;
};

}  // namespace dragoman::upstream
