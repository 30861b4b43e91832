#include "rpc/header_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "rpc/header_names.h"
#include "rpc/metadata.h"
#include "fake_exchange.h"

namespace dragoman::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> Applied(const config::HeaderRules& rules, std::string_view scheme,
                                                         std::vector<Header> headers) {
  HeaderRules(rules).Apply(scheme, headers);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Header& header : headers) pairs.emplace_back(header.name, header.value);
  return pairs;
}

TEST(HeaderRules, RemoveSetAndAdd) {
  const config::HeaderRules rules{.set = {{"a", "new"}}, .add = {{"b", "two"}}, .remove = {"c"}};
  EXPECT_THAT(Applied(rules, "http", {{"a", "old"}, {"b", "one"}, {"a", "older"}, {"c", "x"}, {"d", "y"}}),
              ElementsAre(Pair("b", "one"), Pair("d", "y"), Pair("a", "new"), Pair("b", "two")));
  EXPECT_TRUE(HeaderRules().empty());
  EXPECT_TRUE(HeaderRules(config::HeaderRules{}).empty());
}

TEST(HeaderRules, TheSecurityPresetFillsInWhatIsMissing) {
  const config::HeaderRules rules{.set = {{"x-frame-options", "SAMEORIGIN"}}, .security = true};
  const auto rest = {Pair("referrer-policy", "no-referrer"),
                     Pair("content-security-policy", "default-src 'none'; frame-ancestors 'none'")};
  EXPECT_THAT(Applied(rules, "http", {{"x-content-type-options", "other"}}),
              ElementsAre(Pair("x-content-type-options", "other"), Pair("x-frame-options", "SAMEORIGIN"),
                          *rest.begin(), *(rest.begin() + 1)));
  EXPECT_THAT(Applied(rules, "https", {}),
              ElementsAre(Pair("x-frame-options", "SAMEORIGIN"),
                          Pair("strict-transport-security", "max-age=31536000; includeSubDomains"),
                          Pair("x-content-type-options", "nosniff"), *rest.begin(), *(rest.begin() + 1)));
}

TEST(CheckHeaderRules, RefusesNamesThatAreTheGatewaysOwn) {
  config::Headers headers;
  headers.request.set = {{"x-request-id", "a"}, {"x-ok", "b"}};
  headers.request.add = {{"grpc-timeout", "1S"}};
  headers.response.set = {{"content-length", "1"}, {"server", "x"}};
  headers.response.add = {{"connection", "close"}, {"content-type", "text/html"}};
  Problems problems;
  CheckHeaderRules(headers, problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.what);
  EXPECT_THAT(texts, ElementsAre("header \"x-request-id\" cannot be set: the gateway itself sets it",
                                 "header \"grpc-timeout\" cannot be set: the names grpc-* belong to gRPC itself",
                                 "header \"content-length\" cannot be set: the gateway itself sets it",
                                 "header \"connection\" cannot be set: it concerns one connection only",
                                 "header \"content-type\" cannot be set: it describes the body"));
}

}  // namespace
}  // namespace dragoman::rpc
