#include "reflection/inquiry.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "grpc/reflection/v1/reflection.pb.h"
#include "played_reflection.h"

namespace dragoman::reflection {
namespace {

using testing::ElementsAre;
namespace v1 = grpc::reflection::v1;

// Asks the server until everything is known, or something went wrong.
std::optional<Failure> Play(Inquiry& inquiry, PlayedReflection& server) {
  std::vector<std::string> asked;
  while (!inquiry.done()) {
    while (std::optional<std::string> question = inquiry.Next()) asked.push_back(*question);
    if (asked.empty()) return Failure{Failure::Kind::kBadAnswer, "nothing is asked, and not everything known"};
    const std::string answer = server.Answer(asked.front());
    asked.erase(asked.begin());
    if (std::optional<Failure> failure = inquiry.Take(answer)) return failure;
  }
  return std::nullopt;
}

std::vector<std::string> FilesOf(const Descriptors& descriptors) {
  google::protobuf::FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromString(descriptors.set));
  EXPECT_EQ(static_cast<size_t>(set.file_size()), descriptors.files);
  std::vector<std::string> names;
  for (const auto& file : set.file()) names.push_back(file.name());
  return names;
}

const std::map<std::string, std::string>& Shop() {
  static const std::map<std::string, std::string> kFiles = {
      {"catalog.proto", PlayedFile("catalog.proto", "shop", {"Catalog", "Search"}, {"item.proto", "google/api/annotations.proto"})},
      {"orders.proto", PlayedFile("orders.proto", "shop", {"Orders"}, {"item.proto", "google/protobuf/timestamp.proto"})},
      {"item.proto", PlayedFile("item.proto", "shop", {}, {"money.proto"})},
      {"money.proto", PlayedFile("money.proto", "shop", {})},
      {"health.proto", PlayedFile("health.proto", "grpc.health.v1", {"Health"})}};
  return kFiles;
}

TEST(Inquiry, FollowsImportsThatTheAnswersDidNotBring) {
  PlayedReflection server(Shop());
  Inquiry inquiry;
  const auto failure = Play(inquiry, server);
  ASSERT_FALSE(failure) << failure->what;
  // The second service of a file is not asked for; of health nobody asks.
  EXPECT_THAT(server.asked(),
              ElementsAre("list", "symbol shop.Catalog", "symbol shop.Orders", "file item.proto",
                          "file google/api/annotations.proto", "file google/protobuf/timestamp.proto", "file money.proto", "list"));
  const Descriptors descriptors = std::move(inquiry).Finish();
  EXPECT_THAT(descriptors.services, ElementsAre("shop.Catalog", "shop.Orders", "shop.Search"));
  EXPECT_THAT(FilesOf(descriptors), ElementsAre("catalog.proto", "item.proto", "money.proto", "orders.proto"));
}

TEST(Inquiry, AsksForNothingThatCameAlready) {
  PlayedReflection server(Shop(), PlayedReflection::Brings::kImports);
  Inquiry inquiry;
  ASSERT_FALSE(Play(inquiry, server));
  EXPECT_THAT(server.asked(), ElementsAre("list", "symbol shop.Catalog", "symbol shop.Orders",
                                          "file google/api/annotations.proto", "file google/protobuf/timestamp.proto", "list"));
}

TEST(Inquiry, ComesToTheSameHoweverTheAnswersAreCut) {
  std::vector<Descriptors> all;
  for (const auto brings : {PlayedReflection::Brings::kOneFile, PlayedReflection::Brings::kImports, PlayedReflection::Brings::kBackwards}) {
    PlayedReflection server(Shop(), brings);
    std::reverse(server.services.begin(), server.services.end());
    Inquiry inquiry;
    ASSERT_FALSE(Play(inquiry, server));
    all.push_back(std::move(inquiry).Finish());
  }
  EXPECT_EQ(all[0].set, all[1].set);
  EXPECT_EQ(all[0].set, all[2].set);
  EXPECT_EQ(all[0].fingerprint, all[2].fingerprint);
  EXPECT_EQ(all[0].fingerprint.size(), 32u);
}

TEST(Inquiry, TakesABuiltInFileOfTheServersOwn) {
  auto files = Shop();
  files["google/api/annotations.proto"] = PlayedFile("google/api/annotations.proto", "google.api", {});
  PlayedReflection server(files);
  Inquiry inquiry;
  ASSERT_FALSE(Play(inquiry, server));
  EXPECT_THAT(FilesOf(std::move(inquiry).Finish()), testing::Contains("google/api/annotations.proto"));
}

TEST(Inquiry, LeavesACircleOfImportsToTheSchema) {
  PlayedReflection server({{"a.proto", PlayedFile("a.proto", "a", {"A"}, {"b.proto"})}, {"b.proto", PlayedFile("b.proto", "b", {}, {"a.proto"})}});
  Inquiry inquiry;
  ASSERT_FALSE(Play(inquiry, server));
  EXPECT_THAT(server.asked(), ElementsAre("list", "symbol a.A", "file b.proto", "list"));
}

TEST(Inquiry, BelievesAnAnswerThatNamesItsQuestion) {
  std::map<std::string, std::string> files;
  for (const std::string name : {"a", "b", "c", "d"}) files[name + ".proto"] = PlayedFile(name + ".proto", name, {"S"});
  PlayedReflection server(files);
  Inquiry inquiry;
  ASSERT_FALSE(inquiry.Take(server.Answer(*inquiry.Next())));
  ASSERT_FALSE(inquiry.Take(server.Answer(*inquiry.Next())));
  const std::string first = *inquiry.Next();
  const std::string second = *inquiry.Next();
  for (const std::string& question : {second, first}) {
    v1::ServerReflectionResponse answer;
    ASSERT_TRUE(answer.ParseFromString(server.Answer(question)));
    ASSERT_TRUE(answer.mutable_original_request()->ParseFromString(question));
    answer.mutable_original_request()->set_host("whatever");
    const auto failure = inquiry.Take(answer.SerializeAsString());
    ASSERT_FALSE(failure) << failure->what;
  }
}

TEST(Inquiry, AsksOneQuestionFirstAndManyOnceItIsAnswered) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "f" + std::to_string(i);
    files[name + ".proto"] = PlayedFile(name + ".proto", name, {"S"});
  }
  PlayedReflection server(files);
  Inquiry inquiry;
  ASSERT_FALSE(inquiry.Take(server.Answer(*inquiry.Next())));
  std::vector<std::string> ahead;
  size_t most = 0;
  while (!inquiry.done()) {
    while (const auto question = inquiry.Next()) ahead.push_back(*question);
    if (inquiry.answers() == 1) {
      EXPECT_EQ(ahead.size(), 1u);
    }
    most = std::max(most, ahead.size());
    ASSERT_FALSE(ahead.empty());
    ASSERT_FALSE(inquiry.Take(server.Answer(ahead.front())));
    ahead.erase(ahead.begin());
  }
  EXPECT_EQ(most, 32u);
}

struct Fault {
  const char* name;
  std::function<void(PlayedReflection&)> break_it;  // before anything is asked
  // In its stead an answer is this one; null: the server's own.
  std::function<std::string(const std::string& question, const std::string& answer)> answer;
  Bounds bounds;
  Failure::Kind kind;
  const char* what;
};

bool IsList(const std::string& question) {
  v1::ServerReflectionRequest request;
  return request.ParseFromString(question) && request.has_list_services();
}

TEST(Inquiry, SaysWhatIsWrongWithTheAnswers) {
  const auto for_list = [](std::string said) {
    return [said](const std::string& question, const std::string& answer) { return IsList(question) ? said : answer; };
  };
  const auto for_file = [](std::string said) {
    return [said](const std::string& question, const std::string& answer) { return IsList(question) ? answer : said; };
  };
  const Fault faults[] = {
      {"garbage", {}, for_list("\xff\xff\xff"), {}, Failure::Kind::kBadAnswer,
       "answers list_services with bytes that are no ServerReflectionResponse"},
      {"nothing said", {}, for_list(""), {}, Failure::Kind::kBadAnswer, "answers list_services with something else"},
      {"another answer", {}, for_list(PlayedReflection::Files({})), {}, Failure::Kind::kBadAnswer,
       "answers list_services with something else"},
      {"no list", {}, for_list(PlayedReflection::Error(7, "not\nyou")), {}, Failure::Kind::kRefused,
       R"(answers list_services with PERMISSION_DENIED "not\nyou")"},
      {"a list that is not known", {}, for_list(PlayedReflection::Error(12, "no")), {}, Failure::Kind::kNotImplemented,
       R"(answers list_services with UNIMPLEMENTED "no")"},
      {"no services", [](PlayedReflection& server) { server.services = {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"}; },
       {}, {}, Failure::Kind::kNothing,
       "lists no service of its own, only grpc.health.v1.Health, grpc.reflection.v1.ServerReflection: is this the right server? Its services "
       "must be registered before it starts, and known to its reflection; else give their descriptors as a file (descriptors: [{file: api.pb}], "
       "or --descriptors api.pb)"},
      {"a service without a file", [](PlayedReflection& server) { server.services = {"shop.Gone"}; }, {}, {}, Failure::Kind::kIncomplete,
       R"(lists service "shop.Gone", but has no file for it: NOT_FOUND "symbol not found"; register the service's descriptors with its reflection)"},
      {"a list in a file's stead", {}, for_file(PlayedReflection::List({"a"})), {}, Failure::Kind::kBadAnswer,
       R"(answers the file of service "shop.Catalog" with something else)"},
      {"another file", {}, for_file(PlayedReflection::Files({PlayedFile("x.proto", "x", {"X"})})), {}, Failure::Kind::kIncomplete,
       R"(answers the file of service "shop.Catalog" with other files)"},
      {"no file", {}, for_file(PlayedReflection::Files({})), {}, Failure::Kind::kIncomplete,
       R"(answers the file of service "shop.Catalog" with other files)"},
      {"a file of garbage", {}, for_file(PlayedReflection::Files({"\xff\xff"})), {}, Failure::Kind::kBadAnswer,
       "sends a file that is no FileDescriptorProto"},
      {"a file without a name", {}, for_file(PlayedReflection::Files({""})), {}, Failure::Kind::kBadAnswer,
       "sends a file that is no FileDescriptorProto"},
      {"an import that is missing", [](PlayedReflection& server) { server.files.erase("money.proto"); }, {}, {}, Failure::Kind::kIncomplete,
       R"(has no file "money.proto", which "item.proto" imports: NOT_FOUND "file not found"; link that file's descriptors into the server, under that name)"},
      {"two versions of a file", {},
       [](const std::string& question, const std::string& answer) {
         v1::ServerReflectionRequest request;
         if (!request.ParseFromString(question) || request.file_by_filename() != "item.proto") return answer;
         return PlayedReflection::Files({PlayedFile("catalog.proto", "shop", {"Catalog", "Other"})});
       },
       {}, Failure::Kind::kChanged, R"(sends file "catalog.proto" twice, and not the same)"},
      {"too many services", {}, {}, {.services = 3}, Failure::Kind::kTooMuch, "lists services over 3 of them"},
      {"too many files", {}, {}, {.files = 2}, Failure::Kind::kTooMuch, "imports files over 2 of them"},
      {"a large file", {}, {}, {.file_bytes = 20}, Failure::Kind::kTooMuch, "sends a file over 20 bytes"},
      {"large files", {}, {}, {.bytes = 100}, Failure::Kind::kTooMuch, "sends files over 100 bytes together"},
      {"large answers", {}, {}, {.received_bytes = 150}, Failure::Kind::kTooMuch, "sends answers over 150 bytes together"},
  };
  for (const Fault& fault : faults) {
    SCOPED_TRACE(fault.name);
    PlayedReflection server(Shop());
    if (fault.break_it) fault.break_it(server);
    Inquiry inquiry(fault.bounds);
    std::optional<Failure> failure;
    std::vector<std::string> asked;
    while (!inquiry.done() && !failure) {
      while (const auto question = inquiry.Next()) asked.push_back(*question);
      ASSERT_FALSE(asked.empty());
      std::string answer = server.Answer(asked.front());
      if (fault.answer) answer = fault.answer(asked.front(), answer);
      asked.erase(asked.begin());
      failure = inquiry.Take(answer);
    }
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->what, fault.what);
    EXPECT_EQ(failure->kind, fault.kind);
  }
}

// Of empty messages, two bytes each, of which protobuf makes a hundred times as much.
TEST(Inquiry, ReadsNoFileThatWouldTakeTooMuch) {
  std::string file;
  for (int i = 0; i < 7 << 20; ++i) file.append("\x22\x00", 2);
  PlayedReflection server(Shop());
  Inquiry inquiry;
  ASSERT_FALSE(inquiry.Take(server.Answer(*inquiry.Next())));
  ASSERT_TRUE(inquiry.Next());
  const auto failure = inquiry.Take(PlayedReflection::Files({file}));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, Failure::Kind::kTooMuch);
  EXPECT_THAT(failure->what, testing::StartsWith("sends a file that would take more than 1536MiB of memory once it is read"));
}

// Two bytes on the wire and dozens in memory, each.
TEST(Inquiry, ReadsNoAnswerOfVeryManyFields) {
  const auto within = [](char tag, std::string content) {
    std::string message(1, tag);
    for (size_t size = content.size(); ; size >>= 7) {
      message += static_cast<char>(size >= 0x80 ? (size & 0x7f) | 0x80 : size);
      if (size < 0x80) break;
    }
    return message + content;
  };
  std::string services;
  std::string unknown;
  for (int i = 0; i < 250'000; ++i) {
    services.append("\x0a\x00", 2);
    unknown.append("\x78\x01", 2);
  }
  for (const std::string& answer : {unknown, within('\x32', services), within('\x32', within('\x0a', unknown)), within('\x22', unknown),
                                    within('\x12', within('\x2a', unknown)), "\x7b" + unknown + "\x7c"}) {
    Inquiry inquiry;
    ASSERT_TRUE(inquiry.Next());
    const auto failure = inquiry.Take(answer);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->kind, Failure::Kind::kTooMuch);
    EXPECT_EQ(failure->what, "sends an answer over 200000 fields");
  }
}

TEST(Inquiry, NoticesThatTheServerHasChanged) {
  PlayedReflection server(Shop());
  Inquiry inquiry;
  ASSERT_FALSE(inquiry.Take(server.Answer(*inquiry.Next())));
  server.services.emplace_back("shop.New");
  const auto failure = Play(inquiry, server);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, Failure::Kind::kChanged);
  EXPECT_EQ(failure->what, "lists other services than a moment ago: it changed while it was asked");
}

// Which is why one set of messages does for both.
TEST(Inquiry, SpeaksBothVersions) {
  const auto read = [](const std::string& version) {
    std::ifstream file(std::string(DRAGOMAN_SOURCE_DIR) + "/protos/grpc/reflection/" + version + "/reflection.proto");
    std::string text(std::istreambuf_iterator<char>(file), {});
    text.erase(0, text.find("syntax"));
    const size_t at = text.find("grpc.reflection." + version + ";");
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, 16 + version.size(), "grpc.reflection.");
  };
  EXPECT_EQ(read("v1"), read("v1alpha"));
}

TEST(Inquiry, TakesNoAnswerToWhichThereIsNoQuestion) {
  PlayedReflection server(Shop());
  Inquiry inquiry;
  const auto failure = inquiry.Take(PlayedReflection::List({"a"}));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->what, "sends an answer to which there is no question");
}

}  // namespace
}  // namespace dragoman::reflection
