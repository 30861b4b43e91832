#include "gateway/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_exchange.h"

namespace dragoman::gateway {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AdminHandlerTest : public testing::Test {
 protected:
  static std::unique_ptr<guard::Guard> BuildGuard() {
    config::Config config;
    config.guard.emplace();
    return *guard::Guard::Build(config);
  }

  // "200 ok\n".
  std::string Ask(AdminHandler& handler, std::string_view http_method, std::string_view target, std::vector<Header> headers = {}) {
    Loop loop;
    FakeExchange exchange(http_method, target, std::move(headers));
    loop.Spawn(handler.Serve(exchange));
    return std::to_string(exchange.reply_status()) + " " + exchange.reply_body;
  }

  observe::Metrics metrics_{{{"shop.v1.Catalog/GetItem"}}};
  std::string waiting_;
  std::unique_ptr<guard::Guard> guard_ = BuildGuard();
  AdminHandler::Subjects subjects_{.guard = [this] { return guard_.get(); }, .waiting = [this] { return waiting_; }};
  AdminHandler handler_{{.host = "127.0.0.1"}, metrics_, subjects_};
  AdminHandler local_{{.unix_socket = true}, metrics_, subjects_};
};

TEST_F(AdminHandlerTest, TellsThatTheProcessLivesAndIsReady) {
  EXPECT_EQ(Ask(handler_, "GET", "/livez", {{"host", "127.0.0.1:9901"}}), "200 ok\n");
  EXPECT_EQ(Ask(handler_, "GET", "/readyz?verbose", {{"host", "localhost:9901"}}), "200 ok\n");
  EXPECT_EQ(Ask(handler_, "HEAD", "/readyz"), "200 ok\n");
}

TEST(AdminLimits, HoldAQuestionAboutTheLargestRequest) {
  config::Limits limits;
  const config::Limits admin = AdminLimits(limits);
  EXPECT_GE(admin.max_body_bytes, limits.max_body_bytes / 3 * 4 + 6 * limits.max_header_bytes);
  EXPECT_EQ(admin.max_header_bytes, limits.max_header_bytes);
  limits.max_body_bytes = 1u << 30;
  EXPECT_LT(AdminLimits(limits).max_body_bytes, (1u << 30) + (66u << 20)) << "there is a bound to what wrapping may add";
}

TEST_F(AdminHandlerTest, IsAliveButNotReadyWhileItDrains) {
  handler_.SetDraining();
  EXPECT_EQ(Ask(handler_, "GET", "/livez"), "200 ok\n");
  EXPECT_EQ(Ask(handler_, "GET", "/readyz"), "503 draining\n");
}

TEST_F(AdminHandlerTest, IsNotReadyWhileItWaitsForDescriptorsAndSaysForWhich) {
  waiting_ = "backend \"shop\": cannot connect to 127.0.0.1:1";
  EXPECT_EQ(Ask(handler_, "GET", "/livez"), "200 ok\n");
  EXPECT_EQ(Ask(handler_, "GET", "/readyz"), "503 waiting: backend \"shop\": cannot connect to 127.0.0.1:1\n");
  waiting_.clear();
  EXPECT_EQ(Ask(handler_, "GET", "/readyz"), "200 ok\n");
}

TEST_F(AdminHandlerTest, RefusesWhatItDoesNotServe) {
  EXPECT_EQ(Ask(handler_, "GET", "/metricz"),
            "404 not found; there are /livez, /readyz, /status, /metrics, /guard/bans and /explain\n");
  EXPECT_EQ(Ask(handler_, "POST", "/livez"), "405 use GET\n");
  EXPECT_EQ(Ask(handler_, "GET", "/guard/bans/192.0.2.7"), "405 use POST or DELETE\n");
}

TEST_F(AdminHandlerTest, ShowsTheStatusToWhoeverMayReadTheMetrics) {
  subjects_.status = [](Buffer& out) -> Task<void> {
    out.Append("{\"ready\":true}\n");
    co_return;
  };
  AdminHandler handler({.host = "127.0.0.1", .token = "secret"}, metrics_, subjects_);
  EXPECT_EQ(Ask(handler, "GET", "/status"), "200 {\"ready\":true}\n");
  EXPECT_THAT(Ask(handler, "HEAD", "/status?pretty"), StartsWith("200 "));
  EXPECT_EQ(Ask(handler, "POST", "/status"), "405 use GET\n");
  EXPECT_EQ(Ask(handler, "GET", "/status", {{"host", "evil.example"}}),
            "403 unknown Host; use the address itself or localhost\n");
  EXPECT_EQ(Ask(handler, "GET", "/status", {{"host", "localhost"}, {"origin", "http://localhost"}}),
            "403 requests from web pages are refused\n");
  EXPECT_EQ(Ask(handler, "POST", "/status", {{"origin", "http://localhost"}}),
            "403 requests from web pages are refused\n");
}

TEST_F(AdminHandlerTest, RefusesWebPagesAndUnknownHosts) {
  AdminHandler handler({.host = "admin.internal"}, metrics_, subjects_);
  EXPECT_EQ(Ask(handler, "GET", "/livez", {{"host", "[::1]:9901"}}), "200 ok\n");
  EXPECT_EQ(Ask(handler, "GET", "/livez", {{"host", "admin.internal:9901"}}), "200 ok\n");
  for (const std::string_view host :
       {"evil.example", "evil.example:9901", "127.0.0.1.evil.example", "[::1", "localhost.evil:1"}) {
    EXPECT_EQ(Ask(handler, "GET", "/livez", {{"host", host}}), "403 unknown Host; use the address itself or localhost\n") << host;
  }
  EXPECT_EQ(Ask(handler, "GET", "/livez", {{"host", "localhost"}, {"origin", "http://localhost"}}),
            "403 requests from web pages are refused\n");
  EXPECT_EQ(Ask(local_, "DELETE", "/guard/bans/192.0.2.7", {{"origin", "http://localhost"}}), "403 requests from web pages are refused\n");
}

TEST_F(AdminHandlerTest, ShowsTheMetrics) {
  EXPECT_THAT(Ask(handler_, "GET", "/metrics"), HasSubstr("dragoman_requests_in_flight 0\n"));
}

TEST_F(AdminHandlerTest, ShowsMakesAndLiftsBans) {
  EXPECT_EQ(Ask(handler_, "GET", "/guard/bans"), "200 {\"bans\":[],\"total\":0}\n");
  EXPECT_THAT(Ask(local_, "POST", "/guard/bans/192.0.2.7?for=10m"), StartsWith("200 {\"bans\":[{\"what\":\"192.0.2.7\",\"rule\":\"by_hand\","));
  EXPECT_THAT(Ask(local_, "POST", "/guard/bans/2001%3Adb8%3A%3A%2F64?for=1h"), StartsWith("200 "));
  EXPECT_THAT(Ask(handler_, "GET", "/guard/bans"), HasSubstr("\"total\":2}"));
  EXPECT_EQ(Ask(local_, "DELETE", "/guard/bans/192.0.2.7"), "200 lifted\n");
  EXPECT_EQ(Ask(local_, "DELETE", "/guard/bans/192.0.2.7"), "404 no such ban; GET /guard/bans lists them\n");
  EXPECT_EQ(Ask(local_, "POST", "/guard/bans/192.0.2.7"), "400 say for how long: POST /guard/bans/192.0.2.7?for=10m\n");
  EXPECT_EQ(Ask(local_, "POST", "/guard/bans/192.0.2.7?for=ever"), "400 say for how long: POST /guard/bans/192.0.2.7?for=10m\n");
  EXPECT_THAT(Ask(local_, "POST", "/guard/bans/%zz?for=1m"), StartsWith("400 the path: "));
  EXPECT_THAT(Ask(local_, "POST", "/guard/bans/nobody?for=1m"), StartsWith("400 "));
}

TEST_F(AdminHandlerTest, ChangesNothingWithoutAuthority) {
  const std::string target = "/guard/bans/192.0.2.7?for=10m";
  EXPECT_EQ(Ask(handler_, "POST", target), "403 changes need admin.token, or an admin.address that is a unix socket\n");
  AdminHandler guarded({.host = "127.0.0.1", .token = "secret"}, metrics_, subjects_);
  EXPECT_EQ(Ask(guarded, "POST", target), "401 show the token: authorization: Bearer …\n");
  for (const std::string_view wrong : {"Bearer", "Bearer ", "Bearer secre", "Bearer secret2", "Basic secret", "bearer Secret"}) {
    EXPECT_THAT(Ask(guarded, "POST", target, {{"authorization", wrong}}), StartsWith("401 ")) << wrong;
  }
  AdminHandler both({.unix_socket = true, .token = "secret"}, metrics_, subjects_);
  EXPECT_THAT(Ask(both, "DELETE", target), StartsWith("401 ")) << "who configures a token wants it";
  EXPECT_EQ(guard_->ban_count(), 0u);
  EXPECT_THAT(Ask(guarded, "POST", target, {{"authorization", "Bearer secret"}}), StartsWith("200 "));
  EXPECT_THAT(Ask(guarded, "POST", target, {{"authorization", "bearer secret"}}), StartsWith("200 "));
  guarded.SetToken("another");
  EXPECT_THAT(Ask(guarded, "POST", target, {{"authorization", "Bearer secret"}}), StartsWith("401 "));
  EXPECT_THAT(Ask(guarded, "POST", target, {{"authorization", "Bearer another"}}), StartsWith("200 "));
}

TEST_F(AdminHandlerTest, SaysThatThereIsNoGuard) {
  guard_.reset();
  AdminHandler none({.unix_socket = true}, metrics_, subjects_);
  EXPECT_EQ(Ask(none, "GET", "/guard/bans"), "404 nobody is shut out: the configuration has no guard\n");
  EXPECT_EQ(Ask(none, "DELETE", "/guard/bans/192.0.2.7"), "404 nobody is shut out: the configuration has no guard\n");
}

}  // namespace
}  // namespace dragoman::gateway
