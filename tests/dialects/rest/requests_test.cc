#include "rest_fixture.h"
#include "run_until.h"

// RPCs whose requests stream.
namespace dragoman::dialects::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RestRequests : public RestTest {
 protected:
  // The call that had two elements ends because of the third.
  void ExpectThirdElementRefused(int http_status, Reason reason) {
    EXPECT_THAT(call().heard, SizeIs(2));
    EXPECT_TRUE(call().cancelled);
    EXPECT_EQ(exchange_->reply_status(), http_status);
    EXPECT_EQ(outcome_.reason(), reason);
    EXPECT_THAT(outcome_.message(), testing::StartsWith("element 3: "));
  }
};

constexpr std::string_view kLines = "{\"text\":\"1\"}\n{\"text\":\"2\"}\n  {\"text\":\"3\"}";
constexpr std::string_view kArray = R"( [ {"text":"1"},{"text":"2"} , {"text":"3"}] )";

TEST_F(RestRequests, AreElementsWhereverTheBodyIsCut) {
  for (const std::string_view body : {kLines, kArray}) {
    for (size_t cut = 0; cut <= body.size(); ++cut) {
      Begin("POST", "/tell/a?author=me");
      std::vector<std::string> pieces;
      if (cut > 0) pieces.emplace_back(body.substr(0, cut));
      if (cut < body.size()) pieces.emplace_back(body.substr(cut));
      ServeWhole(pieces);
      ASSERT_EQ(call().path, "/rooms.v1.Rooms/Tell");
      ASSERT_THAT(call().heard, ElementsAre(Wire("1", "a") + "\x1a\x02me", Wire("2"), Wire("3"))) << body << cut;
      EXPECT_TRUE(call().heard_end);
      call().SayAll({Wire("heard")}, Status());
      EXPECT_EQ(exchange_->reply_body, R"({"text":"heard"})");
      EXPECT_EQ(exchange_->reply_content_type, "application/json");
      ExpectEnded();
    }
  }
}

TEST_F(RestRequests, AreSentAsEachCloses) {
  Begin("POST", "/join/a");
  exchange_->Give("");
  exchange_->Give("{\"text\":\"1\"}");
  Serve();
  EXPECT_THAT(call().heard, ElementsAre(Wire("1", "a")));
  EXPECT_EQ(exchange_->patience(), Exchange::Patience::kEndless);
  exchange_->Give("\n{\"text\":");
  EXPECT_THAT(call().heard, SizeIs(1));
  EXPECT_EQ(exchange_->patience(), Exchange::Patience::kBodyTimeout);
  exchange_->Give("\"2\"}");
  EXPECT_THAT(call().heard, SizeIs(2));
  EXPECT_EQ(exchange_->patience(), Exchange::Patience::kEndless);
  EXPECT_FALSE(call().heard_end);
  exchange_->EndBody();
  EXPECT_TRUE(call().heard_end);
  call().End(Status());
  ExpectEnded();
}

TEST_F(RestRequests, WithoutABodyInTheRuleAreOne) {
  Begin("GET", "/hello/a?text=x");
  Serve();
  EXPECT_THAT(call().heard, ElementsAre(Wire("", "a") + Wire("x")));
  EXPECT_TRUE(call().heard_end);
  call().SayAll({Wire("y")}, Status());
  EXPECT_EQ(exchange_->reply_body, R"({"text":"y"})");
  ExpectEnded();
}

TEST_F(RestRequests, MayBeNone) {
  for (const std::vector<std::string>& pieces : {std::vector<std::string>(), {"[ ]"}, {" \n "}}) {
    Begin("POST", "/tell/a");
    ServeWhole(pieces);
    EXPECT_THAT(call().heard, IsEmpty());
    EXPECT_TRUE(call().heard_end);
    call().SayAll({Wire("none")}, Status());
    EXPECT_EQ(exchange_->reply_status(), 200);
    ExpectEnded();
  }
}

TEST_F(RestRequests, OfAFormAreOne) {
  Begin("POST", "/tell/a", {{"content-type", "application/x-www-form-urlencoded"}});
  ServeWhole({"text=x", "+y"});
  EXPECT_THAT(call().heard, ElementsAre(Wire("x y", "a")));
  call().SayAll({Wire("y")}, Status());
  ExpectEnded();

  Begin("POST", "/tell/a", {{"content-type", "application/x-www-form-urlencoded"}});  // curl -d
  ServeWhole({"{\"text\":\"1\"}\n{\"text\":\"2\"}"});
  EXPECT_THAT(call().heard, SizeIs(2));
  call().SayAll({Wire("y")}, Status());
  ExpectEnded();
}

TEST_F(RestRequests, OfAnotherTypeAreRefused) {
  Begin("POST", "/join/a", {{"content-type", "image/png"}});
  ServeWhole({"x"});
  EXPECT_EQ(exchange_->reply_status(), 415);
  EXPECT_THAT(exchange_->reply_body, HasSubstr("application/json, application/x-ndjson or application/x-www-form-urlencoded, got"));
  EXPECT_THAT(call().heard, IsEmpty());
  EXPECT_TRUE(call().cancelled);
  ExpectEnded();
}

TEST_F(RestRequests, OfAServiceThatOnlyHearsBeginTheCall) {
  Begin("POST", "/tell/a");
  exchange_->Give("{\"text\"");
  Serve();
  EXPECT_EQ(backend_->calls(), 0u);
  exchange_->Give(":\"1\"}");
  EXPECT_EQ(backend_->calls(), 1u);
  exchange_->Leave();
  ExpectEnded();

  Begin("POST", "/tell/a");
  ServeWhole({"nonsense"});
  EXPECT_EQ(backend_->calls(), 1u) << "a bad first element calls nobody";
  EXPECT_EQ(exchange_->reply_status(), 400);
  EXPECT_TRUE(ended_);
}

TEST_F(RestRequests, OfAServiceThatAnswersNeedNotComeFirst) {
  Begin("POST", "/join/a");
  exchange_->Give("");
  Serve();
  ASSERT_EQ(backend_->calls(), 1u);
  call().Say(Wire("welcome"));
  EXPECT_EQ(exchange_->reply_body, "{\"text\":\"welcome\"}\n");
  exchange_->Give("{\"text\":\"thanks\"}\n");
  EXPECT_THAT(call().heard, ElementsAre(Wire("thanks", "a")));
  call().Say(Wire("bye"));
  call().End(Status());
  EXPECT_EQ(exchange_->reply_body, "{\"text\":\"welcome\"}\n{\"text\":\"bye\"}\n");
  EXPECT_TRUE(outcome_.ok());
  ExpectEnded();
}

TEST_F(RestRequests, AreNotReadWhileTheBackendTakesNone) {
  Begin("POST", "/join/a");
  exchange_->Give("{\"text\":\"1\"}\n");
  Serve();
  call().Hold();
  exchange_->Give("{\"text\":\"2\"}\n");
  EXPECT_TRUE(call().sending());
  EXPECT_FALSE(exchange_->reading());
  exchange_->Give("{\"text\":\"3\"}\n");
  EXPECT_THAT(call().heard, SizeIs(2));
  call().Take();
  EXPECT_THAT(call().heard, SizeIs(3));
  EXPECT_TRUE(exchange_->reading());
  call().End(Status());
  ExpectEnded();
}

TEST_F(RestRequests, ThatAreBadEndTheCall) {
  std::string good;
  for (int i = 0; i < 1000; ++i) good += "{\"text\":\"x\"}\n";
  Begin("POST", "/tell/a");
  ServeWhole({good, "  {\"text\":7}\n", "{\"text\":\"never\"}\n"});
  EXPECT_THAT(call().heard, SizeIs(1000));
  EXPECT_TRUE(call().cancelled);
  EXPECT_FALSE(call().heard_end);
  EXPECT_EQ(exchange_->reply_status(), 400);
  EXPECT_THAT(exchange_->reply_body, HasSubstr("element 1001: line 1001, column 11: "));
  EXPECT_EQ(outcome_.reason(), Reason::kInvalidField);
  ExpectEnded();

  Begin("POST", "/join/a");
  exchange_->Give("{\"text\":\"1\"}\n");
  Serve();
  call().Say(Wire("heard"));
  exchange_->Give("{\"text\":\"2\"},");
  EXPECT_TRUE(call().cancelled);
  EXPECT_THAT(exchange_->reply_body, HasSubstr("{\"text\":\"heard\"}\n{\"@error\":{\"code\":3,\"message\":\"element 3: line 2, column 13: expected white space between two values"));
  ExpectEnded();
}

TEST_F(RestRequests, AreBoundedEach) {
  rest_rules_->max_message_bytes = 100;
  Begin("POST", "/tell/a");
  const std::string element = "{\"text\":\"" + std::string(80, 'x') + "\"}\n";
  exchange_->Give(element);
  Serve();
  for (int i = 1; i < 100; ++i) exchange_->Give(element);
  EXPECT_THAT(call().heard, SizeIs(100));
  exchange_->Give("{\"text\":\"" + std::string(101, 'x'));
  EXPECT_EQ(exchange_->reply_status(), 413);
  EXPECT_THAT(exchange_->reply_body, HasSubstr("element 101: line 101, column 1: the value is larger than 100 bytes"));
  EXPECT_TRUE(call().cancelled);
  ExpectEnded();
}

TEST_F(RestRequests, EndWithTheCall) {
  struct Case {
    Status end;
    int status;
  };
  for (const std::string_view path : {"/tell/a", "/join/a"}) {
    for (const bool sending : {false, true}) {
      Begin("POST", path);
      exchange_->Give("{\"text\":\"1\"}\n");
      Serve();
      if (sending) call().Hold();
      exchange_->Give("{\"text\":\"2\"}\n");
      EXPECT_EQ(call().sending(), sending);
      EXPECT_EQ(exchange_->reading(), !sending);
      call().End(Status(Code::kResourceExhausted, "full"));
      EXPECT_EQ(exchange_->reply_status(), 429);
      EXPECT_EQ(outcome_.code(), Code::kResourceExhausted);
      ExpectEnded();
    }
  }
  Begin("POST", "/tell/a");  // it has heard enough
  exchange_->Give("{\"text\":\"1\"}\n");
  Serve();
  call().SayAll({Wire("enough")}, Status());
  EXPECT_EQ(exchange_->reply_body, R"({"text":"enough"})");
  EXPECT_TRUE(outcome_.ok());
  ExpectEnded();
}

TEST_F(RestRequests, EndWhenTheClientLeaves) {
  for (const std::string_view path : {"/tell/a", "/join/a"}) {
    for (const bool sending : {false, true}) {
      Begin("POST", path);
      exchange_->Give("{\"text\":\"1\"}\n");
      Serve();
      if (sending) call().Hold();
      exchange_->Give("{\"text\":\"2\"}\n");
      exchange_->Leave();
      EXPECT_TRUE(call().cancelled);
      EXPECT_EQ(outcome_.code(), Code::kCancelled);
      ExpectEnded();
    }
  }
}

TEST_F(RestRequests, LeaveOthersTheirTurnHoweverFastTheyCome) {
  Begin("POST", "/join/a");
  for (int i = 0; i < 1000; ++i) exchange_->Give(" ");
  Serve();
  EXPECT_LT(exchange_->request_bytes(), 100u);
  ASSERT_TRUE(RunUntil(loop_, [&] { return exchange_->reading(); }));
  EXPECT_EQ(exchange_->request_bytes(), 1000u);
  call().End(Status());
  ExpectEnded();
}

TEST_F(RestRequests, HaveOneReplyWhereTheServiceOnlyHears) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "without a reply message"}, {{Wire("1"), Wire("2")}, "a second reply message"}};
  for (const auto& [replies, text] : cases) {
    Begin("POST", "/tell/a");
    ServeWhole({"{}"});
    call().SayAll(replies, Status());
    EXPECT_EQ(exchange_->reply_status(), 502);
    EXPECT_THAT(exchange_->reply_body, HasSubstr(text));
    ExpectEnded();
  }
  Begin("POST", "/tell/a");
  ServeWhole({"{}"});
  call().Tell({{"x-shelf", "7"}, {"x-http-code", "201"}});
  call().Say(Wire("1"));
  EXPECT_FALSE(ended_) << "its status is not known yet";
  call().End(Status(), {{"x-late", "8"}});
  EXPECT_EQ(exchange_->reply_status(), 201);
  EXPECT_EQ(exchange_->HeaderOfReply("x-shelf"), "7");
  EXPECT_EQ(exchange_->HeaderOfReply("x-late"), "8");
  ExpectEnded();
  Begin("POST", "/tell/a");
  ServeWhole({"{}"});
  call().SayAll({Wire("\xff")}, Status());
  EXPECT_EQ(exchange_->reply_status(), 500);
  ExpectEnded();
}

TEST_F(RestRequests, OfBytesAreThePiecesThatCome) {
  Begin("PUT", "/files/a", {{"content-type", "image/png"}});
  exchange_->Give("\x01\x02");
  Serve();
  exchange_->Give("\x03");
  EXPECT_EQ(exchange_->patience(), Exchange::Patience::kBodyTimeout);
  exchange_->EndBody();
  const auto piece = [](const std::string& body) { return "\x12" + std::string(1, static_cast<char>(body.size())) + body; };
  EXPECT_THAT(call().heard, ElementsAre(piece(BodyWire("image/png", "\x01\x02")) + "\x0a\x01" "a", piece(BodyWire("", "\x03"))));
  call().SayAll({Wire("kept")}, Status());
  EXPECT_EQ(exchange_->reply_body, R"({"text":"kept"})");
  ExpectEnded();

  Begin("PUT", "/files/empty", {{"content-type", "image/png"}});
  Serve();
  ASSERT_THAT(call().heard, SizeIs(1)) << "an empty file is a file";
  EXPECT_THAT(call().heard[0], HasSubstr("empty"));
  call().SayAll({Wire("kept")}, Status());
  ExpectEnded();
}

TEST_F(RestRequests, OfBytesGoBothWaysAtOnce) {
  Begin("POST", "/both/a", {{"content-type", "audio/opus"}});
  exchange_->Give("\x01");
  Serve();
  call().Say(BodyWire("text/plain", "one "));
  exchange_->Give("\x02");
  call().Say(BodyWire("", "two"));
  exchange_->EndBody();
  EXPECT_TRUE(call().heard_end);
  call().End(Status());
  EXPECT_THAT(exchange_->writes, ElementsAre("one ", "two", ""));
  EXPECT_EQ(exchange_->reply_content_type, "text/plain");
  ExpectEnded();
}

TEST_F(RestRequests, AreEachHeldAgainstThePolicies) {
  Configure(R"(authentication: {api_keys: {}}
consumers: {me: {keys: [{sha256: ")" + std::string(64, '0') + R"("}]}}
policies: [{methods: ["rooms.v1.Rooms/Tell", "rooms.v1.Rooms/Join"], authenticate: {any: [api_key]}, authorize: {fields: {author: consumer.name}}}]
)");
  auth::Consumer me;
  me.name = "me";
  identity_.consumer = &me;
  for (const std::string_view path : {"/tell/a", "/join/a"}) {
    Begin("POST", path);
    exchange_->Give("{\"author\":\"you\"}\n");
    Serve();
    EXPECT_EQ(backend_->calls(), 0u) << "nobody is called";
    EXPECT_EQ(exchange_->reply_status(), 403);
    EXPECT_THAT(outcome_.message(), testing::StartsWith("element 1: "));
    EXPECT_TRUE(ended_);
  }
  for (const std::string_view path : {"/tell/a", "/join/a"}) {
    Begin("POST", path);
    exchange_->Give("{\"author\":\"me\"}\n");
    Serve();
    EXPECT_THAT(call().heard, SizeIs(1));
    exchange_->Give("{\"author\":\"me\"}\n{\"author\":\"you\"}\n");
    ExpectThirdElementRefused(403, Reason::kForbidden);
    ExpectEnded();
  }
}

TEST_F(RestRequests, AreEachChargedWhatTheyCost) {
  Configure(R"(rate_limits: {budget: {limits: [{quota: 100/h}]}}
policies: [{methods: ["rooms.v1.Rooms/Tell"], rate_limits: [{limit: budget, cost: {field: cost, max: 1000}}]}]
)");
  Begin("POST", "/tell/a");
  exchange_->Give("{\"cost\":40}\n{\"cost\":40}\n");
  Serve();
  EXPECT_THAT(call().heard, SizeIs(2));
  exchange_->Give("{\"cost\":30}\n");
  ExpectThirdElementRefused(429, Reason::kQuotaExceeded);
  EXPECT_NE(exchange_->HeaderOfReply("retry-after"), "");
  ExpectEnded();
  // Many messages of one request have no bound of their own.
  Begin("POST", "/tell/a");
  exchange_->Give("{\"cost\":1}\n");
  Serve();
  for (int i = 0; i < 18; ++i) exchange_->Give("{\"cost\":1}\n");
  EXPECT_FALSE(call().cancelled);
  exchange_->Leave();
  ExpectEnded();
}

}  // namespace
}  // namespace dragoman::dialects::rest
