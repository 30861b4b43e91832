#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shop_fixture.h"

// Failures and delays of the shop on demand: flags, metadata.
namespace dragoman::integration {
namespace {

constexpr const char* kForward = "forward_headers: [x-shop-delay, x-shop-fail]";
constexpr const char* kTrack = "/v1/shipments/1002";

std::string Injected(int code, const std::string& wish, const std::string& method) {
  return R"({"code": )" + std::to_string(code) + R"(, "message": "failed as )" + wish +
         R"( asked for", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "INJECTED", "domain": "shop.example",
             "metadata": {"method": ")" +
         method + R"("}}]})";
}

TEST(ShopFaults, AFlagMakesAMethodFail) {
  Shop shop("127.0.0.1:0", "shop", {"--fail", "shop.v1.Shipping/Track=UNAVAILABLE", "--fail", "shop.v1.Users/*=7"});
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  HttpResponse track = client.Send("GET", kTrack);
  EXPECT_EQ(track.status, 503);
  EXPECT_EQ(
      JsonDifference(Injected(14, "--fail shop.v1.Shipping/Track=UNAVAILABLE", "shop.v1.Shipping/Track"), track.body),
      "");
  HttpResponse user = client.Send("GET", "/v1/users/ada");
  EXPECT_EQ(user.status, 403);
  EXPECT_EQ(JsonDifference(Injected(7, "--fail shop.v1.Users/*=7", "shop.v1.Users/GetUser"), user.body), "");
  EXPECT_EQ(client.Send("DELETE", "/v1/users/ada").status, 403);
  EXPECT_EQ(client.Send("GET", "/v1/orders/1002").status, 200);
}

// Which of 64 calls fail, as a text of '.' and 'x'.
std::string Pattern(const std::string& seed) {
  Shop shop("127.0.0.1:0", "shop", {"--fail", "*=INTERNAL@0.25", "--seed", seed});
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  std::string pattern;
  for (int i = 0; i < 64; ++i) {
    int status = client.Send("GET", kTrack).status;
    EXPECT_TRUE(status == 200 || status == 500) << status;
    pattern += status == 200 ? '.' : 'x';
  }
  return pattern;
}

TEST(ShopFaults, AProbabilityHitsTheSameCallsInEveryRun) {
  std::string pattern = Pattern("7");
  EXPECT_EQ(Pattern("7"), pattern);
  EXPECT_NE(Pattern("8"), pattern);
  long failed = std::count(pattern.begin(), pattern.end(), 'x');
  EXPECT_GT(failed, 4) << pattern;
  EXPECT_LT(failed, 32) << pattern;
}

TEST(ShopFaults, AFlagMakesAMethodWait) {
  Shop shop("127.0.0.1:0", "shop", {"--delay", "shop.v1.Users/GetUser=200ms", "--delay", "shop.v1.Orders/*=10m"});
  Gateway gateway({.endpoints = {shop.address()}, .timeout = "60s"});
  HttpClient client(gateway.address());
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client.Send("GET", "/v1/users/ada").status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
  EXPECT_EQ(client.Send("GET", "/v1/users").status, 200);
  // A deadline ends the wait.
  HttpResponse late = client.Send("GET", "/v1/orders/1001", {{"Grpc-Timeout", "50m"}});
  EXPECT_EQ(late.status, 504) << late.body;
  WaitForStat(gateway, "Orders/GetOrder", "cancelled", 1);
}

TEST(ShopFaults, MetadataMakesOneCallFailOrWait) {
  Shop shop("127.0.0.1:0", "shop", {"--fail", "shop.v1.Shipping/Track=UNAVAILABLE@0"});
  Gateway gateway({.endpoints = {shop.address()}, .more = kForward});
  HttpClient client(gateway.address());
  for (const char* code : {"NOT_FOUND", "5"}) {
    HttpResponse failed = client.Send("GET", kTrack, {{"X-Shop-Fail", code}});
    EXPECT_EQ(failed.status, 404);
    EXPECT_EQ(JsonDifference(Injected(5, "x-shop-fail", "shop.v1.Shipping/Track"), failed.body), "");
  }
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client.Send("GET", kTrack, {{"X-Shop-Delay", "50ms"}, {"X-Shop-Fail", "ABORTED"}}).status, 409);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(50));
  EXPECT_EQ(client.Send("GET", kTrack).status, 200);
}

TEST(ShopFaults, AFailedCallChangesNothing) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = kForward});
  EXPECT_EQ(Fetch(gateway.address(), "DELETE", "/v1/users/ada", {{"X-Shop-Fail", "UNKNOWN"}}).status, 500);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/users/ada").status, 200);
}

TEST(ShopFaults, AWishMayNameAMethod) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = kForward});
  const std::pair<const char*, int> kWishes[] = {{"shop.v1.Shipping/Track=UNAVAILABLE", 503},
                                                 {"shop.v1.Shipping/*=UNAVAILABLE", 503},
                                                 {"*=UNAVAILABLE", 503},
                                                 {"shop.v1.Shipping/Quote=UNAVAILABLE", 200},
                                                 {"shop.v1.Users/*=UNAVAILABLE", 200}};
  for (const auto& [wish, status] : kWishes) {
    EXPECT_EQ(Fetch(gateway.address(), "GET", kTrack, {{"X-Shop-Fail", wish}}).status, status) << wish;
  }
}

TEST(ShopFaults, BadMetadataIsABadRequest) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = kForward});
  struct {
    const char* name;
    const char* value;
    const char* message;
  } kBad[] = {
      {"x-shop-fail", "BROKEN", "x-shop-fail expected a gRPC code such as UNAVAILABLE or 14, got \"BROKEN\""},
      {"x-shop-fail", "OK", "x-shop-fail expected a gRPC code such as UNAVAILABLE or 14, got \"OK\""},
      {"x-shop-fail", "17", "x-shop-fail expected a gRPC code such as UNAVAILABLE or 14, got \"17\""},
      {"x-shop-delay", "50", "x-shop-delay expected a duration such as 250ms, 5s or 1m, got \"50\""},
      {"x-shop-delay", "-5ms", "x-shop-delay expected a duration such as 250ms, 5s or 1m, got \"-5ms\""},
      {"x-shop-delay", "11m", "x-shop-delay expected at most 10m, got \"11m\""},
      {"x-shop-delay", "shop.v1.Shiping/Track=1s", "x-shop-delay the shop has no service \"shop.v1.Shiping\""},
      {"x-shop-fail", "shop.v1.Shipping/*=OK",
       "x-shop-fail expected a gRPC code such as UNAVAILABLE or 14, got \"OK\""},
  };
  for (const auto& bad : kBad) {
    HttpResponse response = Fetch(gateway.address(), "GET", kTrack, {{bad.name, bad.value}});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(JsonAt(response.body, "message"), bad.message);
  }
}

TEST(ShopFaults, ManyWaitsHoldNoThread) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .timeout = "600s", .more = kForward});
  constexpr int kCalls = 200;
  std::vector<std::unique_ptr<HttpClient>> waiting;
  for (int i = 0; i < kCalls; ++i) {
    waiting.push_back(std::make_unique<HttpClient>(gateway.address()));
    waiting.back()->Begin("GET", kTrack, {{"X-Shop-Delay", "5m"}});
  }
  WaitForStat(gateway, "Shipping/Track", "started", kCalls);
  size_t threads = 0;
  for ([[maybe_unused]] const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(shop.process().pid()) + "/task")) {
    ++threads;
  }
  EXPECT_LT(threads, 100u);
  EXPECT_EQ(Fetch(gateway.address(), "GET", "/v1/shipments/1000").status, 200);
  waiting.clear();
  WaitForStat(gateway, "Shipping/Track", "cancelled", kCalls);
}

TEST(ShopBackend, TellsWhatItTakesAndWhatIsWrong) {
  Outcome help = RunToEnd({SHOP_BACKEND, "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_TRUE(help.out.starts_with("usage: shop_backend [FLAG]...\n")) << help.out;
  for (const char* flag : {"--listen", "--name", "--fail", "--delay", "--seed", "x-shop-fail", "x-shop-delay"}) {
    EXPECT_NE(help.out.find(flag), std::string::npos) << flag;
  }
  struct {
    std::vector<std::string> flags;
    const char* error;
  } kWrong[] = {
      {{"serve"}, "unknown argument \"serve\"; --help lists what there is"},
      {{"--faill", "x"}, "unknown argument \"--faill\"; --help lists what there is"},
      {{"--listen"}, "--listen needs a value"},
      {{"--fail", "UNAVAILABLE"}, "--fail UNAVAILABLE: expected METHOD=CODE[@PROBABILITY]"},
      {{"--delay", "*"}, "--delay *: expected METHOD=DURATION[@PROBABILITY]"},
      {{"--fail", "shop.v1.Shiping/Track=UNKNOWN"},
       "--fail shop.v1.Shiping/Track=UNKNOWN: the shop has no service \"shop.v1.Shiping\""},
      {{"--fail", "shop.v1.Shipping/Trak=UNKNOWN"},
       "--fail shop.v1.Shipping/Trak=UNKNOWN: shop.v1.Shipping has no method \"Trak\"; it has Track, Quote, Ship, "
       "Watch"},
      {{"--fail", "shop.v1.Shipping/=UNKNOWN"},
       "--fail shop.v1.Shipping/=UNKNOWN: shop.v1.Shipping has no method \"\"; it has Track, Quote, Ship, Watch"},
      {{"--fail", "*=UNAVAILABEL"},
       "--fail *=UNAVAILABEL: expected a gRPC code such as UNAVAILABLE or 14, got \"UNAVAILABEL\""},
      {{"--fail", "*=UNKNOWN@"}, "--fail *=UNKNOWN@: expected a probability from 0 to 1 behind the @, got \"\""},
      {{"--fail", "*=UNKNOWN@1.5"},
       "--fail *=UNKNOWN@1.5: expected a probability from 0 to 1 behind the @, got \"1.5\""},
      {{"--delay", "*=1s@nan"}, "--delay *=1s@nan: expected a probability from 0 to 1 behind the @, got \"nan\""},
      {{"--delay", "*=fast"}, "--delay *=fast: expected a duration such as 250ms, 5s or 1m, got \"fast\""},
      {{"--delay", "*=1h"}, "--delay *=1h: expected a duration such as 250ms, 5s or 1m, got \"1h\""},
      {{"--delay", "*=601s"}, "--delay *=601s: expected at most 10m, got \"601s\""},
      {{"--seed", "x"}, "--seed x: expected a number from 0 to 2^64 - 1"},
  };
  for (const auto& wrong : kWrong) {
    std::vector<std::string> command = {SHOP_BACKEND};
    command.insert(command.end(), wrong.flags.begin(), wrong.flags.end());
    Outcome outcome = RunToEnd(command);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "shop_backend: " + std::string(wrong.error) + "\n");
  }
}

}  // namespace
}  // namespace dragoman::integration
