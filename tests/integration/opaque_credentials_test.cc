#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_server.h"
#include "shop_fixture.h"

// Credentials that mean something to somebody else only: opaque tokens, user names and passwords.
namespace dragoman::integration {
namespace {

constexpr const char* kItem = "/v1/items/grinder";

class OpaqueCredentialsTest : public testing::Test {
 protected:
  void Start(const std::string& authentication, const std::string& consumer) {
    GatewayOptions options;
    options.endpoints = {shop_.address()};
    options.more = "authentication: {" + authentication + ", identity: {x-consumer: consumer.name}}\n" +
                   "consumers: {mobile: {" + consumer + "}}\nworkers: 2";
    gateway_.emplace(options);
  }
  HttpResponse Get(const std::string& authorization) {
    return Fetch(gateway_->address(), "GET", kItem, {{"authorization", authorization}});
  }

  Shop shop_;
  std::optional<Gateway> gateway_;
};

TEST_F(OpaqueCredentialsTest, PasswordsLetTheirConsumerIn) {
  Start("basic: {realm: shop}",
        "passwords: [{username: ada, hash: '$2b$04$abcdefghijklmnopqrstuuFuhxWRTXIsURoluSTZ1N4tYaWGn9oOi'}]");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get("Basic YWRhOm9wZW5zZXNhbWU=").status, 200);  // ada:opensesame
  const HttpResponse echo = Fetch(gateway_->address(), "POST", "/shop.v1.Diagnostics/Echo",
                                  {{"authorization", "Basic YWRhOm9wZW5zZXNhbWU="}});
  EXPECT_EQ(JsonAt(echo.body, "metadata.x-consumer"), "mobile");
  EXPECT_EQ(JsonAt(echo.body, "metadata.authorization"), "");
  for (const char* wrong : {"Basic YWRhOndyb25n", "Basic ZXZlOm9wZW5zZXNhbWU="}) {  // ada:wrong, eve:opensesame
    const HttpResponse refused = Get(wrong);
    EXPECT_EQ(refused.status, 401) << refused.body;
    EXPECT_EQ(refused.Header("www-authenticate"), "Basic realm=\"shop\", charset=\"UTF-8\"");
    EXPECT_EQ(JsonAt(refused.body, "message"), "the user name or the password is wrong");
  }
  EXPECT_EQ(Fetch(gateway_->address(), "GET", kItem).status, 401);
}

TEST_F(OpaqueCredentialsTest, TokensAreAskedAbout) {
  ScriptedServer issuer([](ScriptedServer::Connection& connection) {
    const std::string request = connection.ReadRequest();
    const bool good = request.find("token=good&") != std::string::npos;
    connection.Write(request.find("token=broken&") != std::string::npos
                         ? ScriptedServer::Response("<html>", "500 Oops")
                         : ScriptedServer::Response(good ? R"({"active":true,"client_id":"mobile","aud":"shop"})"
                                                         : R"({"active":false})"));
  });
  Start("introspection: {url: \"" + issuer.url("/introspect") +
            "\", client_id: gateway, client_secret: s3cret, audiences: [shop], consumer_claim: client_id}",
        "tenant: acme");
  EXPECT_EQ(Get("Bearer good").status, 200);
  const HttpResponse refused = Get("Bearer revoked");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(JsonAt(refused.body, "message"), "the token is not active");
  const HttpResponse unknown = Get("Bearer broken");
  EXPECT_EQ(unknown.status, 503);
  EXPECT_EQ(JsonAt(unknown.body, "message"), "the token cannot be checked: its issuer answers 500");
  EXPECT_TRUE(gateway_->process().WaitForOutput("token_not_checked scheme=introspection error=\"" + issuer.address() + ": answers 500\""));
  EXPECT_THAT(gateway_->process().err(), testing::Not(testing::HasSubstr("s3cret")));
}

}  // namespace
}  // namespace dragoman::integration
