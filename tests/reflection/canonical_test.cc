#include "reflection/canonical.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace dragoman::reflection {
namespace {

namespace pb = google::protobuf;

pb::FileDescriptorProto Read(std::string_view bytes) {
  const std::optional<File> file = ReadFile(bytes);
  EXPECT_TRUE(file);
  pb::FileDescriptorProto proto;
  EXPECT_TRUE(file && proto.ParseFromString(file->bytes));
  return proto;
}

TEST(Canonical, NamesWhatMattersOfAFile) {
  pb::FileDescriptorProto proto;
  proto.set_name("shop/v1/catalog.proto");
  proto.set_package("shop.v1");
  proto.add_service()->set_name("Catalog");
  proto.add_dependency("shop/v1/item.proto");
  const auto file = ReadFile(proto.SerializeAsString());
  ASSERT_TRUE(file);
  EXPECT_EQ(file->name, "shop/v1/catalog.proto");
  EXPECT_THAT(file->services, testing::ElementsAre("shop.v1.Catalog"));
  EXPECT_THAT(file->imports, testing::ElementsAre("shop/v1/item.proto"));
  proto.clear_package();
  EXPECT_THAT(ReadFile(proto.SerializeAsString())->services, testing::ElementsAre("Catalog"));
}

TEST(Canonical, NamesFieldsInJsonAsProtocDoes) {
  pb::FileDescriptorProto proto;
  proto.set_name("a.proto");
  pb::DescriptorProto& message = *proto.add_message_type();
  for (const char* name : {"unit_price", "_x", "a__b", "Id", "x_1y", "end_"}) message.add_field()->set_name(name);
  message.add_field()->set_name("own_name");
  message.mutable_field(6)->set_json_name("OWN");
  message.add_nested_type()->add_field()->set_name("in_side");
  proto.add_extension()->set_name("ex_t");
  const pb::FileDescriptorProto read = Read(proto.SerializeAsString());
  std::vector<std::string> names;
  for (const auto& field : read.message_type(0).field()) names.push_back(field.json_name());
  EXPECT_THAT(names, testing::ElementsAre("unitPrice", "X", "aB", "Id", "x1y", "end", "OWN"));
  EXPECT_EQ(read.message_type(0).nested_type(0).field(0).json_name(), "inSide");
  EXPECT_EQ(read.extension(0).json_name(), "exT");
}

// What a server in C++, Java or Python says of a file, which leaves out json_name, is what protoc says of it.
TEST(Canonical, MakesOfWhatTheCompiledDescriptorsSayWhatProtocSays) {
  for (const pb::FileDescriptor* file : {pb::FileDescriptorProto::descriptor()->file(), pb::FileDescriptorSet::descriptor()->file()}) {
    pb::FileDescriptorProto of_server;
    file->CopyTo(&of_server);
    pb::FileDescriptorProto of_protoc = of_server;
    file->CopyJsonNameTo(&of_protoc);
    EXPECT_EQ(ReadFile(of_server.SerializeAsString())->bytes, of_protoc.SerializeAsString());
  }
}

TEST(Canonical, IsTheSameInWhateverOrderAFileIsWritten) {
  // name = "a", package = "p"; the other way round; and as proto2, said and not said.
  EXPECT_EQ(ReadFile("\x0a\x01\x61\x12\x01p")->bytes, ReadFile("\x12\x01p\x0a\x01\x61")->bytes);
  EXPECT_EQ(ReadFile("\x0a\x01\x61\x62\x06proto2")->bytes, ReadFile("\x0a\x01\x61")->bytes);
}

TEST(Canonical, RefusesWhatIsNoFile) {
  EXPECT_FALSE(ReadFile(""));
  EXPECT_FALSE(ReadFile("\x0a\x05\x61"));
  EXPECT_FALSE(ReadFile("\x12\x01p"));
}

TEST(Canonical, TellsWhatDiffersByTheFingerprint) {
  const std::map<std::string, File, std::less<>> one = {{"a", *ReadFile("\x0a\x01\x61")}};
  const std::map<std::string, File, std::less<>> other = {{"b", *ReadFile("\x0a\x01\x62")}};
  const Descriptors descriptors = MakeDescriptors(one, {"b.B", "a.A"});
  EXPECT_THAT(descriptors.services, testing::ElementsAre("a.A", "b.B"));
  EXPECT_EQ(descriptors.set, "\x0a\x03\x0a\x01\x61");
  EXPECT_EQ(descriptors.fingerprint, MakeDescriptors(one, {"a.A", "b.B"}).fingerprint);
  EXPECT_NE(descriptors.fingerprint, MakeDescriptors(one, {"a.A"}).fingerprint);
  EXPECT_NE(descriptors.fingerprint, MakeDescriptors(other, {"a.A", "b.B"}).fingerprint);
}

}  // namespace
}  // namespace dragoman::reflection
