#include "transcoding/descriptor_scan.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <string>

#include "schema_from_source.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;
using Outcome = DescriptorScan::Outcome;

std::string Repeated(std::string_view piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

// A set of one file, whose bytes these are.
std::string SetOf(const std::string& file) {
  std::string bytes = "\x0a";
  for (size_t size = file.size();; size >>= 7) {
    bytes += static_cast<char>(size >= 0x80 ? size | 0x80 : size);
    if (size < 0x80) break;
  }
  return bytes + file;
}

TEST(DescriptorScan, CountsWhatThereIs) {
  const std::string set = DescriptorSetFromSource(
      "syntax = \"proto3\"; package a; import \"google/api/annotations.proto\"; message Item { string id = 1; enum E { A = 0; } }"
      "service S { rpc R(Item) returns (Item) { option (google.api.http) = {get: \"/a\" additional_bindings {get: \"/b\"}}; } }");
  const DescriptorScan scan = ScanDescriptorSet(set);
  EXPECT_EQ(scan.outcome, Outcome::kWhole);
  EXPECT_GE(scan.files, 1u);
  EXPECT_GT(scan.messages, 9u) << "file, message, field, enum, value, service, method, options, two rules";
  EXPECT_GT(scan.parsed_bytes, set.size());
  EXPECT_LT(scan.parsed_bytes, 1u << 20);
}

// Small pieces that protobuf makes large.
TEST(DescriptorScan, RefusesWhatWouldTakeTooMuch) {
  struct Case {
    const char* name;
    std::string piece;
    size_t times;
  };
  const Case cases[] = {
      {"messages", std::string("\x22\x00", 2), 350'000},
      {"messages with names", std::string("\x22\x03\x0a\x01"
                                          "a",
                                          5),
       350'000},
      {"services", std::string("\x32\x00", 2), 1'000'000},
      {"imports", std::string("\x1a\x00", 2), 1'500'000},
      {"unknown numbers", std::string("\xa0\x06\x00", 3), 2'200'000},
      {"groups", std::string("\xa3\x06\xa4\x06", 4), 1'200'000},
  };
  const DescriptorBounds bounds{.parsed_bytes = 64u << 20};
  for (const Case& c : cases) {
    const DescriptorScan scan = ScanDescriptorSet(SetOf(Repeated(c.piece, c.times)), bounds);
    EXPECT_EQ(scan.outcome, Outcome::kTooMuch) << c.name << ": " << (scan.parsed_bytes >> 20) << " MiB";
  }
  EXPECT_EQ(ScanDescriptorSet(Repeated(std::string("\x0a\x00", 2), 350'000), bounds).outcome, Outcome::kTooMuch) << "files";
}

// One long name in front of many short ones makes as many long ones.
TEST(DescriptorScan, CountsFullNames) {
  pb::FileDescriptorProto file;
  file.set_name("a.proto");
  pb::DescriptorProto& outer = *file.add_message_type();
  for (int i = 0; i < 1000; ++i) outer.add_field()->set_name("f" + std::to_string(i));
  const uint64_t before = ScanFileDescriptor(file.SerializeAsString()).parsed_bytes;
  outer.set_name(std::string(100'000, 'a'));
  EXPECT_GT(ScanFileDescriptor(file.SerializeAsString()).parsed_bytes, before + 1000 * 100'000);
  outer.set_name(std::string(2'000'000, 'a'));
  EXPECT_EQ(ScanFileDescriptor(file.SerializeAsString()).outcome, Outcome::kTooMuch);
}

TEST(DescriptorScan, CountsRangesThatAreCompared) {
  pb::FileDescriptorProto file;
  pb::DescriptorProto& message = *file.add_message_type();
  for (int i = 0; i < 1000; ++i) message.add_reserved_range()->set_start(i);
  for (int i = 0; i < 10; ++i) message.add_field();
  EXPECT_EQ(ScanFileDescriptor(file.SerializeAsString()).range_pairs, 1000u * 1010u);
  for (int i = 0; i < 40'000; ++i) message.add_extension_range()->set_start(i);
  const DescriptorScan scan = ScanFileDescriptor(file.SerializeAsString());
  EXPECT_EQ(scan.outcome, Outcome::kTooMuch);
  EXPECT_TRUE(WhyTooMuch(scan).starts_with("has types with too many reserved or extension ranges")) << WhyTooMuch(scan);
}

TEST(DescriptorScan, SaysWhereItBreaks) {
  const std::string file = std::string("\x0a\x01"
                                       "a\x22\x02\x0a\x00",
                                       7);
  EXPECT_EQ(ScanDescriptorSet(SetOf(file)).outcome, Outcome::kWhole);
  const DescriptorScan cut = ScanDescriptorSet(SetOf(file).substr(0, 5));
  EXPECT_EQ(cut.outcome, Outcome::kEndsEarly);
  EXPECT_EQ(cut.at, 5u);
  EXPECT_EQ(cut.file_bytes, 7u);
  const DescriptorScan wrong = ScanDescriptorSet(SetOf(file + "\x07"));
  EXPECT_EQ(wrong.outcome, Outcome::kMalformed);
  EXPECT_EQ(wrong.at, 9u);
  std::string deep;
  for (int i = 0; i < 200; ++i) deep = "\x1a" + SetOf(deep).substr(1);
  EXPECT_EQ(ScanFileDescriptor("\x22" + SetOf(deep).substr(1)).outcome, Outcome::kTooDeep);
  EXPECT_EQ(ScanDescriptorSet("").outcome, Outcome::kWhole);
}

// Every way in which a small set can be cut or changed by one byte: protobuf takes nothing that the scan calls broken, but for what is unknown to both.
TEST(DescriptorScan, AgreesWithProtobufOnWhatIsWhole) {
  const std::string set = DescriptorSetFromSource("syntax = \"proto3\"; package a; message Item { string id = 1; reserved 2 to 9; } enum E { A = 0; }");
  const pb::LogSilencer silence;  // of names that are no UTF-8
  for (size_t i = 0; i < set.size(); ++i) {
    for (const char to : {'\0', '\1', '\7', '\x0b', '\x22', '\x7f', '\xff'}) {
      std::string other = set;
      other[i] = to;
      const DescriptorScan scan = ScanDescriptorSet(other);
      if (scan.outcome == Outcome::kWhole) continue;
      pb::FileDescriptorSet parsed;
      EXPECT_FALSE(parsed.ParsePartialFromString(other)) << "byte " << i << " is " << static_cast<int>(to);
    }
  }
}

}  // namespace
}  // namespace dragoman::transcoding
