#include "transcoding/editions.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;

// A file in text format; numbers in brackets are not possible there, so that what 3.21 does not know is added by hand.
pb::FileDescriptorProto Parse(const std::string& text) {
  pb::FileDescriptorProto file;
  EXPECT_TRUE(pb::TextFormat::ParseFromString("name: 'a.proto' " + text, &file)) << text;
  return file;
}

pb::FileDescriptorProto EditionFile(const std::string& text, uint64_t edition = 1000) {
  pb::FileDescriptorProto file = Parse(text);
  file.set_syntax("editions");
  file.mutable_unknown_fields()->AddVarint(14, edition);
  return file;
}

// Adds `features` to options: the serialized FeatureSet {number: value}.
template <typename Options>
void SetFeature(Options* options, int features, char number, char value) {
  options->mutable_unknown_fields()->AddLengthDelimited(features, {static_cast<char>(number << 3), value});
}

tl::expected<Schema, Problems> Build(const std::vector<pb::FileDescriptorProto>& files) {
  pb::FileDescriptorSet set;
  for (const pb::FileDescriptorProto& file : files) *set.add_file() = file;
  SchemaBuilder builder;
  builder.Add("a.pb", set.SerializeAsString());
  return std::move(builder).Build();
}

std::string ProblemOf(const pb::FileDescriptorProto& file) {
  const tl::expected<Schema, Problems> schema = Build({file});
  if (schema) return "";
  std::string all;
  for (const Problem& problem : schema.error()) all += problem.where + ": " + problem.what + "\n";
  return all;
}

constexpr const char* kMessage = R"(
  message_type { name: 'A'
    field { name: 'number' number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL json_name: 'number' }
    field { name: 'list' number: 2 type: TYPE_INT32 label: LABEL_REPEATED json_name: 'list' }
    field { name: 'child' number: 3 type: TYPE_MESSAGE type_name: '.A' label: LABEL_OPTIONAL json_name: 'child' }
    field { name: 'one' number: 4 type: TYPE_MESSAGE type_name: '.A' label: LABEL_OPTIONAL json_name: 'one' oneof_index: 0 }
    field { name: 'shade' number: 5 type: TYPE_ENUM type_name: '.A.Shade' label: LABEL_OPTIONAL json_name: 'shade' }
    nested_type { name: 'B'
      field { name: 'child' number: 1 type: TYPE_MESSAGE type_name: '.A' label: LABEL_OPTIONAL json_name: 'child' } }
    enum_type { name: 'Shade' value { name: 'DARK' number: 0 } }
    oneof_decl { name: 'choice' } })";

// "explicit expanded prefixed open": what became of the message above.
std::string Resolved(const pb::FileDescriptorProto& file) {
  const tl::expected<Schema, Problems> schema = Build({file});
  if (!schema) return schema.error()[0].what;
  const PlanSet plans(*schema);
  const MessagePlan& plan = *plans.Find("A");
  return std::string(plan.Find("number")->explicit_presence ? "explicit" : "implicit") +
         (plan.Find("list")->packed ? " packed" : " expanded") +
         (plan.Find("child")->type == pb::FieldDescriptor::TYPE_GROUP ? " delimited" : " prefixed") +
         (plan.Find("shade")->enumeration->closed ? " closed" : " open");
}

TEST(Editions, EachHasItsDefaults) {
  EXPECT_EQ(Resolved(EditionFile(kMessage, 998)), "explicit expanded prefixed closed");
  EXPECT_EQ(Resolved(EditionFile(kMessage, 999)), "implicit packed prefixed open");
  EXPECT_EQ(Resolved(EditionFile(kMessage, 1000)), "explicit packed prefixed open");
  EXPECT_EQ(Resolved(EditionFile(kMessage, 1001)), "explicit packed prefixed open");
}

TEST(Editions, OnesThatAreNotKnownAreNamed) {
  const std::string expected = ", which is not known; expected edition 2023 or 2024, proto2 or proto3\n";
  EXPECT_EQ(ProblemOf(EditionFile(kMessage, 1002)), "a.pb: a.proto: is of edition 2026" + expected);
  EXPECT_EQ(ProblemOf(EditionFile(kMessage, 9999)), "a.pb: a.proto: is of edition UNSTABLE" + expected);
  EXPECT_EQ(ProblemOf(EditionFile(kMessage, 99997)), "a.pb: a.proto: is of the edition with number 99997" + expected);
  EXPECT_EQ(ProblemOf(EditionFile(kMessage, UINT64_MAX)),
            "a.pb: a.proto: is of the edition with number 18446744073709551615" + expected);
  pb::FileDescriptorProto nameless = Parse(kMessage);
  nameless.set_syntax("editions");
  EXPECT_EQ(ProblemOf(nameless), "a.pb: a.proto: is of an edition without a number" + expected);
}

TEST(Editions, TheInnermostScopeThatSaysSomethingHolds) {
  pb::FileDescriptorProto file = EditionFile(kMessage);
  SetFeature(file.mutable_options(), 50, 5, 2);  // message_encoding = DELIMITED
  EXPECT_EQ(Resolved(file), "explicit packed delimited open");

  pb::DescriptorProto& message = *file.mutable_message_type(0);
  SetFeature(message.mutable_options(), 12, 5, 1);
  EXPECT_EQ(Resolved(file), "explicit packed prefixed open");
  SetFeature(message.mutable_field(2)->mutable_options(), 21, 5, 2);
  EXPECT_EQ(Resolved(file), "explicit packed delimited open");

  // Of the message: number, list, shade and what is nested.
  SetFeature(message.mutable_options(), 12, 1, 2);
  SetFeature(message.mutable_options(), 12, 3, 2);
  SetFeature(message.mutable_options(), 12, 2, 2);
  EXPECT_EQ(Resolved(file), "implicit expanded delimited closed");
  SetFeature(message.mutable_enum_type(0)->mutable_options(), 7, 2, 1);
  EXPECT_EQ(Resolved(file), "implicit expanded delimited open");
}

TEST(Editions, AOneofIsAScopeForItsMembers) {
  pb::FileDescriptorProto file = EditionFile(kMessage);
  SetFeature(file.mutable_message_type(0)->mutable_oneof_decl(0)->mutable_options(), 1, 5, 2);
  const tl::expected<Schema, Problems> schema = Build({file});
  ASSERT_TRUE(schema.has_value());
  const PlanSet plans(*schema);
  EXPECT_EQ(plans.Find("A")->Find("one")->type, pb::FieldDescriptor::TYPE_GROUP);
  EXPECT_EQ(plans.Find("A")->Find("child")->type, pb::FieldDescriptor::TYPE_MESSAGE);
}

TEST(Editions, AMessageIsAScopeForWhatIsNestedInIt) {
  pb::FileDescriptorProto file = EditionFile(kMessage);
  SetFeature(file.mutable_message_type(0)->mutable_options(), 12, 5, 2);
  const tl::expected<Schema, Problems> schema = Build({file});
  ASSERT_TRUE(schema.has_value());
  const PlanSet plans(*schema);
  EXPECT_EQ(plans.Find("A.B")->Find("child")->type, pb::FieldDescriptor::TYPE_GROUP);
}

TEST(Editions, FeaturesOfLanguagesAndOfLaterEditionsArePassedOver) {
  pb::FileDescriptorProto file = EditionFile(kMessage, 1001);
  SetFeature(file.mutable_options(), 50, 7, 1);  // enforce_naming_style
  SetFeature(file.mutable_options(), 50, 8, 3);  // default_symbol_visibility
  // (pb.cpp).legacy_closed_enum, of extension 1000.
  file.mutable_options()->mutable_unknown_fields()->AddLengthDelimited(50, "\xc2\x3e\x02\x08\x01");
  EXPECT_EQ(Resolved(file), "explicit packed prefixed open");
}

TEST(Editions, MalformedFeaturesAreAProblem) {
  const auto with = [](const std::string& features) {
    pb::FileDescriptorProto file = EditionFile(kMessage);
    file.mutable_message_type(0)->mutable_field(0)->mutable_options()->mutable_unknown_fields()->AddLengthDelimited(
        21, features);
    return ProblemOf(file);
  };
  const std::string malformed = "a.pb: a.proto: A.number: features are malformed\n";
  for (const std::string& features :
       {std::string("\x08"), std::string("\xff"), std::string("\x0c"), std::string("\x0a\x05"), std::string("\0\1", 2),
        std::string("\x0e\1"), std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    EXPECT_EQ(with(features), malformed);
  }
  // Behind a length where a number is due: unknown, as protobuf has it.
  EXPECT_EQ(with("\x0a\x01x"), "");

  pb::FileDescriptorProto file = EditionFile(kMessage);
  file.mutable_options()->mutable_unknown_fields()->AddVarint(50, 1);
  EXPECT_EQ(ProblemOf(file), "a.pb: a.proto: a.proto: features are malformed\n");
}

TEST(Editions, ValuesThatAreNotKnownAreAProblem) {
  pb::FileDescriptorProto file = EditionFile(kMessage);
  pb::DescriptorProto& message = *file.mutable_message_type(0);
  SetFeature(file.mutable_options(), 50, 1, 0);
  SetFeature(message.mutable_options(), 12, 2, 3);
  SetFeature(message.mutable_oneof_decl(0)->mutable_options(), 1, 3, 3);
  SetFeature(message.mutable_field(0)->mutable_options(), 21, 4, 1);
  SetFeature(message.mutable_nested_type(0)->mutable_field(0)->mutable_options(), 21, 5, 9);
  SetFeature(message.mutable_enum_type(0)->mutable_options(), 7, 6, 3);
  EXPECT_EQ(ProblemOf(file),
            "a.pb: a.proto: a.proto: features.field_presence has the value 0, which is not known\n"
            "a.pb: a.proto: A: features.enum_type has the value 3, which is not known\n"
            "a.pb: a.proto: A.choice: features.repeated_field_encoding has the value 3, which is not known\n"
            "a.pb: a.proto: A.number: features.utf8_validation has the value 1, which is not known\n"
            "a.pb: a.proto: A.B.child: features.message_encoding has the value 9, which is not known\n"
            "a.pb: a.proto: A.Shade: features.json_format has the value 3, which is not known\n");
}

TEST(Editions, FilesOfProto2AndProto3StayAsTheyAre) {
  pb::FileDescriptorProto proto3 = Parse(kMessage);
  proto3.set_syntax("proto3");
  proto3.add_dependency("google/protobuf/empty.proto");
  const tl::expected<Schema, Problems> schema = Build({proto3});
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->pool().FindFileByName("a.proto")->syntax(), pb::FileDescriptor::SYNTAX_PROTO3);
  EXPECT_EQ(Resolved(Parse(kMessage)), "explicit expanded prefixed closed");
}

TEST(Editions, PlansThatStandOnOthersKnowTheFeaturesOfTheseToo) {
  const tl::expected<Schema, Problems> schema = Build({EditionFile(kMessage)});
  ASSERT_TRUE(schema.has_value());
  const PlanSet plans(*schema);
  pb::FileDescriptorProto file = Parse(R"(
    dependency: 'a.proto'
    message_type { name: 'User'
      field { name: 'shade' number: 1 type: TYPE_ENUM type_name: '.A.Shade' label: LABEL_OPTIONAL json_name: 'shade' } })");
  file.set_name("user.proto");
  pb::DescriptorPool pool(&schema->pool());
  const pb::FileDescriptor* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  const PlanSet more(plans, *built);
  EXPECT_FALSE(more.Find("User")->Find("shade")->enumeration->closed);
}

TEST(Editions, AProto3FileMayUseAnEnumThatAProto2FileImportsForIt) {
  pb::FileDescriptorProto edition = EditionFile("enum_type { name: 'Open' value { name: 'ZERO' number: 0 } }");
  edition.set_name("edition.proto");
  const pb::FileDescriptorProto proto2 = Parse("dependency: 'edition.proto' public_dependency: 0");
  pb::FileDescriptorProto proto3 = Parse(R"(
    dependency: 'a.proto'
    message_type { name: 'User'
      field { name: 'open' number: 1 type: TYPE_ENUM type_name: '.Open' label: LABEL_OPTIONAL json_name: 'open' } })");
  proto3.set_name("b.proto");
  proto3.set_syntax("proto3");
  const tl::expected<Schema, Problems> schema = Build({edition, proto2, proto3});
  ASSERT_TRUE(schema.has_value()) << schema.error()[0].what;
  const PlanSet plans(*schema);
  EXPECT_FALSE(plans.Find("User")->Find("open")->explicit_presence);
  EXPECT_FALSE(plans.Find("User")->Find("open")->enumeration->closed);
}

}  // namespace
}  // namespace dragoman::transcoding
