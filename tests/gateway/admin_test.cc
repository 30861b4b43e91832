#include "gateway/admin.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_exchange.h"

namespace dragoman::gateway {
namespace {

// "200 ok\n".
std::string Answer(AdminHandler& handler, std::string_view http_method, std::string_view target,
                   std::vector<Header> headers) {
  Loop loop;
  FakeExchange exchange(http_method, target, std::move(headers));
  loop.Spawn(handler.Serve(exchange));
  return std::to_string(exchange.reply_status()) + " " + exchange.reply_body;
}

TEST(AdminHandler, TellsThatTheProcessLivesAndIsReady) {
  AdminHandler handler("127.0.0.1");
  EXPECT_EQ(Answer(handler, "GET", "/livez", {{"host", "127.0.0.1:9901"}}), "200 ok\n");
  EXPECT_EQ(Answer(handler, "GET", "/readyz?verbose", {{"host", "localhost:9901"}}), "200 ok\n");
  EXPECT_EQ(Answer(handler, "HEAD", "/readyz", {}), "200 ok\n");
}

TEST(AdminHandler, IsAliveButNotReadyWhileItDrains) {
  AdminHandler handler("127.0.0.1");
  handler.SetDraining();
  EXPECT_EQ(Answer(handler, "GET", "/livez", {}), "200 ok\n");
  EXPECT_EQ(Answer(handler, "GET", "/readyz", {}), "503 draining\n");
}

TEST(AdminHandler, RefusesWhatItDoesNotServe) {
  AdminHandler handler("127.0.0.1");
  EXPECT_EQ(Answer(handler, "GET", "/metricz", {}), "404 not found; there are /livez and /readyz\n");
  EXPECT_EQ(Answer(handler, "POST", "/livez", {}), "405 use GET\n");
}

TEST(AdminHandler, RefusesWebPagesAndUnknownHosts) {
  AdminHandler handler("admin.internal");
  EXPECT_EQ(Answer(handler, "GET", "/livez", {{"host", "[::1]:9901"}}), "200 ok\n");
  EXPECT_EQ(Answer(handler, "GET", "/livez", {{"host", "admin.internal:9901"}}), "200 ok\n");
  for (const std::string_view host :
       {"evil.example", "evil.example:9901", "127.0.0.1.evil.example", "[::1", "localhost.evil:1"}) {
    EXPECT_EQ(Answer(handler, "GET", "/livez", {{"host", host}}),
              "403 unknown Host; use the address itself or localhost\n")
        << host;
  }
  EXPECT_EQ(Answer(handler, "GET", "/livez", {{"host", "localhost"}, {"origin", "http://localhost"}}),
            "403 requests from web pages are refused\n");
}

}  // namespace
}  // namespace dragoman::gateway
