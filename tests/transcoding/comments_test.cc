#include "transcoding/comments.h"

#include <gtest/gtest.h>

#include <string>

#include "schema_from_source.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {
namespace {

constexpr std::string_view kSource = R"(
  syntax = "proto3";
  package a.b;
  // The service.
  service S {
    // The method.
    rpc M(X) returns (X);
  }
  /* The message. */
  message X {
    string one = 1;  // behind
    // Before.
    string two = 2;  // and behind
    string three = 3;
    // Inside.
    message Y { string z = 1; // deep
    }
    // The enum.
    enum E { A = 0; // its value
    }
    // The oneof.
    oneof o { string p = 4; }
  }
  // Outside.
  enum F { B = 0; }
)";

Schema Built(std::string_view source, Comments::Keep keep) {
  SchemaBuilder builder(keep);
  builder.Add("test.pb", DescriptorSetFromSource(source));
  return *std::move(builder).Build();
}

TEST(Comments, AreFoundByFullName) {
  const Schema schema = Built(kSource, Comments::Keep::kYes);
  const Comments& comments = schema.comments();
  EXPECT_EQ(comments.Find("a.b.S"), " The service.\n");
  EXPECT_EQ(comments.Find("a.b.S.M"), " The method.\n");
  EXPECT_EQ(comments.Find("a.b.X"), " The message. ");
  EXPECT_EQ(comments.Find("a.b.X.one"), " behind\n");
  EXPECT_EQ(comments.Find("a.b.X.two"), " Before.\n");
  EXPECT_EQ(comments.Find("a.b.X.three"), "");
  EXPECT_EQ(comments.Find("a.b.X.Y"), " Inside.\n");
  EXPECT_EQ(comments.Find("a.b.X.Y.z"), " deep\n");
  EXPECT_EQ(comments.Find("a.b.X.E"), " The enum.\n");
  EXPECT_EQ(comments.Find("a.b.X.A"), " its value\n") << "values stand beside their enum";
  EXPECT_EQ(comments.Find("a.b.X.o"), " The oneof.\n");
  EXPECT_EQ(comments.Find("a.b.F"), " Outside.\n");
  EXPECT_EQ(comments.Find("a.b.G"), "");
}

TEST(Comments, AreNotKeptUnlessAskedFor) {
  const Schema schema = Built(kSource, Comments::Keep::kNo);
  EXPECT_EQ(schema.comments().size(), 0u);
}

TEST(Comments, OfOneNameTheFirstStands) {
  google::protobuf::FileDescriptorProto file;
  file.add_message_type()->set_name("M");
  for (const char* text : {"one", "two"}) {
    auto* const location = file.mutable_source_code_info()->add_location();
    location->add_path(4);
    location->add_path(0);
    location->set_leading_comments(text);
  }
  Comments comments;
  comments.Add(file);
  comments.Freeze();
  EXPECT_EQ(comments.Find("M"), "one");
}

TEST(Comments, OfPathsThatLeadNowhereAreLeftOut) {
  google::protobuf::FileDescriptorProto file;
  auto& message = *file.add_message_type();
  message.set_name("M");
  message.add_field()->set_name("f");
  file.add_enum_type()->set_name("E");
  file.add_service()->set_name("S");
  const std::vector<std::vector<int>> paths = {{},     {4},       {4, 1},     {4, -1},        {4, 0, 2},      {4, 0, 2, 1}, {4, 0, 3, 0}, {4, 0, 4, 7}, {4, 0, 99, 0},
                                               {5, 3}, {5, 0, 2}, {5, 0, 3, 0}, {6, 0, 2, 0}, {6, 0, 3, 0}, {12},         {7, 0},       {4, 0, 2, 0, 1}, {4, 0, 1}};
  for (const std::vector<int>& path : paths) {
    auto* const location = file.mutable_source_code_info()->add_location();
    location->mutable_path()->Assign(path.begin(), path.end());
    location->set_leading_comments("lost");
  }
  Comments comments;
  comments.Add(file);
  EXPECT_EQ(comments.size(), 0u);
}

TEST(Comments, AreCutWhereTheyAreTooLong) {
  google::protobuf::FileDescriptorProto file;
  file.add_message_type()->set_name("M");
  auto* const location = file.mutable_source_code_info()->add_location();
  location->add_path(4);
  location->add_path(0);
  location->set_leading_comments(std::string(Comments::kMaxBytes + 1, 'a'));
  Comments comments;
  comments.Add(file);
  comments.Freeze();
  EXPECT_EQ(comments.Find("M").size(), Comments::kMaxBytes);
}

}  // namespace
}  // namespace dragoman::transcoding
