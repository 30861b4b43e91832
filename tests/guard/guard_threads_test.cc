#include <thread>

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

// Workers that serve, notice, ban, list and reload at the same time.
TEST_F(GuardTest, IsSharedByWorkers) {
  config_.guard->max_entries = 64;
  config_.guard->shared = true;
  config_.guard->connections = {.per_address = 100, .new_per_second = 1000, .burst = 1000};
  Guard& shared = guard();
  const auto work = [&shared, start = now_](uint32_t worker) {
    Sentry sentry(shared);
    const RequestHead head;
    for (uint32_t i = 0; i < 3000; ++i) {
      const TimePoint now = start + i * 100ms;
      const config::IpAddress client = NthIp(i % 100);
      const std::string name = "user" + std::to_string(i % 10);
      Admission admission = sentry.Admit(client, head, now);
      if (sentry.WantsClaim(admission)) sentry.AdmitClaim(client, {{"basic", name}, true}, now, admission);
      if (i % 3 == 0) {
        shared.Observe(client, {.event = Event::kUnauthenticated, .claimed = {{"basic", name}, true}, .rpc = "a.B/C"},
                       now);
      } else {
        sentry.AdmitIdentity(client, {"basic", name}, now, admission);
        if (admission.ok()) sentry.Succeeded(client, {"basic", name}, now);
      }
      if (shared.connections().Admit(client, now)) shared.connections().Ended(client);
      const Moment moment{now, Moment::Wall(std::chrono::seconds(1'795'000'000 + i))};
      if (i % 50 == worker) shared.exchange().Merge(shared.exchange().TakeNews(10, moment), moment);
      if (i % 70 == worker) shared.Lift(client.ToText().view(), moment);
      if (i % 90 == worker) {
        EXPECT_LE(shared.Bans(moment, 10).size(), 10u);
      }
      if (i % 500 == worker) shared.lists().Publish(std::make_shared<Lists>());
    }
  };
  std::vector<std::thread> workers;
  for (uint32_t i = 0; i < 4; ++i) workers.emplace_back(work, i);
  for (std::thread& worker : workers) worker.join();
  EXPECT_LE(shared.ban_count(), 64u);
}

}  // namespace
}  // namespace dragoman::guard
