#include "cors/preflight.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dragoman::cors {
namespace {

RequestHead HeadOf(std::string_view http_method, const std::vector<Header>& headers) {
  RequestHead head;
  head.http_method = http_method;
  head.headers = headers;
  return head;
}

constexpr Header kOrigin = {"origin", "https://app.example"};
constexpr Header kPut = {"access-control-request-method", "PUT"};

TEST(PreflightTest, IsRecognised) {
  struct Case {
    const char* name;
    const char* http_method;
    std::vector<Header> headers;
    bool preflight;
  };
  const Case kCases[] = {
      {"the usual one", "OPTIONS", {kOrigin, kPut}, true},
      {"no origin", "OPTIONS", {kPut}, false},
      {"no method", "OPTIONS", {kOrigin}, false},
      {"an empty method", "OPTIONS", {kOrigin, {"access-control-request-method", ""}}, false},
      {"a method that is no token", "OPTIONS", {kOrigin, {"access-control-request-method", "PUT, GET"}}, false},
      {"a method that breaks lines", "OPTIONS", {kOrigin, {"access-control-request-method", "PUT\r\nx: y"}}, false},
      {"not OPTIONS", "PUT", {kOrigin, kPut}, false},
      {"several origins, to be refused", "OPTIONS", {kOrigin, kOrigin, kPut}, true},
  };
  for (const Case& each : kCases) {
    EXPECT_EQ(PreflightOf(HeadOf(each.http_method, each.headers)).has_value(), each.preflight) << each.name;
  }
}

TEST(PreflightTest, TakesListsOfNamesOnly) {
  struct Case {
    const char* name;
    std::string asked;
    std::string taken;
  };
  const Case kCases[] = {
      {"one", "content-type", "content-type"},
      {"three", "authorization, content-type,x-tenant", "authorization, content-type,x-tenant"},
      {"tabs", "a\t,\tb", "a\t,\tb"},
      {"none", "", ""},
      {"an empty element", "a,,b", ""},
      {"a comma behind", "a,", ""},
      {"what is no token", "a b", ""},
      {"a quote", "\"a\"", ""},
      {"a line break", "a\r\nset-cookie: x", ""},
  };
  for (const Case& each : kCases) {
    const std::vector<Header> headers = {kOrigin, kPut, {"access-control-request-headers", each.asked}};
    const auto preflight = PreflightOf(HeadOf("OPTIONS", headers));
    ASSERT_TRUE(preflight) << each.name;
    EXPECT_EQ(preflight->headers, each.taken) << each.name;
  }
}

std::string AnswerOf(const config::Cors& cors, std::string_view asked_headers) {
  const Policy policy(cors);
  const Preflight preflight{.origin = kOrigin.value, .http_method = "PUT", .headers = asked_headers};
  boost::container::small_vector<Header, 8> headers;
  AppendAnswer(policy, preflight, "PUT, GET", headers);
  std::string text;
  for (const Header& header : headers) text += std::string(header.name) + ": " + std::string(header.value) + "\n";
  return text;
}

TEST(PreflightTest, IsAnswered) {
  config::Cors cors;
  cors.origins = {{"https://app.example", {}}};
  const std::string vary = "vary: Access-Control-Request-Method, Access-Control-Request-Headers\n";
  EXPECT_EQ(AnswerOf(cors, "content-type, x-tenant"),
            "access-control-allow-methods: PUT, GET\naccess-control-allow-headers: content-type, x-tenant\n"
            "access-control-max-age: 600\n" +
                vary);
  EXPECT_EQ(AnswerOf(cors, ""), "access-control-allow-methods: PUT, GET\naccess-control-max-age: 600\n" + vary);
  cors.headers = {"authorization", "content-type"};
  cors.max_age = config::Milliseconds(1500);
  EXPECT_EQ(AnswerOf(cors, "x-tenant"),
            "access-control-allow-methods: PUT, GET\naccess-control-allow-headers: authorization, content-type\n"
            "access-control-max-age: 1\n" +
                vary);
}

}  // namespace
}  // namespace dragoman::cors
