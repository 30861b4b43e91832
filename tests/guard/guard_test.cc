#include "guard/guard.h"

#include "guard_fixture.h"

namespace dragoman::guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kShut = "BANNED: this address is shut out for 60 s (brute_force)";

TEST_F(GuardTest, TellsWhichRefusalsTellOfTheirSender) {
  EXPECT_EQ(EventOf(Status(Reason::kRouteNotFound, "")), Event::kNotFound);
  EXPECT_EQ(EventOf(Status(Reason::kMethodNotAllowed, "")), Event::kWrongMethod);
  EXPECT_EQ(EventOf(Status(Reason::kInvalidJson, "")), Event::kMalformed);
  EXPECT_EQ(EventOf(Status(Reason::kHeadersTooLarge, "")), Event::kMalformed);
  EXPECT_EQ(EventOf(Status(Reason::kUnauthenticated, "")), Event::kUnauthenticated);
  EXPECT_EQ(EventOf(Status(Reason::kForbidden, "")), Event::kForbidden);
  EXPECT_EQ(EventOf(Status(Reason::kForbidden, "").WithRule("user_agents")), std::nullopt);
  for (const Reason reason : {Reason::kBanned, Reason::kRateLimited, Reason::kRequestTimeout, Reason::kBodyTooLarge,
                              Reason::kOverloaded, Reason::kBackendUnavailable}) {
    EXPECT_EQ(EventOf(Status(reason, "")), std::nullopt) << FactsOf(reason).name;
  }
  EXPECT_EQ(EventOf(Status(Code::kNotFound, "no such item")), std::nullopt);
  EXPECT_EQ(EventOf(Status()), std::nullopt);
}

TEST_F(GuardTest, ShutsOutWhoGuessesPasswords) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Send("192.0.2.7", {"basic", "user" + std::to_string(i), "guess"}), "UNAUTHENTICATED");
  }
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), kShut);
  EXPECT_EQ(Send("192.0.2.7", {}, Rpc::kPublic), kShut);
  EXPECT_EQ(Send("192.0.2.7", {}, Rpc::kNone), kShut);
  EXPECT_EQ(proofs_, 10);  // not one more password was hashed
  EXPECT_EQ(Send("192.0.2.8", {"basic", "alice"}), "ok");
  EXPECT_THAT(Banned(), ElementsAre("192.0.2.7 brute_force 60s #1"));
  Advance(2500ms);
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "BANNED: this address is shut out for 58 s (brute_force)");
  const Admission no = sentry_->Admit(Ip("192.0.2.7"), head_, now_);
  EXPECT_THAT(no.refusal.headers(), ElementsAre(testing::Pair("retry-after", "58")));
  Advance(57500ms);
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_THAT(Banned(), IsEmpty());
  EXPECT_EQ(guard().counters().bans[0], 1u);
  EXPECT_EQ(guard().counters().refusals[static_cast<size_t>(Refusal::kBanned)], 5u);
}

TEST_F(GuardTest, CountsEveryKindOfCredential) {
  for (const std::string_view scheme : {"api_key", "jwt.main", "introspection", "basic", "mtls"}) {
    config_.guard->patterns.reset();
    SetUpAgain();
    for (int i = 0; i < 9; ++i) Send("192.0.2.7", {scheme, "", std::to_string(i)});
    EXPECT_THAT(Banned(), IsEmpty()) << scheme;
    Send("192.0.2.7", {scheme, "", "9"});
    EXPECT_THAT(Banned(), ElementsAre("192.0.2.7 brute_force 60s #1")) << scheme;
  }
}

TEST_F(GuardTest, WhoShowsNoCredentialHasNotGuessed) {
  config_.guard->patterns.reset();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Send("192.0.2.7", {}), "UNAUTHENTICATED");
  EXPECT_THAT(Banned(), IsEmpty());
}

TEST_F(GuardTest, AnOfficeIsNotBannedForOneOfItsOwn) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Send("192.0.2.7", {"api_key", "consumer" + std::to_string(i)}), "ok");
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("192.0.2.7", {"jwt.main", "bob"}), "ok");
  for (int i = 0; i < 10; ++i) Send("192.0.2.7", {"basic", "root", std::to_string(i)});
  EXPECT_THAT(Banned(), UnorderedElementsAre("192.0.2.7 brute_force 60s #1", "basic:root brute_force 60s #1"));
  // Who is known there goes on.
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Send("192.0.2.7", {"api_key", "consumer" + std::to_string(i)}), "ok");
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("192.0.2.7", {"jwt.main", "bob"}), "ok");
  // The attacker does not, whatever he tries; and costs no password hash.
  const int proofs = proofs_;
  EXPECT_EQ(Send("192.0.2.7", {"basic", "root", "guess"}), kShut);
  EXPECT_EQ(Send("192.0.2.7", {"basic", "new"}), kShut);
  EXPECT_EQ(Send("192.0.2.7", {"jwt.main", "alice"}), kShut);
  EXPECT_EQ(Send("192.0.2.7", {}, Rpc::kPublic), kShut);
  EXPECT_EQ(Send("192.0.2.7", {}, Rpc::kNone), kShut);
  EXPECT_EQ(proofs_, proofs);
  EXPECT_EQ(Send("192.0.2.7", {"api_key", "mallory"}), kShut);  // a key says whose it is only when it is verified
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice", "guess"}), "UNAUTHENTICATED");
}

TEST_F(GuardTest, GuessingAtSomebodyKnownThereIsBetweenThemAndTheAddress) {
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("192.0.2.7", {"basic", "bob"}), "ok");
  EXPECT_EQ(Send("198.51.100.1", {"basic", "alice"}), "ok");
  for (int i = 0; i < 10; ++i) Send("192.0.2.7", {"basic", "alice", std::to_string(i)});
  EXPECT_THAT(Banned(),
              UnorderedElementsAre("192.0.2.7 brute_force 60s #1", "192.0.2.7 basic:alice brute_force 60s #1"));
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}),
            "BANNED: whoever claims this identity is shut out for 60 s (brute_force)");
  EXPECT_EQ(Send("192.0.2.7", {"basic", "bob"}), "ok");
  EXPECT_EQ(Send("198.51.100.1", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("203.0.113.9", {"basic", "alice"}), "ok");
}

TEST_F(GuardTest, GuessingFromManyAddressesShutsOutWhoClaimsTheIdentityButNotItsOwner) {
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(Send(NthIp(i), {"basic", "alice", "guess"}), "UNAUTHENTICATED");
  EXPECT_THAT(Banned(), ElementsAre("basic:alice brute_force 60s #1"));
  const int proofs = proofs_;
  for (const std::string_view secret : {"guess", "right"}) {  // not even whether it is right is told
    EXPECT_EQ(Send("203.0.113.9", {"basic", "alice", secret}),
              "BANNED: whoever claims this identity is shut out for 60 s (brute_force)");
  }
  EXPECT_EQ(proofs_, proofs);
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("203.0.113.9", {"basic", "bob"}), "ok");
  EXPECT_EQ(guard().counters().refusals[static_cast<size_t>(Refusal::kBannedIdentity)], 2u);
}

// A signature cannot be guessed: whoever knows somebody's `sub` must not be able to lock them out.
TEST_F(GuardTest, AClaimThatCannotBeGuessedIsStillProvenAtOnce) {
  for (uint32_t i = 0; i < 10; ++i) Send(NthIp(i), {"jwt.main", "alice", "forged"});
  EXPECT_THAT(Banned(), ElementsAre("jwt.main:alice brute_force 60s #1"));
  EXPECT_EQ(Send("203.0.113.9", {"jwt.main", "alice"}), "ok");
  Admission admission;
  sentry_->AdmitClaim(Ip("203.0.113.10"), {{"jwt.main", "alice"}}, now_, admission);
  EXPECT_TRUE(admission.ok());
  EXPECT_TRUE(admission.only_at_once);
}

TEST_F(GuardTest, PatternsAddUp) {
  struct Case {
    const char* name;
    Event event;
    int bans_at;  // as many of them
  };
  for (const Case& c : {Case{"a scan", Event::kNotFound, 50}, Case{"a spray of methods", Event::kWrongMethod, 20},
                        Case{"a flood of what is no HTTP", Event::kMalformed, 20},
                        Case{"no credentials", Event::kUnauthenticated, 50}}) {
    SetUpAgain();
    Observe("192.0.2.7", c.event, c.bans_at - 1);
    EXPECT_THAT(Banned(), IsEmpty()) << c.name;
    Observe("192.0.2.7", c.event);
    EXPECT_THAT(Banned(), ElementsAre("192.0.2.7 patterns 60s #1")) << c.name;
  }
  SetUpAgain();
  Observe("192.0.2.7", Event::kForbidden, 1000);  // the same RPC again and again: a client that was not told
  EXPECT_THAT(Banned(), IsEmpty());
}

TEST_F(GuardTest, PatternsFade) {
  for (int minute = 0; minute < 100; ++minute) {
    Observe("192.0.2.7", Event::kNotFound, 24);  // 48 points a half-life come to 96 at most
    Advance(60s);
  }
  EXPECT_THAT(Banned(), IsEmpty());
  for (int minute = 0; minute < 10; ++minute) {
    Observe("192.0.2.7", Event::kNotFound, 30);
    Advance(60s);
  }
  EXPECT_EQ(guard().counters().bans[static_cast<size_t>(BanRule::kPatterns)], 4u);
}

TEST_F(GuardTest, ManyIdentitiesFromOneAddressCountOnceEach) {
  config_.guard->brute_force.reset();
  for (int i = 0; i < 9; ++i) Send("192.0.2.7", {"basic", "user" + std::to_string(i), "x"});
  EXPECT_THAT(Banned(), IsEmpty());  // 9 × 2 + 8 × 10, at most
  const auto tries = [&](std::string_view client, std::string_view scheme) {
    for (int i = 9; i < 40; ++i) {
      const std::string text = std::to_string(i);
      if (Send(client, {scheme, text, text}) != "UNAUTHENTICATED") return i;
    }
    return 40;
  };
  EXPECT_LE(tries("192.0.2.7", "basic"), 20);
  for (int i = 0; i < 40; ++i) Send("192.0.2.8", {"basic", "alice", std::to_string(i)});
  EXPECT_THAT(Banned(), ElementsAre("192.0.2.7 patterns 60s #1"));  // 40 × 2
  EXPECT_LE(tries("192.0.2.9", "api_key"), 30);
}

TEST_F(GuardTest, ManyRoutesFromOneAddressCountOnceEach) {
  config_.guard->patterns->new_route = 20;
  for (int i = 0; i < 100; ++i) guard().Observe(Ip("192.0.2.7"), {.event = Event::kForbidden, .rpc = "a.B/C"}, now_);
  EXPECT_THAT(Banned(), IsEmpty());
  // A few of them look alike to the sketch.
  for (int i = 0; i < 20 && Banned().empty(); ++i) {
    guard().Observe(Ip("192.0.2.7"), {.event = Event::kForbidden, .rpc = "a.B/" + std::to_string(i)}, now_);
  }
  EXPECT_THAT(Banned(), ElementsAre("192.0.2.7 patterns 60s #1"));
}

TEST_F(GuardTest, BansGrowAndAreForgotten) {
  config_.guard->patterns->ban = {.first = 60s, .longest = 400s};
  std::vector<std::string> bans;
  for (int i = 0; i < 5; ++i) {
    Observe("192.0.2.8", Event::kNotFound, 50);
    bans.push_back(Banned().at(0));
    Advance(std::chrono::seconds(std::min(60 << i, 400)));
  }
  EXPECT_THAT(bans, ElementsAre("192.0.2.8 patterns 60s #1", "192.0.2.8 patterns 120s #2", "192.0.2.8 patterns 240s #3",
                                "192.0.2.8 patterns 400s #4", "192.0.2.8 patterns 400s #5"));
  Advance(100s);  // two of five are forgotten
  Observe("192.0.2.8", Event::kNotFound, 50);
  EXPECT_THAT(Banned(), ElementsAre("192.0.2.8 patterns 400s #4"));
  Advance(400s + 200s);
  Observe("192.0.2.8", Event::kNotFound, 50);
  EXPECT_THAT(Banned(), ElementsAre("192.0.2.8 patterns 60s #1"));
}

TEST_F(GuardTest, NeverBansProxiesAllowedNetworksAndUnixSockets) {
  config_.trusted_proxies = {Net("10.0.0.0/8")};
  config_.guard->allow.networks = {Net("192.0.2.0/24")};
  for (int i = 0; i < 1000; ++i) {
    for (const config::IpAddress& client : {Ip("10.1.2.3"), Ip("192.0.2.7"), config::IpAddress()}) {
      Refuse(client, {.event = Event::kMalformed}, Status());
      Refuse(client,
             {.event = Event::kUnauthenticated, .claimed = {.identity = {"api_key", ""}, .fingerprint = 7}, .rpc = "a"},
             Status());
    }
  }
  EXPECT_THAT(Banned(), IsEmpty());
  EXPECT_EQ(Send(config::IpAddress(), {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("10.1.2.3", {"basic", "alice"}), "ok");
  // What is claimed behind a proxy counts all the same; from an allowed network it does not.
  for (int i = 0; i < 10; ++i) Send("10.1.2.3", {"basic", "bob", "guess"});
  for (int i = 0; i < 10; ++i) Send("192.0.2.7", {"basic", "eve", "guess"});
  EXPECT_THAT(Banned(), ElementsAre("basic:bob brute_force 60s #1"));
  EXPECT_EQ(Send("192.0.2.7", {"basic", "bob"}), "ok");
  EXPECT_EQ(guard().BanByHand("10.1.2.3", 1min, Now()).error(),
            "10.1.2.3 is never banned: it is a trusted proxy or in guard.allow");
}

TEST_F(GuardTest, AProxyIsReachedThoughItsNeighboursAreBanned) {
  config_.trusted_proxies = {Net("2001:db8::1")};
  Observe("2001:db8::2", Event::kNotFound, 50);
  EXPECT_THAT(Banned(), ElementsAre("2001:db8::/64 patterns 60s #1"));
  EXPECT_EQ(Send("2001:db8::3", {"basic", "alice"}), "BANNED: this address is shut out for 60 s (patterns)");
  EXPECT_TRUE(guard().connections().Admit(Ip("2001:db8::1"), now_));
  EXPECT_FALSE(guard().connections().Admit(Ip("2001:db8::3"), now_));
  EXPECT_EQ(Send("2001:db8::1", {"basic", "alice"}), "ok");
}

TEST_F(GuardTest, RefusesWhoIsOnTheDenyList) {
  config_.guard->deny.networks = {Net("192.0.2.0/24"), Net("2001:db8::/32")};
  config_.guard->allow.networks = {Net("192.0.2.7")};
  EXPECT_EQ(Send("192.0.2.8", {"basic", "alice"}),
            "ADDRESS_DENIED: requests from 192.0.2.8 are not served here (deny)");
  EXPECT_EQ(Send("2001:db8::8", {}, Rpc::kPublic),
            "ADDRESS_DENIED: requests from 2001:db8::8 are not served here (deny)");
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("198.51.100.1", {"basic", "alice"}), "ok");
  EXPECT_EQ(guard().counters().refusals[static_cast<size_t>(Refusal::kDenied)], 2u);
  auto lists = std::make_shared<Lists>();
  lists->deny = config::NetworkSet(std::vector<config::Network>{Net("198.51.100.1")});
  guard().lists().Publish(lists);
  EXPECT_EQ(Send("192.0.2.8", {"basic", "alice"}), "ok");
  EXPECT_EQ(Send("198.51.100.1", {"basic", "alice"}),
            "ADDRESS_DENIED: requests from 198.51.100.1 are not served here (deny)");
}

TEST_F(GuardTest, AppliesRulesForHeadersToAllButAllowedNetworks) {
  config_.guard->headers = {{.header = "user-agent", .deny = {"*sqlmap*"}, .required = true, .at = {}}};
  config_.guard->allow.networks = {Net("192.0.2.7")};
  EXPECT_EQ(Send("192.0.2.8", {"basic", "alice"}),
            "FORBIDDEN: header \"user-agent\" is missing; requests need one (user_agents)");
  EXPECT_EQ(Send(config::IpAddress(), {"basic", "alice"}),
            "FORBIDDEN: header \"user-agent\" is missing; requests need one (user_agents)");
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  EXPECT_EQ(guard().counters().refusals[static_cast<size_t>(Refusal::kHeader)], 2u);
}

TEST_F(GuardTest, BansByHandAndLifts) {
  EXPECT_EQ(guard().BanByHand("192.0.2.999", 1min, Now()).error(),
            "expected an address such as 192.0.2.7 or an identity such as basic:alice, got \"192.0.2.999\"");
  EXPECT_EQ(guard().BanByHand("192.0.2.7", 0ms, Now()).error(), "expected a duration of 1 ms to 10000 h");
  EXPECT_EQ(guard().BanByHand("192.0.2.7", 10'001h, Now()).error(), "expected a duration of 1 ms to 10000 h");
  const auto ban = guard().BanByHand("192.0.2.7", 1h, Now());
  ASSERT_TRUE(ban) << ban.error();
  EXPECT_EQ(ban->what, "192.0.2.7");
  EXPECT_EQ(ban->until - ban->since, 1h);
  EXPECT_EQ(guard().BanByHand("192.0.2.7", 1min, Now())->until, ban->until);  // what is longer stays
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "BANNED: this address is shut out for 3600 s (by_hand)");
  EXPECT_TRUE(guard().BanByHand("2001:db8::7", 1h, Now()));
  EXPECT_TRUE(guard().BanByHand("basic:bob", 1h, Now()));
  EXPECT_EQ(Send("192.0.2.8", {"basic", "bob"}),
            "BANNED: whoever claims this identity is shut out for 3600 s (by_hand)");
  EXPECT_EQ(guard().ban_count(), 3u);
  EXPECT_FALSE(guard().Lift("192.0.2.8", Now()));
  EXPECT_FALSE(guard().Lift("", Now()));
  EXPECT_TRUE(guard().Lift("192.0.2.7", Now()));
  EXPECT_TRUE(guard().Lift("2001:db8::/64", Now()));
  EXPECT_TRUE(guard().Lift("basic:bob", Now()));
  EXPECT_THAT(Banned(), IsEmpty());
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
}

TEST_F(GuardTest, LiftingForgetsWhatLedToIt) {
  Observe("192.0.2.7", Event::kNotFound, 50);
  EXPECT_TRUE(guard().Lift("192.0.2.7", Now()));
  Observe("192.0.2.7", Event::kNotFound, 50);
  EXPECT_THAT(Banned(), ElementsAre("192.0.2.7 patterns 60s #1"));
}

TEST_F(GuardTest, StaysWithinItsMemoryUnderAMillionAddresses) {
  config_.guard->max_entries = 10'000;
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    guard().Observe(NthIp(i),
                    {.event = Event::kUnauthenticated, .claimed = {.identity = {"basic", "alice"}}, .rpc = "a.B/C"},
                    now_);
    if (i % 100 == 0) guard().BanByHand(NthIp(i).ToText().view(), 1min, Now()).value();
  }
  EXPECT_LE(guard().offender_count(), 16'384u);
  EXPECT_LE(guard().ban_count(), 10'000u);
  EXPECT_GT(guard().counters().evicted_offenders, 900'000u);
  EXPECT_EQ(guard().Bans(Now(), 100).size(), 100u);
  EXPECT_EQ(Send("192.0.2.7", {"basic", "alice"}), "ok");  // the owner is not locked out
  EXPECT_EQ(Send("192.0.2.9", {"basic", "alice"}).substr(0, 6), "BANNED");
}

TEST_F(GuardTest, ReportsEveryProblemOfItsFiles) {
  config_.guard->deny.files = {"/nonexistent/deny.txt"};
  config_.guard->allow.files = {"/nonexistent/allow.txt"};
  const auto built = Guard::Build(config_);
  ASSERT_FALSE(built);
  ASSERT_EQ(built.error().size(), 2u);
  EXPECT_EQ(built.error()[0].where, "/nonexistent/allow.txt");
  EXPECT_EQ(built.error()[0].what, "cannot be read: No such file or directory");
}

TEST_F(GuardTest, TakesTheBansOfTheOneThatItReplaces) {
  ASSERT_TRUE(guard().BanByHand("192.0.2.7", 10min, Now()));
  ASSERT_TRUE(guard().BanByHand("198.51.100.1", 10min, Now()));
  ASSERT_TRUE(guard().BanByHand("basic:alice", 10min, Now()));
  const std::vector<std::string> banned = Banned();
  config::Config config = config_;
  config.guard->allow.networks.push_back(*config::Network::Parse("198.51.100.0/24"));
  const std::unique_ptr<Guard> next = *Guard::Build(config);
  next->TakeBansOf(guard(), Now());
  std::vector<std::string> taken;
  for (const Ban& ban : next->Bans(Now())) taken.push_back(ban.what);
  EXPECT_EQ(banned.size(), 3u);
  EXPECT_THAT(taken, UnorderedElementsAre("192.0.2.7", "basic:alice")) << "whoever is allowed now is not banned";
  EXPECT_EQ(next->counters().bans_merged.load(), 0u);
  EXPECT_FALSE(next->WhyNot(Ip("192.0.2.7"), head_, now_).ok());
}

}  // namespace
}  // namespace dragoman::guard
