#include "rest_fixture.h"

// How replies are written: as policies say of each RPC, and with the fields that a client asks for.
namespace dragoman::dialects::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RestJson : public RestTest {
 protected:
  RestJson() {
    Configure(
        "policies:\n"
        "  - {methods: [\"*\"], json: {fields_parameter: fields}}\n"
        "  - {methods: [rooms.v1.Rooms/Get, rooms.v1.Rooms/Join], json: {emit_defaults: true, unknown_fields: "
        "ignore}}\n");
  }
};

TEST_F(RestJson, IsAsThePolicyOfTheRpcSays) {
  Begin("GET", "/get/a");
  Serve();
  call().SayAll({Wire("1")}, Status());
  EXPECT_EQ(exchange_->reply_body, R"({"text":"1","room":"","author":"","cost":0})");
  ExpectEnded();

  Begin("POST", "/join/a");
  ServeWhole({"{\"text\": \"1\", \"nope\": 1}\n", R"({"nope": {}})"});
  EXPECT_THAT(call().heard, ElementsAre(Wire("1", "a"), ""));
  call().SayAll({Wire("2")}, Status());
  EXPECT_EQ(exchange_->reply_body, "{\"text\":\"2\",\"room\":\"\",\"author\":\"\",\"cost\":0}\n");
  ExpectEnded();

  // Others are as the configuration says for all.
  Begin("POST", "/tell/a");
  ServeWhole({R"({"nope": 1})"});
  EXPECT_EQ(exchange_->reply_status(), 400);
  ExpectEnded();
  Begin("GET", "/watch/a");
  Serve();
  call().SayAll({Wire("1")}, Status());
  EXPECT_EQ(exchange_->reply_body, "{\"text\":\"1\"}\n");
  ExpectEnded();
}

TEST_F(RestJson, HasTheFieldsThatTheClientAsksForInEachMessage) {
  Begin("GET", "/watch/a?fields=room,author&text=x");
  Serve();
  EXPECT_THAT(call().heard, ElementsAre(Wire("", "a") + Wire("x")));
  call().SayAll({Wire("1", "a"), Wire("2"), Wire("3", "c")}, Status());
  EXPECT_EQ(exchange_->reply_body, "{\"room\":\"a\"}\n{}\n{\"room\":\"c\"}\n");
  ExpectEnded();

  Begin("POST", "/tell/a?fields=text");
  ServeWhole({R"({"text":"1"})"});
  call().SayAll({Wire("heard", "a")}, Status());
  EXPECT_EQ(exchange_->reply_body, R"({"text":"heard"})");
  ExpectEnded();

  Begin("GET", "/files/a?fields=*");
  Serve();
  call().SayAll({BodyWire("text/plain", "bytes")}, Status());
  EXPECT_EQ(exchange_->reply_body, "bytes");
  ExpectEnded();
}

TEST_F(RestJson, OfAnUnknownFieldIsRefusedBeforeAnythingIsCalled) {
  for (const std::string_view target : {"/watch/a?fields=txet", "/hello/a?fields=txet"}) {
    Begin("GET", target);
    Serve();
    EXPECT_EQ(exchange_->reply_status(), 400);
    EXPECT_THAT(
        exchange_->reply_body,
        HasSubstr(R"(query parameter \"fields\": rooms.v1.Line has no field \"txet\"; did you mean \"text\"?)"));
    ExpectEnded();
  }
  Begin("POST", "/tell/a?fields=txet");
  ServeWhole({R"({"text":"1"})"});
  EXPECT_EQ(exchange_->reply_status(), 400);
  ExpectEnded();
  EXPECT_EQ(backend_->calls(), 0u);
}

TEST_F(RestJson, IsAFieldOfTheRequestWhereNothingChoosesFields) {
  Begin("GET", "/get/a?fields=text");  // a policy of its own, without the parameter
  Serve();
  EXPECT_EQ(exchange_->reply_status(), 400);
  EXPECT_THAT(exchange_->reply_body, HasSubstr(R"(rooms.v1.Line has no field \"fields\")"));
  EXPECT_EQ(backend_->calls(), 0u);
  ExpectEnded();
}

}  // namespace
}  // namespace dragoman::dialects::rest
