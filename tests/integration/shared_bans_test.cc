#include <gtest/gtest.h>

#include <string>

#include "twin_gateways.h"

namespace dragoman::integration {
namespace {

TEST(SharedBans, HoldOnEveryGatewayAndEndOnEveryGateway) {
  Twins twins("limits: [{quota: 1000/h}]", kSoonLate, "guard: {brute_force: {failures: 3, ban: {first: 1h}}}\n");
  const auto status = [&](size_t gateway, const std::string& from) {
    return HttpClient(twins[gateway].address(), from).Send("GET", "/v1/items/grinder", {{"x-api-key", kAda}}).status;
  };
  const auto await = [&](size_t gateway, const std::string& what, bool banned) {
    Await(what + (banned ? " is banned" : " is not banned any more"), [&] {
      return (AskAdmin(twins[gateway], "GET", "/guard/bans").body.find("\"" + what + "\"") != std::string::npos) ==
             banned;
    });
  };
  for (int i = 0; i < 3; ++i) {
    HttpClient guesser(twins[0].address(), "127.0.1.1");
    EXPECT_EQ(guesser.Send("GET", "/v1/items/grinder", {{"x-api-key", "guess" + std::to_string(i)}}).status, 401);
  }
  await(1, "127.0.1.1", true);
  EXPECT_EQ(status(1, "127.0.1.1"), 0) << "cut off, since nobody is known there";
  EXPECT_EQ(status(1, "127.0.1.2"), 200);
  EXPECT_EQ(AskAdmin(twins[1], "DELETE", "/guard/bans/127.0.1.1").status, 200);
  await(0, "127.0.1.1", false);
  EXPECT_EQ(status(0, "127.0.1.1"), 200);

  // What is decided while Redis is gone is told when it is back.
  twins.redis().Kill();
  EXPECT_EQ(AskAdmin(twins[0], "POST", "/guard/bans/127.0.7.7?for=10m").status, 200);
  EXPECT_EQ(status(0, "127.0.7.7"), 0);
  EXPECT_EQ(status(1, "127.0.7.7"), 200);
  twins.redis().Start();
  await(1, "127.0.7.7", true);
  EXPECT_EQ(AskAdmin(twins[0], "DELETE", "/guard/bans/127.0.7.7").status, 200);
  await(1, "127.0.7.7", false);
}

}  // namespace
}  // namespace dragoman::integration
