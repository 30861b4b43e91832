#include "exchange/reply_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "fake_exchange.h"
#include "run_until.h"

namespace dragoman {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StreamFormatOf, FollowsWhatTheClientWants) {
  struct Case {
    std::string_view accept;
    StreamFormat format;
    std::optional<StreamFormat> named;
  };
  const std::optional<StreamFormat> none;
  const Case cases[] = {
      {"", StreamFormat::kLines, none},
      {"*/*", StreamFormat::kLines, none},
      {"text/event-stream", StreamFormat::kEvents, StreamFormat::kEvents},
      {"Text/Event-Stream", StreamFormat::kEvents, StreamFormat::kEvents},
      {"application/json", StreamFormat::kArray, none},
      {"application/x-ndjson", StreamFormat::kLines, StreamFormat::kLines},
      {"application/json, text/plain, */*", StreamFormat::kArray, none},
      {"application/json, text/event-stream", StreamFormat::kEvents, StreamFormat::kEvents},
      {"application/json, application/x-ndjson", StreamFormat::kLines, StreamFormat::kLines},
      {"application/json;q=0.9, text/event-stream;q=0.1", StreamFormat::kArray, none},
      {"application/x-ndjson;q=0.5, application/json;q=0.9", StreamFormat::kArray, none},
      {"application/x-ndjson;q=0.9, application/json;q=0.5", StreamFormat::kLines, StreamFormat::kLines},
      {"text/event-stream;q=0, application/json", StreamFormat::kArray, none},
      {"application/*", StreamFormat::kLines, none},
      {"text/*", StreamFormat::kEvents, none},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", StreamFormat::kLines, none},
      {"image/png", StreamFormat::kLines, none},
      {"application/x-ndjson, */*;q=0.1", StreamFormat::kLines, StreamFormat::kLines},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(StreamFormatOf(c.accept), c.format) << c.accept;
    EXPECT_EQ(NamedStreamOf(c.accept), c.named) << c.accept;
  }
}

// A client and a stream to it, whose values a test writes.
class ReplyStreamTest : public testing::Test {
 protected:
  void Begin(StreamFormat format, std::string_view http_method = "GET",
             Duration silence = ReplyStream::kSilence) {
    exchange_ = std::make_unique<FakeExchange>(http_method, "/v1/prices/a:watch", std::vector<Header>(), &loop_);
    stream_ = std::make_unique<ReplyStream>(
        *exchange_, format,
        [](void* self, ResponseHead& head) {
          auto& test = *static_cast<ReplyStreamTest*>(self);
          ++test.heads_;
          head.status = test.status_;
          head.headers.push_back({"x-price", "a"});
          head.headers.push_back({"cache-control", "max-age=5"});
        },
        this, silence);
  }
  void Add(std::string_view value) {
    stream_->BeginValue().Append(value);
    stream_->EndValue();
  }
  // Runs a task of the stream's; true once it has ended.
  template <typename T>
  bool Ends(Task<T> task) {
    auto ended = std::make_shared<bool>(false);
    loop_.Spawn(Await(std::move(task), ended));
    return *ended;
  }
  void ExpectWrites(const std::vector<std::string>& writes) { EXPECT_EQ(exchange_->writes, writes); }

  Loop loop_;
  std::unique_ptr<FakeExchange> exchange_;
  std::unique_ptr<ReplyStream> stream_;
  int status_ = 200;
  int heads_ = 0;

 private:
  template <typename T>
  static Task<void> Await(Task<T> task, std::shared_ptr<bool> ended) {
    (void)co_await task;
    *ended = true;
  }
  static Task<void> Await(Task<void> task, std::shared_ptr<bool> ended) {
    co_await task;
    *ended = true;
  }
};

constexpr StreamFormat kFormats[] = {StreamFormat::kLines, StreamFormat::kEvents, StreamFormat::kArray,
                                     StreamFormat::kRaw};

TEST_F(ReplyStreamTest, WritesEachFormat) {
  struct Case {
    StreamFormat format;
    std::string_view type;
    std::vector<std::string> writes;
  };
  const Case cases[] = {
      {StreamFormat::kLines, "application/x-ndjson", {"{\"a\":1}\n{\"a\":2}\n", "3\n", ""}},
      {StreamFormat::kEvents,
       "text/event-stream",
       {"data: {\"a\":1}\n\ndata: {\"a\":2}\n\n", "data: 3\n\n", "event: end\ndata: {}\n\n"}},
      {StreamFormat::kArray, "application/json", {"[{\"a\":1},{\"a\":2}", ",3", "]"}},
      {StreamFormat::kRaw, "", {"{\"a\":1}{\"a\":2}", "3", ""}},
  };
  for (const Case& c : cases) {
    Begin(c.format);
    Add(R"({"a":1})");
    Add(R"({"a":2})");
    EXPECT_FALSE(stream_->begun());
    EXPECT_TRUE(Ends(stream_->Flush()));
    EXPECT_TRUE(stream_->begun());
    Add("3");
    EXPECT_TRUE(Ends(stream_->Flush()));
    EXPECT_TRUE(Ends(stream_->Flush()));  // nothing to do
    EXPECT_FALSE(exchange_->reply_ended());
    EXPECT_TRUE(Ends(stream_->Finish()));
    ExpectWrites(c.writes);
    EXPECT_EQ(exchange_->reply_content_type, c.type);
    EXPECT_TRUE(exchange_->reply_ended());
    EXPECT_FALSE(exchange_->aborted);
    EXPECT_EQ(exchange_->HeaderOfReply("x-price"), "a");
  }
}

TEST_F(ReplyStreamTest, IsOneWholeResponseWhereItEndsBeforeAnythingHasLeft) {
  const std::pair<StreamFormat, std::string> cases[] = {{StreamFormat::kLines, "1\n2\n"},
                                                        {StreamFormat::kEvents, "data: 1\n\ndata: 2\n\nevent: end\ndata: {}\n\n"},
                                                        {StreamFormat::kArray, "[1,2]"},
                                                        {StreamFormat::kRaw, "12"}};
  for (const auto& [format, body] : cases) {
    Begin(format);
    Add("1");
    Add("2");
    EXPECT_TRUE(Ends(stream_->Finish()));
    ExpectWrites({body});
    EXPECT_TRUE(exchange_->reply_ended());
  }
}

TEST_F(ReplyStreamTest, MayHaveNoValues) {
  const std::pair<StreamFormat, std::string> cases[] = {{StreamFormat::kLines, ""},
                                                        {StreamFormat::kEvents, "event: end\ndata: {}\n\n"},
                                                        {StreamFormat::kArray, "[]"},
                                                        {StreamFormat::kRaw, ""}};
  for (const auto& [format, body] : cases) {
    Begin(format);
    EXPECT_TRUE(Ends(stream_->Finish()));
    ExpectWrites({body});
  }
}

TEST_F(ReplyStreamTest, TakesBackWhatIsNoValue) {
  const std::pair<StreamFormat, std::string> cases[] = {{StreamFormat::kLines, "1\n2\n"},
                                                        {StreamFormat::kEvents, "data: 1\n\ndata: 2\n\nevent: end\ndata: {}\n\n"},
                                                        {StreamFormat::kArray, "[1,2]"},
                                                        {StreamFormat::kRaw, "12"}};
  for (const auto& [format, body] : cases) {
    Begin(format);
    stream_->BeginValue().Append("{\"hal");
    stream_->TakeBack();
    EXPECT_FALSE(stream_->has_values());
    Add("1");
    stream_->BeginValue().Append("{\"hal");
    stream_->TakeBack();
    Add("2");
    EXPECT_TRUE(Ends(stream_->Finish()));
    ExpectWrites({body});
  }
}

TEST_F(ReplyStreamTest, DoesNotLookCompleteWhereItFails) {
  struct Case {
    StreamFormat format;
    std::string body;
    bool aborted;
  };
  const Case cases[] = {
      {StreamFormat::kLines, "1\n2\n{\"@error\":{\"code\":5}}\n", false},
      {StreamFormat::kEvents, "data: 1\n\ndata: 2\n\nevent: error\ndata: {\"code\":5}\n\n", false},
      {StreamFormat::kArray, "[1,2", true},
      {StreamFormat::kRaw, "12", true},
  };
  for (const Case& c : cases) {
    for (const bool begun : {true, false}) {
      Begin(c.format);
      Add("1");
      if (begun) {
        EXPECT_TRUE(Ends(stream_->Flush()));
      }
      Add("2");
      EXPECT_TRUE(Ends(stream_->Fail(R"({"code":5})")));
      EXPECT_EQ(exchange_->reply_body, c.body);
      EXPECT_EQ(exchange_->aborted, c.aborted);
      EXPECT_TRUE(exchange_->reply_ended());
      EXPECT_EQ(exchange_->reply_status(), 200);
    }
  }
}

TEST_F(ReplyStreamTest, HasNothingSentWhenItIsStoppedBeforeTheFirstValue) {
  Begin(StreamFormat::kEvents);
  EXPECT_TRUE(Ends(stream_->Stop()));
  EXPECT_FALSE(stream_->begun());
  EXPECT_FALSE(exchange_->reply_begun());
  EXPECT_EQ(heads_, 0);
}

TEST_F(ReplyStreamTest, TellsEverybodyBetweenToPassEventsOn) {
  for (const StreamFormat format : kFormats) {
    Begin(format);
    Add("1");
    EXPECT_TRUE(Ends(stream_->Flush()));
    const bool events = format == StreamFormat::kEvents;
    EXPECT_EQ(exchange_->HeaderOfReply("cache-control"), events ? "no-store" : "max-age=5");
    EXPECT_EQ(exchange_->HeaderOfReply("x-accel-buffering"), events ? "no" : "");
    EXPECT_TRUE(Ends(stream_->Finish()));
  }
}

TEST_F(ReplyStreamTest, EndsWithItsHeadWhereThereIsNoBody) {
  struct Case {
    std::string_view http_method;
    int status;
  };
  for (const Case& c : {Case{"HEAD", 200}, Case{"GET", 204}, Case{"GET", 304}}) {
    for (const StreamFormat format : kFormats) {
      status_ = c.status;
      Begin(format, c.http_method);
      Add("1");
      EXPECT_FALSE(stream_->ended());
      EXPECT_TRUE(Ends(stream_->Flush()));
      EXPECT_TRUE(stream_->ended());
      EXPECT_TRUE(exchange_->reply_ended());
      const size_t writes = exchange_->writes.size();
      Add("2");
      EXPECT_TRUE(Ends(stream_->Flush()));
      EXPECT_TRUE(Ends(stream_->Finish()));
      EXPECT_EQ(exchange_->writes.size(), writes);
    }
  }
}

TEST_F(ReplyStreamTest, SendsTheHeadOfAnEmptyFirstPiece) {
  Begin(StreamFormat::kRaw);
  Add("");
  EXPECT_TRUE(Ends(stream_->Flush()));
  EXPECT_TRUE(exchange_->reply_begun());
  Add("");
  EXPECT_TRUE(Ends(stream_->Flush()));
  ExpectWrites({""});
  EXPECT_TRUE(Ends(stream_->Finish()));
}

TEST_F(ReplyStreamTest, WaitsForTheClient) {
  Begin(StreamFormat::kLines);
  exchange_->HoldWrites();
  Add("1");
  EXPECT_FALSE(Ends(stream_->Flush()));
  EXPECT_TRUE(exchange_->writing());
  exchange_->TakeWrites();
  ExpectWrites({"1\n"});
  EXPECT_TRUE(Ends(stream_->Finish()));
}

TEST_F(ReplyStreamTest, WritesNothingMoreOnceTheClientIsGone) {
  for (const StreamFormat format : kFormats) {
    Begin(format);
    Add("1");
    exchange_->HoldWrites();
    EXPECT_FALSE(Ends(stream_->Flush()));
    exchange_->Leave();
    EXPECT_THAT(exchange_->writes, IsEmpty());
    Add("2");
    EXPECT_TRUE(Ends(stream_->Flush()));
    EXPECT_TRUE(Ends(stream_->Fail("{}")));
    EXPECT_THAT(exchange_->writes, IsEmpty());
  }
}

TEST_F(ReplyStreamTest, CollectsUpToABound) {
  Begin(StreamFormat::kLines);
  Add(std::string(ReplyStream::kCollectBytes - 2, 'x'));
  EXPECT_FALSE(stream_->full());
  Add("");
  EXPECT_TRUE(stream_->full());
  EXPECT_TRUE(Ends(stream_->Flush()));
  EXPECT_FALSE(stream_->full());
  EXPECT_TRUE(Ends(stream_->Finish()));
}

constexpr Duration kShort = std::chrono::milliseconds(5);

TEST_F(ReplyStreamTest, SendsItsHeadAfterSilence) {
  for (const StreamFormat format : kFormats) {
    if (format == StreamFormat::kRaw) continue;
    heads_ = 0;
    Begin(format, "GET", kShort);
    ASSERT_TRUE(RunUntil(loop_, [&] { return exchange_->reply_begun(); }));
    EXPECT_EQ(heads_, 1);
    EXPECT_TRUE(stream_->begun());
    EXPECT_FALSE(stream_->has_values());
    EXPECT_EQ(exchange_->writes[0], format == StreamFormat::kEvents ? ":\n\n" : "");
    const size_t before = exchange_->reply_body.size();
    Add("1");
    EXPECT_TRUE(Ends(stream_->Fail("{}")));
    EXPECT_EQ(heads_, 1);
    EXPECT_GT(exchange_->reply_body.size(), before);
  }
}

TEST_F(ReplyStreamTest, OfBytesHasNoHeadBeforeTheirTypeIsKnown) {
  Begin(StreamFormat::kRaw, "GET", kShort);
  bool passed = false;
  Timer timer(loop_, [](void* flag) { *static_cast<bool*>(flag) = true; }, &passed);
  timer.ArmAfter(4 * kShort);
  ASSERT_TRUE(RunUntil(loop_, [&] { return passed; }));
  EXPECT_FALSE(exchange_->reply_begun());
  Add("1");
  EXPECT_TRUE(Ends(stream_->Finish()));
}

TEST_F(ReplyStreamTest, CommentsAgainAndAgainWhileThereAreNoEvents) {
  Begin(StreamFormat::kEvents, "GET", kShort);
  Add("1");
  EXPECT_TRUE(Ends(stream_->Flush()));
  ASSERT_TRUE(RunUntil(loop_, [&] { return exchange_->writes.size() >= 4; }));
  EXPECT_THAT(exchange_->writes, ElementsAre("data: 1\n\n", ":\n\n", ":\n\n", ":\n\n"));
  EXPECT_TRUE(Ends(stream_->Finish()));
}

TEST_F(ReplyStreamTest, HasAValueWaitForTheCommentThatTheClientDoesNotTake) {
  Begin(StreamFormat::kEvents, "GET", kShort);
  exchange_->HoldWrites();
  ASSERT_TRUE(RunUntil(loop_, [&] { return exchange_->writing(); }));
  Add("1");
  EXPECT_FALSE(Ends(stream_->Flush()));
  exchange_->TakeWrites();
  EXPECT_THAT(exchange_->writes, ElementsAre(":\n\n", "data: 1\n\n"));
  EXPECT_TRUE(Ends(stream_->Finish()));
}

TEST_F(ReplyStreamTest, WritesNoCommentIntoAValueThatTheClientDoesNotTake) {
  Begin(StreamFormat::kEvents, "GET", kShort);
  exchange_->HoldWrites();
  Add("1");
  EXPECT_FALSE(Ends(stream_->Flush()));
  const TimePoint later = Clock::now() + 10 * kShort;
  ASSERT_TRUE(RunUntil(loop_, [&] { return Clock::now() > later; }, std::chrono::milliseconds(5)));
  exchange_->TakeWrites();
  EXPECT_EQ(exchange_->writes[0], "data: 1\n\n");
  EXPECT_TRUE(Ends(stream_->Finish()));
}

TEST_F(ReplyStreamTest, IsStoppedOnceAHeartbeatUnderWayHasEnded) {
  Begin(StreamFormat::kEvents, "GET", kShort);
  exchange_->HoldWrites();
  ASSERT_TRUE(RunUntil(loop_, [&] { return exchange_->writing(); }));
  EXPECT_FALSE(Ends(stream_->Stop()));
  exchange_->Leave();
  EXPECT_FALSE(exchange_->writing());
  stream_.reset();
}

TEST_F(ReplyStreamTest, TellsThatSilenceHasEndedWhatHasNoBody) {
  Begin(StreamFormat::kLines, "HEAD", kShort);
  bool told = false;
  stream_->WatchEnd([](void* flag) { *static_cast<bool*>(flag) = true; }, &told);
  ASSERT_TRUE(RunUntil(loop_, [&] { return told; }));
  EXPECT_TRUE(stream_->ended());
  EXPECT_TRUE(exchange_->reply_ended());
  EXPECT_TRUE(Ends(stream_->Stop()));
}

}  // namespace
}  // namespace dragoman
