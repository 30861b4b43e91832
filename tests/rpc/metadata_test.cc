#include "rpc/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "rpc/header_names.h"
#include "fake_exchange.h"

namespace dragoman::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> Collected(const MetadataRules& rules, const Exchange& exchange) {
  Metadata metadata;
  EXPECT_TRUE(rules.Collect(exchange, MetadataRules::Credentials::kForward, metadata).ok());
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Header& entry : metadata) pairs.emplace_back(entry.name, entry.value);
  return pairs;
}

TEST(MetadataRules, ForwardsTheFixedSetAndAssertsTheClient) {
  FakeExchange exchange("GET", "/",
                        {{"host", "api.example"},
                         {"traceparent", "00-1-2-01"},
                         {"cookie", "secret=1"},
                         {"authorization", "Bearer x"},
                         {"x-tenant", "acme"},
                         {"user-agent", "curl/7"},
                         {"x-forwarded-for", "6.6.6.6"},
                         {"x-request-id", "mine"},
                         {"grpc-encoding", "gzip"}});
  EXPECT_THAT(Collected(MetadataRules({}), exchange),
              ElementsAre(Pair("traceparent", "00-1-2-01"), Pair("authorization", "Bearer x"),
                          Pair("x-forwarded-user-agent", "curl/7"), Pair("x-request-id", "request-1"),
                          Pair("x-forwarded-for", "192.0.2.7"), Pair("x-forwarded-proto", "http"),
                          Pair("x-forwarded-host", "api.example")));
}

TEST(MetadataRules, ForwardsWhatIsConfiguredToo) {
  FakeExchange exchange("GET", "/", {{"x-tenant", "acme"}, {"x-tenant", "other"}, {"x-tenants", "no"}});
  EXPECT_THAT(Collected(MetadataRules({"x-tenant"}), exchange),
              ElementsAre(Pair("x-tenant", "acme"), Pair("x-tenant", "other"), Pair("x-request-id", "request-1"),
                          Pair("x-forwarded-for", "192.0.2.7"), Pair("x-forwarded-proto", "http")));
}

TEST(MetadataRules, RefusesAValueThatGrpcCannotCarry) {
  FakeExchange exchange("GET", "/", {{"accept-language", "d\xc3\xa9"}});
  Metadata metadata;
  const Status status = MetadataRules({}).Collect(exchange, MetadataRules::Credentials::kForward, metadata);
  EXPECT_EQ(status.reason(), Reason::kInvalidRequest);
  EXPECT_EQ(status.message(),
            "header accept-language: expected printable ASCII, which is all that gRPC metadata can carry");
}

TEST(MetadataRules, WithholdsTheClientsTokenAndWhatTheGatewayAsserts) {
  const std::vector<config::IdentityMetadata> identity = {
      {"x-user", {config::IdentityValue::Of::kClaim, "sub"}},
      {"baggage", {config::IdentityValue::Of::kConsumerName, {}}},
      {"x-groups", {config::IdentityValue::Of::kClaim, "groups"}}};
  const MetadataRules rules({"x-user", "x-maps-key"}, identity, {"x-maps-key"});
  FakeExchange exchange("GET", "/", {{"authorization", "Bearer t"}, {"x-user", "spoof"}, {"baggage", "spoof"}, {"x-maps-key", "spoof"}});
  Metadata metadata;
  ASSERT_TRUE(rules.Collect(exchange, MetadataRules::Credentials::kWithhold, metadata).ok());
  for (const Header& entry : metadata) EXPECT_EQ(std::string(entry.value).find("spoof"), std::string::npos) << entry.name;
  EXPECT_EQ(metadata.front().name, "x-request-id");

  const auth::Consumer consumer{.name = "mobile"};
  const auth::Identity caller{
      .scheme = "jwt.m", .consumer = &consumer, .claims = *jose::Claims::Parse(R"({"sub":"joe","groups":["a","b"]})")};
  metadata.clear();
  Buffer text;
  rules.AppendIdentity(caller, text, metadata);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Header& entry : metadata) pairs.emplace_back(entry.name, entry.value);
  EXPECT_THAT(pairs, ElementsAre(Pair("x-user", "joe"), Pair("baggage", "mobile"), Pair("x-groups", "a,b")));
  metadata.clear();
  rules.AppendIdentity(auth::Identity{}, text, metadata);
  EXPECT_TRUE(metadata.empty());
}

// What `grpc-metadata-NAME: value` adds to the metadata, or the refusal.
std::vector<std::pair<std::string, std::string>> Prefixed(
    const MetadataRules& rules, std::string_view name, std::string_view value,
    MetadataRules::Credentials credentials = MetadataRules::Credentials::kForward) {
  const std::string header = "grpc-metadata-" + std::string(name);
  FakeExchange exchange("GET", "/", {{header, value}});
  Metadata metadata;
  const Status status = rules.Collect(exchange, credentials, metadata);
  if (!status.ok()) return {{std::string(FactsOf(status.reason()).name), std::string(status.message())}};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Header& entry : metadata) {
    if (entry.name != "x-request-id" && !entry.name.starts_with("x-forwarded-")) pairs.emplace_back(entry.name, entry.value);
  }
  // Not hidden among what the gateway says.
  EXPECT_EQ(metadata.size(), pairs.size() + 3);
  return pairs;
}

const MetadataRules kPrefixed({"x-tenant"}, {{"x-user", {config::IdentityValue::Of::kClaim, "sub"}}}, {"x-maps-key", "x-api-key"},
                              MetadataRules::Prefixed::kTaken);

TEST(GrpcMetadataHeaders, TravelOnWithoutTheirPrefix) {
  EXPECT_THAT(Prefixed(kPrefixed, "foo", "x"), ElementsAre(Pair("foo", "x")));
  EXPECT_THAT(Prefixed(kPrefixed, "x-tenant", "acme"), ElementsAre(Pair("x-tenant", "acme")));
  EXPECT_THAT(Prefixed(kPrefixed, "a.b_c-1", ""), ElementsAre(Pair("a.b_c-1", "")));
  EXPECT_THAT(Prefixed(kPrefixed, "foo", "d\xc3\xa9"),
              ElementsAre(Pair("INVALID_REQUEST", "header grpc-metadata-foo: expected printable ASCII, which is all that "
                                                  "gRPC metadata can carry")));
}

TEST(GrpcMetadataHeaders, AreDroppedWhereNobodyAskedForThem) {
  EXPECT_THAT(Prefixed(MetadataRules({"x-tenant"}), "x-tenant", "acme"), testing::IsEmpty());
  EXPECT_THAT(Prefixed(MetadataRules({"x-tenant"}), "trace-bin", "?"), testing::IsEmpty());
}

TEST(GrpcMetadataHeaders, OfBinaryMetadataAreBase64) {
  EXPECT_THAT(Prefixed(kPrefixed, "trace-bin", "AAE="), ElementsAre(Pair("trace-bin", "AAE")));
  EXPECT_THAT(Prefixed(kPrefixed, "trace-bin", "+/8"), ElementsAre(Pair("trace-bin", "+/8")));
  EXPECT_THAT(Prefixed(kPrefixed, "trace-bin", ""), ElementsAre(Pair("trace-bin", "")));
  for (const std::string_view value : {"A", "-_8", "not base64", "AAE=,AAE=", "AB=="}) {
    EXPECT_THAT(Prefixed(kPrefixed, "trace-bin", value),
                ElementsAre(Pair("INVALID_REQUEST", "header grpc-metadata-trace-bin: expected standard base64, as which "
                                                    "binary metadata is written")))
        << value;
  }
}

TEST(GrpcMetadataHeaders, NeverSetWhatNoClientSets) {
  for (const std::string_view name :
       {"", ":path", "grpc-timeout", "grpc-status", "grpc-trace-bin", "connection", "te", "keep-alive", "host", "content-type",
        "content-length", "user-agent", "x-request-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-user-agent",
        "forwarded", "x-user", "x-maps-key", "x-api-key", "a!b", "grpc-metadata-foo"}) {
    EXPECT_THAT(Prefixed(kPrefixed, name, "spoof"), testing::IsEmpty()) << name;
  }
  EXPECT_THAT(Prefixed(kPrefixed, std::string(65, 'a'), "x"), testing::IsEmpty());
}

TEST(GrpcMetadataHeaders, BringATokenOnlyWhereNobodyLooksAtTokens) {
  using Credentials = MetadataRules::Credentials;
  EXPECT_THAT(Prefixed(kPrefixed, "authorization", "Bearer b"), ElementsAre(Pair("authorization", "Bearer b")));
  EXPECT_THAT(Prefixed(kPrefixed, "authorization", "Bearer b", Credentials::kForwardProven), testing::IsEmpty());
  EXPECT_THAT(Prefixed(kPrefixed, "authorization", "Bearer b", Credentials::kWithhold), testing::IsEmpty());
  // The one that was proven goes on all the same.
  FakeExchange exchange("GET", "/", {{"authorization", "Bearer a"}, {"grpc-metadata-authorization", "Bearer b"}});
  Metadata metadata;
  ASSERT_TRUE(kPrefixed.Collect(exchange, Credentials::kForwardProven, metadata).ok());
  EXPECT_EQ(metadata[0].value, "Bearer a");
  EXPECT_EQ(metadata[1].name, "x-request-id");
}

TEST(CannotForward, NamesWhyForEachSort) {
  const struct {
    std::string_view name;
    std::string_view why;
  } kCases[] = {{"accept", ""},
                {"cookie", ""},
                {"grpc-timeout", "the names grpc-* belong to gRPC itself"},
                {":path", "it is a pseudo-header"},
                {"trace-bin", "metadata of the names *-bin is binary, which a header is not"},
                {"te", "it concerns one connection only"},
                {"x-forwarded-for", "the gateway itself sets it"},
                {"content-type", "it describes the HTTP request itself"}};
  for (const auto& c : kCases) EXPECT_EQ(CannotForward(c.name), c.why) << c.name;
}

TEST(ReachesClient, KeepsTheGatewaysOwnHeaders) {
  for (const std::string_view name : {"x-shop-version", "etag", "location", "set-cookie", "cache-control"}) {
    EXPECT_TRUE(ReachesClient(name)) << name;
  }
  for (const std::string_view name :
       {"grpc-status", "trace-bin", "content-type", "content-length", "content-encoding", "date", "server",
        "access-control-allow-origin", "x-http-code", "connection", "transfer-encoding"}) {
    EXPECT_FALSE(ReachesClient(name)) << name;
  }
}

}  // namespace
}  // namespace dragoman::rpc
