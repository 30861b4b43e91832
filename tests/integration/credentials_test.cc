#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include "scripted_server.h"
#include "shop_fixture.h"

// What the gateway shows its backends, and where it has it from.
namespace dragoman::integration {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kEcho = "/shop.v1.Diagnostics/Echo";
constexpr const char* kSecret = "s3cret-of-the-gateway";

std::string Granted(int number, int expires_in) {
  return ScriptedServer::Response(R"({"access_token":"token-)" + std::to_string(number) +
                                  R"(","token_type":"Bearer","expires_in":)" + std::to_string(expires_in) + "}");
}

// A token endpoint whose n-th answer, from 1, the test gives.
ScriptedServer::Script Numbered(std::function<std::string(int)> answer) {
  const auto count = std::make_shared<std::atomic<int>>(0);
  return [count, answer = std::move(answer)](ScriptedServer::Connection& connection) {
    connection.ReadRequest();
    connection.Write(answer(++*count));
  };
}

// The shop, behind a gateway that has these credentials for it.
class CredentialsTest : public testing::Test {
 protected:
  void Start(const std::string& credentials, const std::string& more = "workers: 2") {
    GatewayOptions options;
    options.endpoints = {shop_.address()};
    options.other_backends =
        "maps: {endpoints: [\"" + shop_.address() + "\"], timeout: 10s, credentials: " + credentials + "}";
    options.services = R"([{name: "shop.v1.Diagnostics", backend: maps}, {name: "shop.v1.*", backend: shop}])";
    options.more = more;
    gateway_.emplace(options);
  }
  void StartWithToken(const ScriptedServer& issuer, const std::string& more = "") {
    Start("{oauth2: {token_url: \"" + issuer.url("/token") + "\", client_id: gateway, client_secret: " + kSecret +
          more + "}}");
  }

  HttpResponse Echo(const Headers& headers = {}) { return Fetch(gateway_->address(), "POST", kEcho, headers); }
  // What the backend was shown under that name.
  std::string Shown(const std::string& name, const Headers& headers = {}) {
    const HttpResponse response = Echo(headers);
    EXPECT_EQ(response.status, 200) << response.body;
    return JsonAt(response.body, "metadata." + name);
  }
  // Asks again and again until `done` likes the answer.
  bool Until(const std::function<bool(const HttpResponse&)>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (done(Echo())) return true;
    }
    return false;
  }
  bool UntilShown(const std::string& authorization) {
    return Until([&](const HttpResponse& response) {
      EXPECT_EQ(response.status, 200) << response.body;
      return response.status != 200 || JsonAt(response.body, "metadata.authorization") == authorization;
    });
  }

  Shop shop_;
  std::optional<Gateway> gateway_;
};

TEST_F(CredentialsTest, StandInsteadOfWhatTheClientSends) {
  Start("{api_key: {name: x-maps-key, value: k-1}, metadata: {x-tenant: acme, authorization: \"Digest abc\"}}");
  const Headers forged = {{"x-maps-key", "forged"}, {"x-tenant", "evil"}, {"authorization", "Bearer forged"}};
  const HttpResponse response = Echo(forged);
  EXPECT_EQ(JsonAt(response.body, "metadata.x-maps-key"), "k-1");
  EXPECT_EQ(JsonAt(response.body, "metadata.x-tenant"), "acme");
  EXPECT_EQ(JsonAt(response.body, "metadata.authorization"), "Digest abc");
  EXPECT_THAT(response.body, Not(HasSubstr("forged")));
}

TEST_F(CredentialsTest, AreFetchedOnceForAllWorkersAndCalls) {
  std::atomic<bool> go = false;
  std::mutex mutex;
  std::condition_variable let;
  ScriptedServer issuer([&](ScriptedServer::Connection& connection) {
    connection.ReadRequest();
    std::unique_lock lock(mutex);
    let.wait_for(lock, kPatience, [&] { return go.load(); });
    connection.Write(Granted(1, 3600));
  });
  StartWithToken(issuer, ", scopes: [maps.read]");
  ASSERT_TRUE(issuer.WaitForRequests(1));  // before there is any call
  std::vector<std::thread> clients;
  std::vector<HttpResponse> responses(8);
  for (HttpResponse& response : responses) clients.emplace_back([&] { response = Echo(); });
  const HttpResponse impatient = Echo({{"x-server-timeout", "0.1"}});
  EXPECT_EQ(impatient.status, 504);
  EXPECT_EQ(JsonAt(impatient.body, "message"), "backend \"maps\": no access token came before the deadline");
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  let.notify_all();
  for (std::thread& client : clients) client.join();
  for (const HttpResponse& response : responses) {
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(JsonAt(response.body, "metadata.authorization"), "Bearer token-1");
  }
  ASSERT_EQ(issuer.requests().size(), 1u);
  EXPECT_THAT(issuer.requests().front(), HasSubstr("\r\n\r\ngrant_type=client_credentials&scope=maps.read"));
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr("token-1")));
}

TEST_F(CredentialsTest, AreRenewedBeforeTheyExpire) {
  ScriptedServer issuer(Numbered([](int number) { return Granted(number, number == 1 ? 1 : 3600); }));
  StartWithToken(issuer);
  EXPECT_EQ(Shown("authorization"), "Bearer token-1");
  EXPECT_TRUE(UntilShown("Bearer token-2"));
  EXPECT_EQ(issuer.requests().size(), 2u);
}

TEST_F(CredentialsTest, AreKeptOnErrorsUntilTheyExpire) {
  ScriptedServer issuer(
      Numbered([](int number) { return number == 1 ? Granted(1, 2) : ScriptedServer::Response("{}", "500 Oops"); }));
  StartWithToken(issuer);
  EXPECT_EQ(Shown("authorization"), "Bearer token-1");
  ASSERT_TRUE(issuer.WaitForRequests(2));
  EXPECT_TRUE(gateway_->process().WaitForOutput("old_one_holds=true"));
  HttpResponse refused;
  ASSERT_TRUE(Until([&](const HttpResponse& response) {
    refused = response;
    if (response.status != 200) return true;
    EXPECT_EQ(JsonAt(response.body, "metadata.authorization"), "Bearer token-1");
    return false;
  }));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(JsonAt(refused.body, "message"), "backend \"maps\": no access token to call it with");
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr(kSecret)));
}

TEST_F(CredentialsTest, AreMissedByTheirBackendAlone) {
  const DeadPort nobody;
  Start("{oauth2: {token_url: \"http://" + nobody.address() +
        "/token\", client_id: gateway, client_secret: " + kSecret + "}}");
  HttpResponse refused;
  ASSERT_TRUE(Until([&](const HttpResponse& response) {
    refused = response;
    return true;
  }));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(JsonAt(refused.body, "message"), "backend \"maps\": no access token to call it with");
  EXPECT_EQ(Fetch(gateway_->address(), "GET", "/v1/items/grinder").status, 200);
  EXPECT_TRUE(gateway_->process().WaitForOutput("backend_token_not_fetched backend=maps error=\"" + nobody.address() +
                                                ": cannot connect to " + nobody.address() + ": Connection refused\""));
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr(kSecret)));
}

TEST_F(CredentialsTest, AreFetchedAnewWhenTheyAreNotTaken) {
  ScriptedServer issuer(Numbered([](int number) { return Granted(number, 3600); }));
  StartWithToken(issuer);
  EXPECT_EQ(Shown("authorization"), "Bearer token-1");
  const HttpResponse refused = Fetch(gateway_->address(), "POST", "/shop.v1.Diagnostics/Fail", {},
                                     R"({"status": {"code": 16, "message": "revoked"}})");
  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_TRUE(UntilShown("Bearer token-2"));
}

TEST_F(CredentialsTest, AreAskedForOverTls) {
  const TestCa ca;
  const TempDir folder;
  ScriptedServer issuer(Numbered([](int number) { return Granted(number, 3600); }),
                        ca.Issue({.addresses = {"127.0.0.1"}}));
  StartWithToken(issuer, ", authenticate: body, ca: {file: \"" + folder.Write("ca.crt", ca.pem()) + "\"}");
  EXPECT_EQ(Shown("authorization"), "Bearer token-1");
  EXPECT_THAT(issuer.requests().front(), HasSubstr(std::string("&client_id=gateway&client_secret=") + kSecret));
}

TEST_F(CredentialsTest, FollowTheirFile) {
  const TempDir folder;
  const std::string path = folder.Write("token", "first\n");
  Start("{bearer: {file: \"" + path + "\"}}");
  EXPECT_EQ(Shown("authorization", {{"authorization", "Bearer forged"}}), "Bearer first");
  std::filesystem::rename(folder.Write("new", "second\n"), path);
  EXPECT_TRUE(UntilShown("Bearer second"));
  std::filesystem::remove(path);
  EXPECT_TRUE(gateway_->process().WaitForOutput("backend_token_kept"));
  EXPECT_EQ(Shown("authorization"), "Bearer second");
  folder.Write("token", "third");
  EXPECT_TRUE(UntilShown("Bearer third"));
  EXPECT_THAT(gateway_->process().err(), Not(HasSubstr("second")));
}

TEST_F(CredentialsTest, AreCheckedAtLoad) {
  const TempDir folder;
  GatewayOptions options;
  options.endpoints = {shop_.address()};
  options.other_backends = "maps: {endpoints: [\"127.0.0.1:1\"], credentials: {bearer: {file: nowhere}}}";
  const Outcome outcome =
      RunToEnd({DragomanProgram(), "check", "--config", folder.Write("dragoman.yaml", ConfigText(options))});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nowhere: cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace dragoman::integration
