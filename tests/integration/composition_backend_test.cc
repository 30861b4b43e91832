#include <gtest/gtest.h>

#include "composition_fixture.h"

// The backend of the compositions' tests does what they rely on.
namespace dragoman::integration {
namespace {

struct Case {
  const char* name;
  const char* method;
  const char* request;
  int status;
  const char* body;  // "…": any value
};

const Case kCases[] = {
    {"an answer follows from the request", "Users/GetUser", R"({"id": "ada"})", 200,
     R"({"id":"ada","displayName":"User ada","level":"3","createdAt":"2025-11-02T12:00:00Z","address":{"lines":"…","city":"Napoli"},"labels":{"channel":"web"},"padding":""})"},
    {"lists in lists, of the shape asked for", "Orders/ListOrders",
     R"({"shape": "0,2", "item_ids": "a|b", "line_acts": "fail=5|", "order_acts": "|delay=1"})", 200,
     R"({"orders":[{"id":"o0","userId":"","state":"PLACED","lines":[],"total":"0","act":""},
        {"id":"o1","userId":"","state":"SHIPPED","lines":[{"itemId":"a","quantity":1,"act":"fail=5"},{"itemId":"b","quantity":2,"act":""}],"total":"200","act":"delay=1"}],
        "nextPageToken":"","padding":""})"},
    {"a page of them", "Orders/ListOrders", R"({"shape": "0,0,0", "page_size": 1})", 200,
     R"({"orders":["…"],"nextPageToken":"o1","padding":""})"},
    {"a failure", "Ads/Pick", R"({"act": "fail=14 reason=ASLEEP"})", 503,
     R"({"code":14,"message":"failed as asked for","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ASLEEP","domain":"compose.test"}]})"},
    {"a wait, then a failure", "Ads/Pick", R"({"act": "delay=5 fail=5"})", 404,
     R"({"code":5,"message":"…","details":"…"})"},
    {"bytes that are no message", "Ads/Pick", R"({"act": "garbage"})", 502,
     R"({"code":13,"message":"…","details":"…"})"},
    {"nothing", "Ads/Pick", R"({"act": "empty"})", 200, R"({"ads":[],"padding":""})"},
    {"two replies", "Ads/Pick", R"({"act": "twice"})", 502, R"({"code":13,"message":"…","details":"…"})"},
    {"padding", "Ads/Pick", R"({"act": "bytes=3"})", 200, R"({"ads":"…","padding":"xxx"})"},
    {"a word that is none", "Ads/Pick", R"({"act": "dance"})", 400,
     R"({"code":3,"message":"act: no such word","details":[]})"},
};

TEST(CompositionBackend, DoesWhatTheRequestSays) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, ""));
  for (const Case& at : kCases) {
    SCOPED_TRACE(at.name);
    HttpResponse response = Fetch(gateway.address(), "POST", "/compose.v1." + std::string(at.method), {}, at.request);
    EXPECT_EQ(response.status, at.status) << response.body;
    EXPECT_EQ(JsonDifference(at.body, response.body), "") << response.body;
  }
}

TEST(CompositionBackend, MixesUpABatchWhereItIsTold) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, ""));
  auto ids = [&](const std::string& act) {
    HttpResponse response = Fetch(gateway.address(), "POST", "/compose.v1.Items/BatchGetItems", {},
                                  R"({"ids": ["a", "missing-b", "c"], "act": ")" + act + "\"}");
    std::string found;
    for (size_t i = 0; i < 4; ++i) found += JsonAt(response.body, "items." + std::to_string(i) + ".id") + ",";
    return found;
  };
  EXPECT_EQ(ids(""), "a,c,,,");
  EXPECT_EQ(ids("reverse"), "c,a,,,");
  EXPECT_EQ(ids("drop=0"), "c,,,,");
  EXPECT_EQ(ids("double=0"), "a,c,a,,");
}

TEST(CompositionBackend, TellsWhatCame) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, ""));
  EXPECT_EQ(CallCount(gateway, "Items/GetItem"), 0);
  HttpResponse response =
      Fetch(gateway.address(), "POST", "/compose.v1.Items/GetItem",
            {{"idempotency-key", "k1"}, {"x-server-timeout", "0.1"}}, R"({"id": "a", "act": "hang"})");
  EXPECT_EQ(response.status, 504) << response.body;
  WaitForCallCount(gateway, "Items/GetItem", "cancelled", 1);
  std::string calls = CallsOf(gateway);
  EXPECT_EQ(JsonAt(calls, "counts.Items/GetItem.mostAtOnce"), "1") << calls;
  EXPECT_EQ(JsonAt(calls, "received.0.method"), "Items/GetItem") << calls;
  EXPECT_EQ(JsonAt(calls, "received.0.request"), R"({"id":"a","act":"hang"})") << calls;
  EXPECT_EQ(JsonAt(calls, "received.0.metadata.idempotency-key"), "k1") << calls;
}

TEST(CompositionBackend, DiesInTheMiddleOfAnAnswer) {
  ComposeBackend backend;
  Gateway gateway(Composing(backend, ""));
  HttpResponse response = Fetch(gateway.address(), "POST", "/compose.v1.Ads/Pick", {}, R"({"act": "die"})");
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_EQ(backend.process().Wait(), 1);
}

}  // namespace
}  // namespace dragoman::integration
