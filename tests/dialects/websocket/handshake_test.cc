#include "dialects/websocket/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "duplex_exchange.h"

namespace dragoman::dialects::websocket {
namespace {

constexpr Header kVersion = {"sec-websocket-version", "13"};
constexpr Header kKey = {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="};
constexpr Header kHost = {"host", "api.example"};

TEST(HandshakeTest, IsReadOrRefused) {
  struct Case {
    const char* name;
    std::vector<Header> headers;
    int http_status;  // 0: read
    std::string text;
  };
  const Case kCases[] = {
      {"the usual one", {kHost, kVersion, kKey}, 0, ""},
      {"no version", {kHost, kKey}, 426, "expected the header sec-websocket-version: 13, got \"\""},
      {"an old version",
       {kHost, kKey, {"sec-websocket-version", "8"}},
       426,
       "expected the header sec-websocket-version: 13, got \"8\""},
      {"two versions",
       {kHost, kKey, kVersion, {"sec-websocket-version", "8"}},
       400,
       "the header sec-websocket-version stands there twice"},
      {"no key", {kHost, kVersion}, 400, "expected 16 bytes in base64 in the header sec-websocket-key, got \"\""},
      {"two keys", {kHost, kVersion, kKey, kKey}, 400, "the header sec-websocket-key stands there twice"},
      {"a short key",
       {kHost, kVersion, {"sec-websocket-key", "dGhlIHNhbXBsZQ=="}},
       400,
       "expected 16 bytes in base64 in the header sec-websocket-key, got \"dGhlIHNhbXBsZQ==\""},
      {"a key that is no base64",
       {kHost, kVersion, {"sec-websocket-key", "dGhlIHNhbXBsZSBub25j!!=="}},
       400,
       "expected 16 bytes in base64 in the header sec-websocket-key, got \"dGhlIHNhbXBsZSBub25j!!==\""},
      {"a page of our own", {kHost, kVersion, kKey, {"origin", "https://api.example"}}, 0, ""},
      {"a page of another origin",
       {kHost, kVersion, kKey, {"origin", "https://evil.example"}},
       403,
       "pages of https://evil.example may not call this; `cors` says which may"},
      {"a page of no origin",
       {kHost, kVersion, kKey, {"origin", "null"}},
       403,
       "pages of null may not call this; `cors` says which may"},
  };
  Loop loop;
  for (const Case& each : kCases) {
    const DuplexExchange exchange(loop, each.headers);
    const Result<Handshake> read = ReadHandshake(exchange);
    EXPECT_EQ(read ? 0 : read.error().http_status(), each.http_status) << each.name;
    EXPECT_EQ(read ? "" : read.error().message(), each.text) << each.name;
    if (each.http_status == 426) {
      EXPECT_THAT(read.error().headers(),
                  testing::UnorderedElementsAre(testing::Pair("sec-websocket-version", "13"), testing::Pair("upgrade", "websocket")))
          << each.name;
    }
  }
}

TEST(HandshakeTest, TakesPagesThatMayCall) {
  Loop loop;
  DuplexExchange exchange(loop, {kHost, kVersion, kKey, {"origin", "https://app.example"}});
  exchange.set_page_rights(Exchange::PageRights::kCall);
  EXPECT_TRUE(ReadHandshake(exchange));
}

TEST(HandshakeTest, HasNoBody) {
  Loop loop;
  DuplexExchange exchange(loop, {kHost, kVersion, kKey});
  exchange.has_body = true;
  EXPECT_EQ(ReadHandshake(exchange).error().message(), "a request that opens a WebSocket has no body");
}

TEST(HandshakeTest, ChoosesTheSubprotocol) {
  struct Case {
    const char* name;
    std::vector<Header> offered;
    std::string chosen;
  };
  const Case kCases[] = {
      {"none", {}, ""},
      {"ours", {{"sec-websocket-protocol", "dragoman.json"}}, "dragoman.json"},
      {"among others", {{"sec-websocket-protocol", "graphql-ws, dragoman.json ,mqtt"}}, "dragoman.json"},
      {"in a second header",
       {{"sec-websocket-protocol", "mqtt"}, {"sec-websocket-protocol", "dragoman.json"}},
       "dragoman.json"},
      {"only others", {{"sec-websocket-protocol", "graphql-ws, mqtt"}}, ""},
      {"in capitals, which is another", {{"sec-websocket-protocol", "Dragoman.JSON"}}, ""},
      {"as a part", {{"sec-websocket-protocol", "dragoman.json2, xdragoman.json"}}, ""},
      {"commas", {{"sec-websocket-protocol", ",,"}}, ""},
  };
  Loop loop;
  for (const Case& each : kCases) {
    std::vector<Header> headers = {kHost, kVersion, kKey};
    headers.insert(headers.end(), each.offered.begin(), each.offered.end());
    const DuplexExchange exchange(loop, headers);
    const Result<Handshake> read = ReadHandshake(exchange);
    ASSERT_TRUE(read) << each.name;
    EXPECT_EQ(read->subprotocol, each.chosen) << each.name;
  }
}

}  // namespace
}  // namespace dragoman::dialects::websocket
