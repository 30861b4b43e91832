#include <gtest/gtest.h>

#include <string>

#include "shop_fixture.h"

// `Grpc-Metadata-Foo: x` as metadata, seen by the backend.
namespace dragoman::integration {
namespace {

const Headers kHeaders = {{"Grpc-Metadata-Tenant", "acme"},
                          {"grpc-metadata-trace-bin", "aGkh"},
                          {"grpc-metadata-x-request-id", "spoof"},
                          {"grpc-metadata-grpc-timeout", "1n"},
                          {"grpc-metadata-x-forwarded-for", "6.6.6.6"},
                          {"grpc-metadata-connection", "close"}};

HttpResponse Echoed(const Gateway& gateway, const Headers& headers) {
  return Fetch(gateway.address(), "POST", "/shop.v1.Diagnostics/Echo", headers, R"({"text": "hello"})");
}

TEST(GrpcMetadata, ReachesTheBackendWhereSwitchedOn) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "grpc_metadata_headers: true"});
  const HttpResponse echoed = Echoed(gateway, kHeaders);
  EXPECT_EQ(echoed.status, 200) << echoed.body;
  EXPECT_EQ(JsonAt(echoed.body, "metadata.tenant"), "acme");
  EXPECT_EQ(JsonAt(echoed.body, "metadata.trace-bin"), "hi!");  // the bytes themselves
  EXPECT_EQ(echoed.body.find("spoof"), std::string::npos) << echoed.body;
  EXPECT_EQ(echoed.body.find("6.6.6.6"), std::string::npos) << echoed.body;
  EXPECT_EQ(echoed.body.find("grpc-metadata"), std::string::npos) << echoed.body;
}

TEST(GrpcMetadata, ReachesTheCallsOfACompositionToo) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = R"(grpc_metadata_headers: true
compositions:
  - name: told
    get: "/v1/told"
    calls: {echo: {method: shop.v1.Diagnostics/Echo, request: {text: hello}}}
    response: {metadata: "{echo.metadata}"})"});
  const HttpResponse told = Fetch(gateway.address(), "GET", "/v1/told", kHeaders);
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_EQ(JsonLacks(R"({"metadata": {"tenant": "acme", "trace-bin": "hi!"}})", told.body), "");
  EXPECT_EQ(told.body.find("spoof"), std::string::npos) << told.body;
}

TEST(GrpcMetadata, IsDroppedOtherwise) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  const HttpResponse echoed = Echoed(gateway, kHeaders);
  EXPECT_EQ(echoed.status, 200) << echoed.body;
  EXPECT_EQ(echoed.body.find("acme"), std::string::npos) << echoed.body;
  EXPECT_EQ(Echoed(gateway, {{"grpc-metadata-trace-bin", "no base64"}}).status, 200);
}

TEST(GrpcMetadata, ThatIsNoBase64IsRefusedByName) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}, .more = "grpc_metadata_headers: true"});
  const HttpResponse refused = Echoed(gateway, {{"Grpc-Metadata-Trace-Bin", "no base64"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(JsonAt(refused.body, "message"),
            "header grpc-metadata-trace-bin: expected standard base64, as which binary metadata is written");
  EXPECT_EQ(Stat(gateway, "Diagnostics/Echo", "started"), 0);
}

}  // namespace
}  // namespace dragoman::integration
