#include <gtest/gtest.h>

#include "shop_fixture.h"

// Bodies of application/x-www-form-urlencoded, as HTML forms and `curl -d` send them.
namespace dragoman::integration {
namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";

class Forms : public ::testing::Test {
 protected:
  HttpResponse Post(std::string_view target, std::string_view body, Headers more = {}) {
    more.emplace_back("Content-Type", kForm);
    return client_.Send("POST", std::string(target), more, std::string(body));
  }

  Shop shop_;
  Gateway gateway_{{.endpoints = {shop_.address()}}};
  HttpClient client_{gateway_.address()};
};

TEST_F(Forms, BindLikeAQuery) {
  const HttpResponse whole = Post("/shop.v1.Diagnostics/Echo", "text=caf%C3%A9+%26+cr%C3%A8me%2B&replyBytes=2");
  EXPECT_EQ(whole.status, 200) << whole.body;
  EXPECT_EQ(JsonLacks(R"({"text": "café & crème+"})", whole.body), "");
  EXPECT_EQ(JsonAt(whole.body, "padding").size(), 2u);

  const HttpResponse field = Post("/v1/shelves/equipment/items?request_id=form-1",
                                  "id=kettle&title=Kettle&category=CATEGORY_EQUIPMENT&price.currencyCode=EUR&price."
                                  "units=39&tags=kitchen&tags=tea&discontinued");
  EXPECT_EQ(field.status, 201) << field.body;
  EXPECT_EQ(JsonLacks(R"({"id": "kettle", "title": "Kettle", "price": {"currencyCode": "EUR", "units": "39"},
                          "tags": ["kitchen", "tea"], "discontinued": true})",
                      field.body),
            "");
}

TEST_F(Forms, AreRefusedAsAQueryIs) {
  const struct {
    std::string_view target, body;
    int status;
    std::string_view reason, message;
  } kCases[] = {
      {"/shop.v1.Diagnostics/Echo", "texd=x", 400, "INVALID_REQUEST",
       R"(form field "texd": shop.v1.EchoRequest has no field "texd"; did you mean "text"?)"},
      {"/shop.v1.Diagnostics/Echo", "text=a&text=b", 400, "INVALID_REQUEST",
       R"(form field "text" is given twice, but the field holds a single value)"},
      {"/shop.v1.Diagnostics/Echo", "reply_metadata=a", 400, "INVALID_REQUEST",
       R"(form field "reply_metadata": is a map, which a form cannot set)"},
      {"/v1/orders/1001:cancel", "id=1002&reason=none", 400, "INVALID_REQUEST",
       "the path and the body give id different values"},
      {"/v1/orders/1001:cancel?reason=late", "reason=none", 400, "INVALID_REQUEST",
       "the query and the body give reason different values"},
  };
  for (const auto& c : kCases) {
    const HttpResponse response = Post(c.target, c.body);
    EXPECT_EQ(response.status, c.status) << response.body;
    EXPECT_EQ(JsonAt(response.body, "message"), c.message);
    EXPECT_EQ(JsonAt(response.body, "details.0.reason"), c.reason);
  }
  // A list of strings has no names that a form could have.
  const HttpResponse list = client_.Send("PUT", "/v1/items/grinder/tags", {{"Content-Type", kForm}}, "tags=a");
  EXPECT_EQ(list.status, 415) << list.body;
  EXPECT_EQ(client_.Send("POST", "/shop.v1.Diagnostics/GetStats").body, R"({"calls":{}})")
      << "one has reached the backend";
}

TEST_F(Forms, ThatBeginLikeJsonAreJsonButNotBesideACookie) {
  const HttpResponse curl = Post("/shop.v1.Diagnostics/Echo", R"({"text": "from curl"})");
  EXPECT_EQ(JsonLacks(R"({"text": "from curl"})", curl.body), "");
  const HttpResponse page = Post("/shop.v1.Diagnostics/Echo", R"({"text": "from a page"})", {{"Cookie", "session=1"}});
  EXPECT_EQ(page.status, 415) << page.body;
  EXPECT_EQ(JsonAt(page.body, "details.0.reason"), "UNSUPPORTED_MEDIA_TYPE");
}

}  // namespace
}  // namespace dragoman::integration
