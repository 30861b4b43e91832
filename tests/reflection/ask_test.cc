#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/loop.h"
#include "played_backend.h"
#include "played_reflection.h"
#include "reflection/reflection.h"

namespace dragoman::reflection {
namespace {

class AskTest : public testing::Test {
 protected:
  void Begin(const Credentials& credentials = {}) {
    credentials_ = credentials;
    loop_.Spawn(Run());
  }
  // The server answers every question that has come on that call and has no answer yet.
  void Answer(size_t call, PlayedReflection& server) {
    PlayedBackend::Side& side = backend_.call(call);
    for (size_t& next = answered_[call]; next < side.heard.size() && !side.gone;) side.Say(server.Answer(side.heard[next++]));
  }
  std::string what() const { return answer_ && !*answer_ ? answer_->error().what : answer_ ? "answered" : "waits"; }

  Loop loop_;
  PlayedBackend backend_;
  Credentials credentials_;
  std::optional<tl::expected<Descriptors, Failure>> answer_;

 private:
  Task<void> Run() {
    answer_.emplace(co_await Ask(backend_, "shop", credentials_));
  }
  std::map<size_t, size_t> answered_;
};

const std::map<std::string, std::string>& Shop() {
  static const std::map<std::string, std::string> kFiles = {
      {"catalog.proto", PlayedFile("catalog.proto", "shop", {"Catalog"}, {"item.proto"})},
      {"item.proto", PlayedFile("item.proto", "shop", {})}};
  return kFiles;
}

constexpr const char* kV1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr const char* kV1Alpha = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

TEST_F(AskTest, AsksOnOneCallAndEndsItInGoodOrder) {
  PlayedReflection server(Shop());
  Begin();
  ASSERT_EQ(backend_.calls(), 1u);
  EXPECT_EQ(backend_.call().path, kV1);
  Answer(0, server);
  EXPECT_TRUE(backend_.call().heard_end);
  EXPECT_EQ(what(), "waits");
  backend_.call().End(Status());
  ASSERT_EQ(what(), "answered");
  EXPECT_THAT((*answer_)->services, testing::ElementsAre("shop.Catalog"));
  EXPECT_EQ((*answer_)->files, 2u);
  EXPECT_FALSE(backend_.call().cancelled);
  EXPECT_EQ(backend_.calls(), 1u);
}

TEST_F(AskTest, FallsBackToV1Alpha) {
  PlayedReflection server(Shop());
  Begin();
  backend_.call(0).End(Status(Code::kUnimplemented, "unknown service grpc.reflection.v1.ServerReflection"));
  ASSERT_EQ(backend_.calls(), 2u);
  EXPECT_EQ(backend_.call(1).path, kV1Alpha);
  EXPECT_EQ(backend_.call(1).deadline, backend_.call(0).deadline);
  Answer(1, server);
  backend_.call(1).End(Status());
  EXPECT_EQ(what(), "answered");
}

TEST_F(AskTest, SaysHowToDoWithoutReflection) {
  Begin();
  backend_.call(0).End(Status(Code::kUnimplemented, ""));
  backend_.call(1).End(Status(Code::kUnimplemented, ""));
  EXPECT_EQ(what(),
            "backend \"shop\" implements no server reflection, neither grpc.reflection.v1 nor v1alpha; switch it on in the server, or "
            "give its descriptors as a file (descriptors: [{file: api.pb}], or --descriptors api.pb), which this makes: protoc -I protos "
            "--include_imports --include_source_info --descriptor_set_out=api.pb protos/shop/v1/*.proto");
  EXPECT_EQ(answer_->error().kind, Failure::Kind::kNotImplemented);
  EXPECT_EQ(backend_.calls(), 2u);
}

TEST_F(AskTest, AsksOnceMoreIfTheServerChanges) {
  PlayedReflection changing(Shop());
  PlayedReflection server(Shop());
  Begin();
  backend_.call().Say(changing.Answer(backend_.call().heard[0]));
  changing.services.emplace_back("shop.New");
  for (size_t next = 1; !backend_.call().gone; ++next) backend_.call().Say(changing.Answer(backend_.call().heard.at(next)));
  ASSERT_EQ(backend_.calls(), 2u);
  Answer(1, server);
  backend_.call(1).End(Status());
  EXPECT_EQ(what(), "answered");
}

TEST_F(AskTest, GivesUpOnHalfASchemaTheSecondTime) {
  PlayedReflection server(Shop());
  server.files.erase("item.proto");
  Begin();
  Answer(0, server);
  ASSERT_EQ(backend_.calls(), 2u);
  Answer(1, server);
  EXPECT_EQ(backend_.calls(), 2u);
  EXPECT_EQ(what(), "backend \"shop\" has no file \"item.proto\", which \"catalog.proto\" imports: NOT_FOUND \"file not found\"; link that file's "
                    "descriptors into the server, under that name");
  EXPECT_EQ(answer_->error().kind, Failure::Kind::kIncomplete);
}

TEST_F(AskTest, TellsHowTheCallEnded) {
  struct Case {
    Status status;
    Failure::Kind kind;
    const char* what;
  };
  const Case cases[] = {
      {Status(Reason::kBackendUnavailable, "backend \"shop\": cannot connect to 127.0.0.1:1: Connection refused"), Failure::Kind::kUnreachable,
       "backend \"shop\": cannot connect to 127.0.0.1:1: Connection refused"},
      {Status(Reason::kDeadlineExceeded, "no answer from backend \"shop\" within 10 s"), Failure::Kind::kUnreachable,
       "no answer from backend \"shop\" within 10 s"},
      {Status(Code::kUnavailable, "later"), Failure::Kind::kUnreachable, "backend \"shop\" answers reflection with UNAVAILABLE \"later\""},
      {Status(Code::kUnauthenticated, "who?"), Failure::Kind::kRefused, "backend \"shop\" answers reflection with UNAUTHENTICATED \"who?\""},
      {Status(Code::kUnknown, "no content-type"), Failure::Kind::kRefused, "backend \"shop\" answers reflection with UNKNOWN \"no content-type\""},
      {Status(Code::kInternal, ""), Failure::Kind::kRefused, "backend \"shop\" answers reflection with INTERNAL"},
      {Status(Reason::kResponseTooLarge, "backend \"shop\" sent a message over 5 bytes"), Failure::Kind::kTooMuch,
       "backend \"shop\" sent a message over 5 bytes"},
      {Status(Reason::kBackendProtocolError, "backend \"shop\" broke HTTP/2: x"), Failure::Kind::kBadAnswer, "backend \"shop\" broke HTTP/2: x"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const size_t call = backend_.calls();
    Begin();
    backend_.call(call).End(c.status);
    const bool advice = c.kind == Failure::Kind::kBadAnswer || c.status.code() == Code::kUnknown;
    EXPECT_EQ(what(), c.what + (advice ? "; put that right, or " + std::string(kFileInstead) : ""));
    EXPECT_EQ(answer_->error().kind, c.kind);
    EXPECT_EQ(backend_.calls(), call + 1);
  }
}

TEST_F(AskTest, AsksOnceMoreIfTheCallEndsEarly) {
  PlayedReflection server(Shop());
  Begin();
  backend_.call(0).Say(server.Answer(backend_.call(0).heard[0]));
  backend_.call(0).End(Status());
  ASSERT_EQ(backend_.calls(), 2u);
  backend_.call(1).End(Status());
  EXPECT_EQ(what(), "backend \"shop\" ends the call before it has answered everything");
}

TEST_F(AskTest, ShowsCredentialsAndTellsThatTheyWereRefused) {
  int refused = 0;
  TimePoint until;
  const auto attach = [&until](Credentials::Metadata& metadata, TimePoint deadline) -> Task<Status> {
    until = deadline;
    metadata.push_back({"authorization", "Bearer x"});
    co_return Status();
  };
  Begin({.attach = attach, .refused = [&refused] { ++refused; }});
  EXPECT_EQ(backend_.call().deadline, until);
  backend_.call().End(Status(Code::kUnauthenticated, ""));
  EXPECT_EQ(refused, 1);
}

TEST_F(AskTest, CallsNobodyWithoutItsCredentials) {
  const auto attach = [](Credentials::Metadata&, TimePoint) -> Task<Status> {
    co_return Status(Reason::kBackendUnavailable, "backend \"shop\": no access token from issuer:443: Connection refused");
  };
  Begin({.attach = attach, .refused = {}});
  EXPECT_EQ(backend_.calls(), 0u);
  EXPECT_EQ(what(), "backend \"shop\": no access token from issuer:443: Connection refused");
}

}  // namespace
}  // namespace dragoman::reflection
