#include "guard/connection_limits.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

class ConnectionLimitsTest : public GuardTest {
 protected:
  bool Admit(std::string_view address) { return guard().connections().Admit(Ip(address), now_); }
  void End(std::string_view address) { guard().connections().Ended(Ip(address)); }
  uint64_t Refused(Refusal why) { return guard().counters().refusals[static_cast<size_t>(why)]; }
};

TEST_F(ConnectionLimitsTest, LimitsOpenConnectionsOfAnAddress) {
  config_.guard->connections.per_address = 2;
  config_.guard->allow.networks = {Net("198.51.100.0/24")};
  config_.trusted_proxies = {Net("10.0.0.1")};
  EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_FALSE(Admit("192.0.2.7"));
  EXPECT_EQ(Refused(Refusal::kConnectionCount), 1u);
  EXPECT_TRUE(Admit("192.0.2.8"));
  End("192.0.2.7");
  EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_TRUE(Admit("2001:db8::1"));
  EXPECT_TRUE(Admit("2001:db8::2"));
  EXPECT_FALSE(Admit("2001:db8::3"));
  EXPECT_TRUE(Admit("2001:db8:0:1::3"));
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(Admit("198.51.100.1"));
    EXPECT_TRUE(Admit("10.0.0.1"));
    EXPECT_TRUE(guard().connections().Admit({}, now_));
  }
  for (int i = 0; i < 2; ++i) End("192.0.2.7");
  End("192.0.2.7");  // one more than there were changes nothing
  EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_FALSE(Admit("192.0.2.7"));
}

TEST_F(ConnectionLimitsTest, LimitsNewConnectionsOfAnAddress) {
  config_.guard->connections.new_per_second = 10;
  config_.guard->connections.burst = 5;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_FALSE(Admit("192.0.2.7"));
  EXPECT_TRUE(Admit("192.0.2.8"));
  Advance(99ms);
  EXPECT_FALSE(Admit("192.0.2.7"));
  Advance(1ms);
  EXPECT_TRUE(Admit("192.0.2.7"));
  EXPECT_FALSE(Admit("192.0.2.7"));
  Advance(10s);
  int admitted = 0;
  for (int i = 0; i < 1000; ++i, Advance(10ms)) admitted += Admit("192.0.2.7") ? 1 : 0;
  EXPECT_NEAR(admitted, 104, 1);  // ten seconds, and the burst
  EXPECT_GT(Refused(Refusal::kConnectionRate), 800u);
}

TEST_F(ConnectionLimitsTest, RefusesWhoIsDeniedOrBanned) {
  config_.guard->deny.networks = {Net("198.51.100.0/24")};
  EXPECT_FALSE(Admit("198.51.100.1"));
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  Observe("192.0.2.7", Event::kNotFound, 50);
  Observe("192.0.2.8", Event::kNotFound, 50);
  EXPECT_TRUE(Admit("192.0.2.7"));  // somebody is known there
  EXPECT_FALSE(Admit("192.0.2.8"));
  EXPECT_EQ(Refused(Refusal::kConnectionBan), 2u);
  Advance(60s);
  EXPECT_TRUE(Admit("192.0.2.8"));
}

TEST_F(ConnectionLimitsTest, StaysWithinItsMemory) {
  config_.guard->max_entries = 1000;
  config_.guard->connections = {.per_address = 10, .new_per_second = 1, .burst = 1};
  for (uint32_t i = 0; i < 100'000; ++i) {
    EXPECT_TRUE(guard().connections().Admit(NthIp(i), now_));
    guard().connections().Ended(NthIp(i));
  }
  EXPECT_GT(guard().counters().evicted_connections, 90'000u);
}

}  // namespace
}  // namespace dragoman::guard
