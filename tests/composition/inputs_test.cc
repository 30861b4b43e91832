#include "composition/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "shop.h"

namespace dragoman::composition {
namespace {

using testing::ElementsAre;

// A composition of the shop's: what stands in it beside a call.
config::Composition Configured(const std::string& text) {
  auto config = config::LoadText(
      "d.yaml", "descriptors: [{file: a.pb}]\nservices: [{name: \"*\", backend: a}]\nbackends: {a: {endpoints: [a:1]}}\n"
                "compositions: [{name: my-home, calls: {a: {method: a.B/C}}, merge: [a], " + text + "}]\n");
  if (!config) {
    ADD_FAILURE() << config.error().front().where << ": " << config.error().front().what;
    return {};
  }
  return config->compositions.front();
}

class InputsTest : public Shop {
 protected:
  // The problems, each as "4:57: unknown type …".
  std::vector<std::string> ProblemsOf(const std::string& text) {
    Problems problems;
    size_t next = 0;
    Inputs::Build(Configured(text), schema_, plans_, next, problems);
    std::vector<std::string> lines;
    for (const struct Problem& problem : problems) lines.push_back(problem.where.substr(7) + ": " + problem.what);
    return lines;
  }

  void Load(const std::string& text) {
    Problems problems;
    inputs_ = Inputs::Build(Configured(text), schema_, plans_, next_, problems);
    for (const struct Problem& problem : problems) ADD_FAILURE() << problem.where << ": " << problem.what;
    ASSERT_TRUE(inputs_);
  }
  Variable Find(std::string_view root, std::string_view name) {
    auto variable = inputs_->Find(root, name, next_);
    if (variable) return *variable;
    ADD_FAILURE() << variable.error();
    return {};
  }

  struct Request {
    std::vector<std::string_view> captures;
    std::string_view query;
    std::string_view body;
    std::vector<Header> headers;
    auth::Identity identity;
  };
  Status Bind(const Request& request, const transcoding::RequestOptions& options = {}) {
    const RequestHead head{.headers = request.headers};
    Buffer body(request.body);
    bindings_ = {};
    bindings_.variables.resize(next_);
    bindings_.arena = &arena_;
    bytes_ = Buffer("before");
    return inputs_->Bind({.head = head,
                          .captures = request.captures,
                          .query = request.query,
                          .body = &body,
                          .identity = request.identity},
                         options, codec_, bindings_, bytes_, fields_);
  }
  // What a variable is; a name that was found before the request.
  std::string Get(std::string_view root, std::string_view name) {
    return Shown(bindings_.variables[Find(root, name).number]);
  }

  size_t next_ = 3;  // there are others
  std::optional<Inputs> inputs_;
  Bindings bindings_;
  Buffer bytes_;
  std::string fields_;
};

TEST_F(InputsTest, AreOfTheTypesThatAreDeclared) {
  Load(
      "get: \"/x/{id}/{rest=**}\", parameters: {id: {type: int64}, limit: {type: int32, default: 5}, tags: {type: [string]},"
      " state: {type: shop.v1.State}, at: {type: google.protobuf.Timestamp}}");
  EXPECT_EQ(Find("path", "id").type.ToString(), "an int64");
  EXPECT_EQ(Find("path", "rest").type.ToString(), "a string");
  EXPECT_EQ(Find("query", "limit").type.ToString(), "an int32");
  EXPECT_EQ(Find("query", "tags").type.ToString(), "a list of string");
  EXPECT_THAT(Find("query", "tags").type.axes, ElementsAre("query.tags"));
  EXPECT_EQ(Find("query", "state").type.ToString(), "a shop.v1.State");
  EXPECT_EQ(Find("query", "state").type.enumeration, Plan("User").Find("state")->enumeration);
  EXPECT_EQ(Find("query", "at").type.message, plans_.Find("google.protobuf.Timestamp"));
  EXPECT_EQ(Find("headers", "X-Tenant").number, Find("headers", "x-tenant").number);
  EXPECT_EQ(Find("claims", "sub").type.ToString(), "a string");
  EXPECT_FALSE(inputs_->body());
}

TEST_F(InputsTest, AreReadFromThePathAndQuery) {
  Load(
      "get: \"/x/{id}/{rest=**}\", parameters: {id: {type: int64}, limit: {type: int32, default: 5}, tags: {type: [string]},"
      " state: {type: shop.v1.State}, on: {type: bool}, at: {type: google.protobuf.Timestamp}}");
  ASSERT_TRUE(Bind({.captures = {"7", "a%20b/c"}, .query = "tags=a&state=SHIPPED&tags=b%26&on&at=1970-01-01T00:00:05Z"}).ok());
  EXPECT_EQ(Get("path", "id"), "7");
  EXPECT_EQ(Get("path", "rest"), "'a b/c'");
  EXPECT_EQ(Get("query", "limit"), "5");
  EXPECT_EQ(Get("query", "tags"), "['a', 'b&']");
  EXPECT_EQ(Get("query", "state"), "2");
  EXPECT_EQ(Get("query", "on"), "true");
  EXPECT_EQ(Get("query", "at"), "\"1970-01-01T00:00:05Z\"");
  EXPECT_TRUE(bytes_.view().starts_with("before"));
  ASSERT_TRUE(Bind({.captures = {"-1", ""}, .query = "limit=0"}).ok());
  EXPECT_EQ(Get("query", "limit"), "0");
  EXPECT_EQ(Get("query", "tags"), "[]");
  EXPECT_EQ(Get("query", "state"), "-");
  EXPECT_EQ(Get("query", "on"), "-");
}

TEST_F(InputsTest, AreWhatHeadersAndCredentialsSay) {
  Load("get: /x");
  for (const auto& [root, name] : {std::pair{"headers", "x-tenant"}, {"headers", "x-none"}, {"claims", "name"}, {"claims", "list"},
                                   {"claims", "none"}, {"consumer", "name"}, {"consumer", "tier"}}) {
    Find(root, name);
  }
  const auth::Consumer consumer{.name = "mobile", .tenant = "acme", .tier = "", .scopes = {}, .roles = {}};
  ASSERT_TRUE(Bind({.headers = {{"x-tenant", "first"}, {"x-tenant", "second"}},
                    .identity = {.scheme = "jwt.m",
                                 .consumer = &consumer,
                                 .claims = *jose::Claims::Parse(R"({"name":"Zoë, 100%","list":["a","b"]})")}})
                  .ok());
  EXPECT_EQ(Get("headers", "x-tenant"), "'first'");
  EXPECT_EQ(Get("headers", "x-none"), "-");
  EXPECT_EQ(Get("claims", "name"), "'Zoë, 100%'");
  EXPECT_EQ(Get("claims", "list"), "'a,b'");
  EXPECT_EQ(Get("claims", "none"), "-");
  EXPECT_EQ(Get("consumer", "name"), "'mobile'");
  EXPECT_EQ(Get("consumer", "tier"), "-");
  const Status no = Bind({.headers = {{"x-tenant", "\xff"}}});
  EXPECT_EQ(no.reason(), Reason::kInvalidRequest);
  EXPECT_EQ(no.message(), "header \"x-tenant\" is not UTF-8");
}

TEST_F(InputsTest, HaveABodyOfAMessage) {
  Load("post: /x, body: shop.v1.Order");
  ASSERT_TRUE(inputs_->body());
  EXPECT_EQ(inputs_->body()->type.message, &Plan("Order"));
  ASSERT_TRUE(Bind({.body = R"({"id":"7","lines":[{"itemId":"a"}]})"}).ok());
  EXPECT_EQ(Shown(bindings_.variables[inputs_->body()->number]), R"({"id":"7","lines":[{"itemId":"a"}]})");
  ASSERT_TRUE(Bind({}).ok());
  EXPECT_EQ(Shown(bindings_.variables[inputs_->body()->number]), "{}");
  const Status no = Bind({.body = R"({"idd":"7"})"});
  EXPECT_EQ(no.reason(), Reason::kUnknownField);
}

TEST_F(InputsTest, HaveABodyThatIsDeclared) {
  Load("post: /x, body: {fields: {user_id: string, lines: [{item_id: string, n: [int32]}], ship_to: shop.v1.Address, Body: {x: bool}}}");
  const transcoding::MessagePlan& body = *inputs_->body()->type.message;
  EXPECT_EQ(body.full_name(), "dragoman.compositions.my_home.Body");
  EXPECT_EQ(body.Find("ship_to")->message, &Plan("Address"));
  EXPECT_EQ(body.Find("userId"), nullptr);
  const std::string_view json =
      R"({"user_id":"u","lines":[{"item_id":"a","n":[1,2]},{}],"ship_to":{"city":"B"},"Body":{"x":true}})";
  ASSERT_TRUE(Bind({.body = json}).ok());
  EXPECT_EQ(Shown(bindings_.variables[inputs_->body()->number]), json);
  EXPECT_TRUE(body.Find("user_id")->explicit_presence);
  EXPECT_EQ(Bind({.body = R"({"lines":[{"n":["x"]}]})"}).message(),
            "lines[0].n[0]: line 1, column 17: expected an int32, got \"x\"");
}

TEST_F(InputsTest, SayWhatAClientHasWrong) {
  struct Case {
    std::string_view capture;
    std::string_view query;
    std::string_view body;
    std::string_view message;
  };
  const Case cases[] = {
      {"x", "must=1", "", "path variable {id}: expected an int64, got \"x\""},
      {"%", "must=1", "", "path variable {id}: column 1: expected two hex digits after '%'"},
      {"1", "", "", "query parameter \"must\" is missing"},
      {"1", "must=1&must=2", "", "query parameter \"must\" is given twice, but holds a single value"},
      {"1", "must=1&limti=2", "", "query parameter \"limti\": there is no such parameter; did you mean \"limit\"?"},
      {"1", "must=1&feilds=2", "", "query parameter \"feilds\": there is no such parameter; did you mean \"fields\"?"},
      {"1", "must=1&zzzzzz=2", "", "query parameter \"zzzzzz\": there is no such parameter"},
      {"1", "must=1&limit=", "", "query parameter \"limit\": expected an int32, got \"\""},
      {"1", "must=1&state=SENT", "", "query parameter \"state\": expected one of shop.v1.State (UNKNOWN, OPEN, SHIPPED), got \"SENT\""},
      {"1", "must=%zz", "", "query parameter \"must\": column 1: expected two hex digits after '%'"},
      {"1", "must=1&fields=a&fields=b", "", "query parameter \"fields\" is given twice, but holds a single value"},
      {"1", "must=1", "{\"a\":1}", "this route takes no body; send its fields in the path and query"},
  };
  Load("post: \"/x/{id}\", parameters: {id: {type: int64}, must: {type: string, required: true}, limit: {type: int32},"
       " state: {type: shop.v1.State}}, fields: true");
  for (const Case& one : cases) {
    const Status no = Bind({.captures = {one.capture}, .query = one.query, .body = one.body});
    EXPECT_EQ(no.reason(), Reason::kInvalidRequest) << one.message;
    EXPECT_EQ(no.message(), one.message);
  }
}

TEST_F(InputsTest, PassOverWhatIsToBeIgnored) {
  Load("get: /x, fields: true, parameters: {limit: {type: int32}}");
  EXPECT_TRUE(inputs_->fields());
  ASSERT_TRUE(Bind({.query = "utm_x=1&fields=user.name%2Corders&limit=2", .body = " {} "}, {.ignored_query = {"utm_*"}}).ok());
  EXPECT_EQ(fields_, "user.name,orders");
  EXPECT_EQ(Get("query", "limit"), "2");
  EXPECT_FALSE(Bind({.query = "other=1"}).ok());
  EXPECT_TRUE(Bind({.query = "other=1"}, {.ignore_unknown_query = true}).ok());
  EXPECT_EQ(fields_, "");
}

TEST_F(InputsTest, SayWhatIsWrongWithTheirDeclaration) {
  struct Case {
    std::string text;
    std::string problem;
  };
  const Case cases[] = {
      {"get: \"/x/{id\"", "4:16: path template, column 7: expected '}', got end of text"},
      {"get: \"/x/{a.b}\"", "4:16: path variable {a.b…}: expected one name; a composition's path sets no fields"},
      {"get: \"/x/{id}\", parameters: {id: {type: [string]}}",
       "4:108: parameter \"id\" is a variable of the path, which is one value and always there; expected its type alone"},
      {"get: /x, parameters: {a: {type: int23}}", "4:99: unknown type \"int23\"; did you mean \"int32\"?"},
      {"get: /x, parameters: {a: {type: shop.v1.Stat}}", "4:99: unknown type \"shop.v1.Stat\"; did you mean \"shop.v1.State\"?"},
      {"get: /x, parameters: {a: {type: shop.v1.User}}",
       "4:99: parameter \"a\": shop.v1.User has no form of one value, which a path or query could give"},
      {"get: /x, parameters: {a: {type: int32, default: x}}", "4:99: the default of \"a\": expected an int32, got \"x\""},
      {"get: /x, fields: true, parameters: {fields: {type: string}}",
       "4:113: parameter \"fields\": `fields: true` gives it a meaning already"},
      {"post: /x, body: shop.v1.Usr", "4:94: unknown message \"shop.v1.Usr\"; did you mean \"shop.v1.User\"?"},
      {"post: /x, body: {fields: {a: shop.v1.Addres}}",
       "4:104: unknown type \"shop.v1.Addres\"; did you mean \"shop.v1.Address\"?"},
  };
  for (const Case& one : cases) EXPECT_THAT(ProblemsOf(one.text), ElementsAre(one.problem)) << one.text;
}

TEST_F(InputsTest, SayWhichNamesThereAre) {
  Load("get: \"/x/{user_id}\", parameters: {limit: {type: int32}}");
  EXPECT_EQ(inputs_->Find("path", "user", next_).error(), "path has no \"user\"; did you mean \"user_id\"?");
  EXPECT_EQ(inputs_->Find("query", "limits", next_).error(), "query.limits is not declared; did you mean \"limit\"?");
  EXPECT_EQ(inputs_->Find("query", "page", next_).error(), "query.page is not declared; add it to parameters");
  EXPECT_EQ(inputs_->Find("consumer", "id", next_).error(), "consumer has no \"id\"; expected name, tenant or tier");
  EXPECT_THAT(inputs_->names("path"), ElementsAre("user_id"));
  EXPECT_THAT(inputs_->names("query"), ElementsAre("limit"));
}

}  // namespace
}  // namespace dragoman::composition
