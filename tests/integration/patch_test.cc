#include <gtest/gtest.h>

#include "shop_fixture.h"

// The update mask that a PATCH becomes, seen by what the shop changes.
namespace dragoman::integration {
namespace {

TEST(Patch, ChangesWhatStandsInTheBodyAndNothingElse) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  HttpClient client(gateway.address());
  const auto patch = [&](const std::string& body, const std::string& query = "") {
    const HttpResponse response = client.Send("PATCH", "/v1/items/espresso-machine" + query, {}, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.body;
  };
  // A default is a value, a null takes away, a list is replaced, below a message only what is named changes.
  EXPECT_EQ(JsonLacks(R"({"title": "Espresso machine", "stock": "0", "tags": ["sale"],
                          "price": {"currencyCode": "EUR", "units": "450", "nanos": 990000000}, "rating": 4.5})",
                      patch(R"({"stock": 0, "description": null, "tags": ["sale"], "price": {"units": 450}})")),
            "");
  const std::string changed = client.Send("GET", "/v1/items/espresso-machine").body;
  EXPECT_EQ(changed.find("description"), std::string::npos) << changed;
  // An empty object is a value too.
  EXPECT_EQ(JsonLacks(R"({"price": {"currencyCode": "", "units": "0", "nanos": 0}, "title": "Espresso machine"})",
                      patch(R"({"price": {}})")),
            "");
  // A mask of the client's stands as it is.
  EXPECT_EQ(JsonLacks(R"({"title": "Machine", "stock": "0"})",
                      patch(R"({"title": "Machine", "stock": 9})", "?update_mask=title")),
            "");
  EXPECT_EQ(JsonLacks(R"({"title": "Machine"})", patch("{}")), "");
}

TEST(Patch, OfAFormChangesWhatTheFormHas) {
  Shop shop;
  Gateway gateway({.endpoints = {shop.address()}});
  const HttpResponse response =
      Fetch(gateway.address(), "PATCH", "/v1/items/grinder", {{"Content-Type", "application/x-www-form-urlencoded"}},
            "stock=0&tags=a&tags=b&price.units=5");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(
      JsonLacks(
          R"({"title": "Grinder", "stock": "0", "tags": ["a", "b"], "price": {"currencyCode": "EUR", "units": "5"}})",
          response.body),
      "");
}

}  // namespace
}  // namespace dragoman::integration
