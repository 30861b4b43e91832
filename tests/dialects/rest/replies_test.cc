#include <algorithm>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "rest_fixture.h"

// RPCs whose replies stream.
namespace dragoman::dialects::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using RestReplies = RestTest;

TEST_F(RestReplies, OfOneTurnLeaveInOneWrite) {
  Begin("GET", "/watch/a?text=x");
  Serve();
  ASSERT_EQ(backend_->calls(), 1u);
  EXPECT_EQ(call().path, "/rooms.v1.Rooms/Watch");
  EXPECT_EQ(call().deadline, TimePoint::max());
  EXPECT_THAT(call().heard, ElementsAre(Wire("", "a") + Wire("x")));
  EXPECT_TRUE(call().heard_end);
  EXPECT_FALSE(exchange_->reply_begun());
  call().SayAll({Wire("1"), Wire("2"), Wire("3")});
  EXPECT_THAT(exchange_->writes, ElementsAre("{\"text\":\"1\"}\n{\"text\":\"2\"}\n{\"text\":\"3\"}\n"));
  call().Say(Wire("4"));
  EXPECT_THAT(exchange_->writes, testing::SizeIs(2));
  call().SayAll({Wire("5"), Wire("6")}, Status());
  EXPECT_THAT(exchange_->writes, ElementsAre(testing::_, "{\"text\":\"4\"}\n", "{\"text\":\"5\"}\n{\"text\":\"6\"}\n"));
  EXPECT_TRUE(outcome_.ok());
  ExpectEnded();
  EXPECT_EQ(metrics_->rpcs()[router_->routes()[0].rpc_index].open_streams.Get(), 0u);
}

TEST_F(RestReplies, AreOneWholeResponseWhereTheyComeTogether) {
  Begin("GET", "/watch/a", {{"accept", "application/json"}});
  Serve();
  call().SayAll({Wire("1"), Wire("2")}, Status());
  EXPECT_THAT(exchange_->writes, ElementsAre(R"([{"text":"1"},{"text":"2"}])"));
  ExpectEnded();
}

TEST_F(RestReplies, AreNotReceivedBeforeTheClientHasTakenThoseBefore) {
  Begin("GET", "/watch/a");
  Serve();
  exchange_->HoldWrites();
  call().SayAll({Wire("1"), Wire("2")});
  EXPECT_TRUE(exchange_->writing());
  call().SayAll({Wire("3"), Wire("4"), Wire("5")});
  EXPECT_EQ(call().untaken(), 3u);
  EXPECT_FALSE(call().receiving());
  exchange_->TakeWrites();
  EXPECT_EQ(call().untaken(), 0u);
  EXPECT_TRUE(call().receiving());
  call().End(Status());
  EXPECT_EQ(exchange_->reply_body, "{\"text\":\"1\"}\n{\"text\":\"2\"}\n{\"text\":\"3\"}\n{\"text\":\"4\"}\n{\"text\":\"5\"}\n");
  ExpectEnded();
}

TEST_F(RestReplies, AreCollectedUpToABound) {
  Begin("GET", "/watch/a");
  Serve();
  exchange_->HoldWrites();
  const std::string text(100, 'x');
  call().SayAll(std::vector<std::string>(2000, Wire(text)), Status());
  EXPECT_TRUE(exchange_->writing());
  EXPECT_GT(call().untaken(), 1000u);
  exchange_->TakeWrites();
  for (const std::string& write : exchange_->writes) EXPECT_LE(write.size(), ReplyStream::kCollectBytes + 200);
  EXPECT_EQ(exchange_->reply_body.size(), 2000 * (text.size() + 12));
  ExpectEnded();
}

TEST_F(RestReplies, HaveInitialMetadataAsHeaders) {
  Begin("GET", "/watch/a");
  Serve();
  call().Tell({{"x-shelf", "7"}, {"x-http-code", "203"}, {"grpc-encoding", "identity"}});
  call().Say(Wire("1"));
  call().End(Status(), {{"x-late", "1"}});
  EXPECT_EQ(exchange_->reply_status(), 203);
  EXPECT_EQ(exchange_->HeaderOfReply("x-shelf"), "7");
  EXPECT_EQ(exchange_->HeaderOfReply("x-http-code"), "");
  EXPECT_EQ(exchange_->HeaderOfReply("x-late"), "");
  EXPECT_EQ(exchange_->HeaderOfReply("x-request-id"), "request-1");
  ExpectEnded();
}

TEST_F(RestReplies, HaveTrailersAsHeadersOnlyWhereNothingHasBegun) {
  Begin("GET", "/watch/a");
  Serve();
  call().End(Status(), {{"x-late", "1"}, {"x-http-code", "202"}});
  EXPECT_EQ(exchange_->HeaderOfReply("x-late"), "1");
  EXPECT_EQ(exchange_->reply_status(), 202);
  ExpectEnded();

  Begin("GET", "/watch/a");
  Serve();
  call().End(Status(Code::kNotFound, "no room"), {{"x-late", "1"}});
  EXPECT_EQ(exchange_->HeaderOfReply("x-late"), "1");
  EXPECT_EQ(exchange_->reply_status(), 404);
  EXPECT_EQ(outcome_.code(), Code::kNotFound);
  ExpectEnded();
}

// RFC 9110 section 10.2.3: there is one value.
TEST_F(RestReplies, RetryAfterIsSaidOnce) {
  Begin("GET", "/watch/a");
  Serve();
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(7);
  google::rpc::Status sent;
  sent.add_details()->PackFrom(retry);
  call().End(Status(Code::kUnavailable, "later").WithDetails(sent.SerializeAsString()), {{"retry-after", "3"}, {"x-late", "1"}});
  EXPECT_EQ(exchange_->HeaderOfReply("retry-after"), "7");
  EXPECT_EQ(std::ranges::count(exchange_->reply_headers, "retry-after", &std::pair<std::string, std::string>::first), 1);
  EXPECT_EQ(exchange_->HeaderOfReply("x-late"), "1");
}

TEST_F(RestReplies, WithABadHttpCodeAreAnError) {
  for (const bool empty : {true, false}) {
    Begin("GET", "/watch/a");
    Serve();
    call().Tell({{"x-http-code", "99"}});
    if (empty) {
      call().End(Status());
    } else {
      call().Say(Wire("1"));
      EXPECT_TRUE(call().cancelled);
    }
    EXPECT_EQ(exchange_->reply_status(), 500);
    EXPECT_THAT(exchange_->reply_body, HasSubstr("x-http-code"));
    EXPECT_THAT(exchange_->reply_body, HasSubstr("REPLY_NOT_RENDERABLE"));
    ExpectEnded();
  }
}

TEST_F(RestReplies, ThatHaveNoBodyEndWithTheHead) {
  Begin("HEAD", "/watch/a");
  Serve();
  call().Say(Wire("1"));
  EXPECT_TRUE(call().cancelled);
  EXPECT_EQ(exchange_->reply_status(), 200);
  EXPECT_EQ(exchange_->reply_body, "");
  EXPECT_TRUE(outcome_.ok());
  ExpectEnded();

  Begin("GET", "/watch/a");
  Serve();
  call().Tell({{"x-http-code", "204"}});
  call().Say(Wire("1"));
  EXPECT_TRUE(call().cancelled);
  EXPECT_EQ(exchange_->reply_status(), 204);
  ExpectEnded();
}

TEST_F(RestReplies, WithoutJsonEndTheStream) {
  const std::string bad = Wire("\xff");
  Begin("GET", "/watch/a");
  Serve();
  call().SayAll({bad, Wire("2")});
  EXPECT_TRUE(call().cancelled);
  EXPECT_EQ(exchange_->reply_status(), 500);
  EXPECT_THAT(exchange_->reply_body, HasSubstr("REPLY_NOT_RENDERABLE"));
  EXPECT_EQ(outcome_.reason(), Reason::kReplyNotRenderable);
  ExpectEnded();

  struct Case {
    std::string_view accept;
    std::string_view begin;
    bool aborted;
  };
  const Case cases[] = {{"*/*", "{\"text\":\"1\"}\n{\"@error\":{\"code\":13,", false},
                        {"text/event-stream", "data: {\"text\":\"1\"}\n\nevent: error\ndata: {\"code\":13,", false},
                        {"application/json", R"([{"text":"1"})", true}};
  for (const Case& c : cases) {
    for (const bool together : {true, false}) {
      Begin("GET", "/watch/a", {{"accept", c.accept}});
      Serve();
      if (together) {
        call().SayAll({Wire("1"), bad, Wire("2")});
      } else {
        call().Say(Wire("1"));
        call().Say(bad);
      }
      EXPECT_TRUE(call().cancelled);
      EXPECT_EQ(exchange_->reply_status(), 200);
      EXPECT_TRUE(exchange_->reply_body.starts_with(c.begin)) << exchange_->reply_body;
      EXPECT_EQ(exchange_->aborted, c.aborted);
      EXPECT_EQ(exchange_->reply_body.find("\"2\""), std::string::npos);
      ExpectEnded();
    }
  }
}

TEST_F(RestReplies, ThatFailLaterDoNotLookComplete) {
  for (const bool together : {true, false}) {
    Begin("GET", "/watch/a");
    Serve();
    if (together) {
      call().SayAll({Wire("1")}, Status(Code::kAborted, "enough"));
    } else {
      call().Say(Wire("1"));
      call().End(Status(Code::kAborted, "enough"));
    }
    EXPECT_EQ(exchange_->reply_body, "{\"text\":\"1\"}\n{\"@error\":{\"code\":10,\"message\":\"enough\",\"details\":[]}}\n");
    EXPECT_EQ(outcome_.code(), Code::kAborted);
    ExpectEnded();
  }
}

TEST_F(RestReplies, EndWhenTheClientLeaves) {
  for (const bool writing : {false, true}) {
    Begin("GET", "/watch/a");
    Serve();
    call().Say(Wire("1"));
    if (writing) {
      exchange_->HoldWrites();
      call().Say(Wire("2"));
      EXPECT_TRUE(exchange_->writing());
    }
    exchange_->Leave();
    EXPECT_TRUE(call().cancelled);
    EXPECT_EQ(outcome_.code(), Code::kCancelled);
    ExpectEnded();
  }
}

TEST_F(RestReplies, OfHttpBodiesAreTheirBytes) {
  Begin("GET", "/files/a", {{"accept", "text/event-stream"}});
  Serve();
  call().Say(BodyWire("image/png", ""));
  EXPECT_EQ(exchange_->reply_content_type, "image/png");
  call().SayAll({BodyWire("", "\x01\x02"), BodyWire("text/plain", "abc")});
  call().End(Status());
  EXPECT_EQ(exchange_->reply_body, "\x01\x02" "abc");
  ExpectEnded();

  Begin("GET", "/files/a");
  Serve();
  call().Say(BodyWire("image/png", "\x01"));
  call().End(Status(Code::kDataLoss, "torn"));
  EXPECT_TRUE(exchange_->aborted);
  EXPECT_EQ(exchange_->reply_body, "\x01");
  ExpectEnded();
}

TEST_F(RestReplies, AreAskedForByARequestThatIsReadAsAnyOther) {
  Begin("GET", "/watch/a?nothing=1");
  Serve();
  EXPECT_EQ(backend_->calls(), 0u);
  EXPECT_EQ(exchange_->reply_status(), 400);
  EXPECT_TRUE(ended_);
}

}  // namespace
}  // namespace dragoman::dialects::rest
