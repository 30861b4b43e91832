#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "credentials.h"
#include "shop_fixture.h"

// Who is shut out, through the real program; clients come from addresses of 127.0.0.0/8.
namespace dragoman::integration {
namespace {

using testing::HasSubstr;

std::string KeyOf(int number) { return "dgm_" + std::to_string(number) + "-0123456789abcdefghijklmnopqrstuvwxyz"; }

std::string Consumers(int count) {
  std::string text = "authentication: {api_keys: {}}\nconsumers:\n";
  for (int i = 0; i < count; ++i) text += ConsumerLine("c" + std::to_string(i), KeyOf(i));
  return text;
}

HttpResponse GetFrom(const Gateway& gateway, const std::string& from, std::string_view target, std::string_view key,
                     Headers headers = {}) {
  if (!key.empty()) headers.emplace_back("x-api-key", key);
  return HttpClient(gateway.address(), from).Send("GET", target, headers);
}

std::string ReasonOf(const HttpResponse& response) {
  const size_t at = response.body.find("\"reason\":\"");
  if (at == std::string::npos) return {};
  return response.body.substr(at + 10, response.body.find('"', at + 10) - at - 10);
}

TEST(Guard, ShutsOutWhoGuessesKeysAndTellsSo) {
  Shop shop;
  TempDir folder;
  Gateway gateway({.endpoints = {shop.address()},
                         .more = Consumers(1) + "admin: {address: \"unix:" + folder.path("admin.sock") +
                                 "\"}\naccess_log: {format: text, path: stdout}\nguard: {brute_force: {failures: 3, ban: {first: 1h}}}\n"});
  HttpClient guesser(gateway.address(), "127.0.1.1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(guesser.Send("GET", "/v1/items/grinder", {{"x-api-key", "guess" + std::to_string(i)}}).status, 401);
  }
  const HttpResponse no = guesser.Send("GET", "/v1/items/grinder", {{"x-api-key", KeyOf(0)}});
  EXPECT_EQ(no.status, 403);
  EXPECT_EQ(JsonLacks(R"({"details": [{"reason": "BANNED", "metadata": {"rule": "brute_force"}}]})", no.body), "");
  EXPECT_THAT(no.Header("retry-after"), testing::MatchesRegex("3[0-9]{3}"));
  EXPECT_EQ(GetFrom(gateway, "127.0.1.1", "/v1/items/grinder", KeyOf(0)).status, 0) << "cut off, since nobody is known there";
  EXPECT_EQ(GetFrom(gateway, "127.0.1.2", "/v1/items/grinder", KeyOf(0)).status, 200);
  EXPECT_TRUE(gateway.process().WaitForOutput("reason=BANNED rule=brute_force"));

  const HttpResponse bans = AskAdmin(gateway, "GET", "/guard/bans");
  EXPECT_EQ(bans.status, 200);
  EXPECT_EQ(JsonLacks(R"({"bans": [{"what": "127.0.1.1", "rule": "brute_force"}]})", bans.body), "") << bans.body;
  EXPECT_EQ(AskAdmin(gateway, "DELETE", "/guard/bans/127.0.9.9").status, 404);
  EXPECT_EQ(AskAdmin(gateway, "DELETE", "/guard/bans/127.0.1.1").status, 200);
  EXPECT_EQ(GetFrom(gateway, "127.0.1.1", "/v1/items/grinder", KeyOf(0)).status, 200);
  EXPECT_EQ(AskAdmin(gateway, "POST", "/guard/bans/127.0.7.7?for=10m").status, 200);
  EXPECT_EQ(GetFrom(gateway, "127.0.7.7", "/v1/items/grinder", KeyOf(0)).status, 0);
}

TEST(Guard, ChangesNeedATokenOnAPortThatOthersReach) {
  Shop shop;
  TempDir folder;
  const Gateway gateway({.endpoints = {shop.address()},
                         .more = "guard: {}\nadmin: {address: \"127.0.0.1:0\", token: {file: \"" + folder.Write("token", "secret-of-operators\n") + "\"}}\n"});
  EXPECT_EQ(AskAdmin(gateway, "GET", "/guard/bans").status, 200);
  EXPECT_EQ(AskAdmin(gateway, "POST", "/guard/bans/127.0.7.7?for=10m").status, 401);
  EXPECT_EQ(AskAdmin(gateway, "POST", "/guard/bans/127.0.7.7?for=10m", {{"authorization", "Bearer wrong"}}).status, 401);
  EXPECT_EQ(AskAdmin(gateway, "POST", "/guard/bans/127.0.7.7?for=10m", {{"authorization", "Bearer secret-of-operators"}}).status, 200);
  const Gateway no_token({.endpoints = {shop.address()}, .more = "guard: {}\nadmin: {address: \"127.0.0.1:0\"}\n"});
  const HttpResponse no = AskAdmin(no_token, "POST", "/guard/bans/127.0.7.7?for=10m");
  EXPECT_EQ(no.status, 403);
  EXPECT_THAT(no.body, HasSubstr("admin.token"));
}

TEST(Guard, DeniesListedAddressesAndReadsTheListsAgain) {
  Shop shop;
  TempDir folder;
  const std::string deny = folder.Write("deny.txt", "# offices of nobody\n127.0.2.0/24\n");
  const Gateway gateway({.endpoints = {shop.address()},
                         .more = "guard: {allow: [127.0.2.9], deny: [{file: \"" + deny +
                                 "\"}], reload: 1s, user_agents: {deny: ['*sqlmap*']}, headers: [{name: x-scanner, deny: ['*']}]}\n"});
  const auto status = [&](const std::string& from) { return HttpClient(gateway.address(), from).Send("GET", "/v1/items/grinder").status; };
  // Denied addresses are cut off when they connect.
  EXPECT_EQ(status("127.0.2.1"), 0);
  EXPECT_EQ(status("127.0.2.9"), 200);
  EXPECT_EQ(status("127.0.3.1"), 200);
  EXPECT_EQ(ReasonOf(GetFrom(gateway, "127.0.3.1", "/v1/items/grinder", "", {{"user-agent", "SQLMap/1.7"}})), "FORBIDDEN");
  EXPECT_EQ(ReasonOf(GetFrom(gateway, "127.0.3.1", "/v1/items/grinder", "", {{"x-scanner", "yes"}})), "FORBIDDEN");
  HttpClient kept(gateway.address(), "127.0.3.1");
  EXPECT_EQ(kept.Send("GET", "/v1/items/grinder").status, 200);
  folder.Write("deny.txt", "127.0.3.0/24\n");
  const auto end = std::chrono::steady_clock::now() + kPatience;
  HttpResponse denied;
  while (denied.status != 403 && std::chrono::steady_clock::now() < end) denied = kept.Send("GET", "/v1/items/grinder");
  EXPECT_EQ(ReasonOf(denied), "ADDRESS_DENIED") << "also on a connection that was there before";
  EXPECT_EQ(status("127.0.2.1"), 200);
}

// Attackers of four kinds, good clients from addresses of their own, and an office behind one address with an attacker in it.
TEST(Guard, ShutsAttackersOutWhileGoodClientsWork) {
  constexpr int kGood = 4;
  constexpr int kOffice = 4;
  constexpr int kAttackers = 12;
  constexpr int kAttacks = 150;  // requests of each attacker
  Shop shop;
  const Gateway gateway({.endpoints = {shop.address()},
                         .more = Consumers(kGood + kOffice) +
                                 "workers: 2\nguard: {brute_force: {failures: 10, ban: {first: 1h}}, patterns: {score: 60, ban: {first: 1h}}}\n"});
  const std::string office = "127.0.5.1";
  for (int i = 0; i < kOffice; ++i) ASSERT_EQ(GetFrom(gateway, office, "/v1/items/grinder", KeyOf(kGood + i)).status, 200);

  std::atomic<bool> over{false};
  std::atomic<int> good{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kGood + kOffice; ++i) {
    clients.emplace_back([&, i] {
      const std::string from = i < kGood ? "127.0.4." + std::to_string(i + 1) : office;
      while (!over) {
        HttpClient client(gateway.address(), from);  // a new connection now and then, as clients do
        for (int n = 0; n < 20 && !over; ++n) ++(client.Send("GET", "/v1/items/grinder", {{"x-api-key", KeyOf(i)}}).status == 200 ? good : failed);
      }
    });
  }
  struct Attack {
    int answers = 0;  // that were no ban
    int after = 0;    // of those, after the first ban
    bool shut_out = false;
  };
  std::array<Attack, kAttackers + 1> attacks;  // the last one from the office
  std::vector<std::thread> attackers;
  for (int i = 0; i <= kAttackers; ++i) {
    attackers.emplace_back([&, i] {
      const std::string from = i == kAttackers ? office : "127.0.6." + std::to_string(i + 1);
      for (int n = 0; n < kAttacks; ++n) {
        HttpClient client(gateway.address(), from);
        HttpResponse response;
        const std::string number = std::to_string(n);
        switch (i % 4) {
          case 0:
            response = client.Send("GET", "/v1/items/grinder", {{"x-api-key", "guess" + number}});
            break;
          case 1:
            response = client.Send("GET", "/wp-admin/" + number);
            break;
          case 2:
            response = client.Send("DELETE", "/v1/orders");
            break;
          default:
            client.Write("GET / HTTP/1.1\r\nhost: a b\r\n\r\n");
            response = client.Read();
        }
        const bool shut_out = response.status == 0 || ReasonOf(response) == "BANNED";
        if (!shut_out) {
          ++attacks[static_cast<size_t>(i)].answers;
          if (attacks[static_cast<size_t>(i)].shut_out) ++attacks[static_cast<size_t>(i)].after;
        }
        attacks[static_cast<size_t>(i)].shut_out |= shut_out;
      }
    });
  }
  for (std::thread& attacker : attackers) attacker.join();
  over = true;
  for (std::thread& client : clients) client.join();
  for (int i = 0; i <= kAttackers; ++i) {
    EXPECT_TRUE(attacks[static_cast<size_t>(i)].shut_out) << i;
    EXPECT_LE(attacks[static_cast<size_t>(i)].answers, 40) << i;
    EXPECT_EQ(attacks[static_cast<size_t>(i)].after, 0) << i;
  }
  EXPECT_GT(good, 100);
  EXPECT_LE(failed, good / 1000);
}

}  // namespace
}  // namespace dragoman::integration
