#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "transcoding/json_codec.h"

// Messages of protos/editions, whose descriptors a current compiler has made, through the codec in both directions.
namespace dragoman::transcoding {
namespace {

namespace pb = google::protobuf;

pb::FileDescriptorSet CompiledSet() {
  std::ifstream file(EDITION_DESCRIPTORS, std::ios::binary);
  pb::FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromIstream(&file));
  return set;
}

Schema Load(const pb::FileDescriptorSet& set) {
  SchemaBuilder builder;
  builder.Add("editions.pb", set.SerializeAsString());
  tl::expected<Schema, Problems> schema = std::move(builder).Build();
  if (!schema) {
    for (const Problem& problem : schema.error())
      std::fprintf(stderr, "%s: %s\n", problem.where.c_str(), problem.what.c_str());
    std::abort();
  }
  return *std::move(schema);
}

// "08 96 01" for the bytes.
std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    std::array<char, 4> hex = {};
    std::snprintf(hex.data(), hex.size(), " %02x", static_cast<unsigned>(static_cast<uint8_t>(byte)));
    text += hex.data();
  }
  return text.empty() ? text : text.substr(1);
}

std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 3) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
  }
  return bytes;
}

class EditionsCodec : public testing::Test {
 protected:
  // The bytes that `json` becomes, or the refusal.
  std::string Read(const std::string& message, std::string_view json) {
    Buffer text(json);
    Buffer wire;
    const Status status = codec_.ReadMessage(Plan(message), text, {}, wire);
    return status.ok() ? Hex(wire.view()) : std::string(status.message());
  }

  // The JSON that the bytes become, or the refusal.
  std::string Write(const std::string& message, std::string_view hex, bool emit_defaults = false) {
    Buffer json;
    const Status status = codec_.WriteMessage(Plan(message), Bytes(hex), {.emit_defaults = emit_defaults}, json);
    return std::string(status.ok() ? json.view() : status.message());
  }

  const MessagePlan& Plan(const std::string& message) const {
    const MessagePlan* plan = plans_.Find("editions.test." + message);
    if (plan == nullptr) std::abort();
    return *plan;
  }

  struct Case {
    const char* message;
    const char* json;
    const char* wire;
  };
  void ExpectBothWays(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
      EXPECT_EQ(Read(c.message, c.json), c.wire) << c.message << " " << c.json;
      EXPECT_EQ(Write(c.message, c.wire), c.json) << c.message << " " << c.wire;
    }
  }

  const Schema schema_ = Load(CompiledSet());
  const PlanSet plans_{schema_};
  JsonCodec codec_{plans_};
};

TEST_F(EditionsCodec, ExplicitAndRequiredFieldsTellTheirDefaultFromNothing) {
  ExpectBothWays({{"Everything", R"({"explicit":0})", "08 00"},
                  {"Everything", R"({"required":0})", "18 00"},
                  {"Everything", R"({"open":"OPEN_ZERO"})", "20 00"},
                  {"Overridden", R"({"explicit":0})", "10 00"},
                  {"Later", R"({"explicit":0})", "08 00"},
                  {"Third", R"({"maybe":0})", "18 00"},
                  {"Third", R"({"maybeOpen":"OPEN_ZERO"})", "58 00"}});
}

TEST_F(EditionsCodec, FieldsWithoutPresenceAreShownAsDefaultsAndTheOthersAreNot) {
  EXPECT_EQ(Write("Everything", "", true),
            R"({"implicit":0,"opens":[],"closeds":[],"packed":[],"expanded":[],"delimiteds":[],"parts":{},)"
            R"("implicitBytes":"","implicitOpen":"OPEN_ZERO","texts":[]})");
  EXPECT_EQ(Write("Overridden", "", true),
            R"({"implicit":0,"expanded":[],"packed":[],"children":{},"shuts":[],"ajars":[],"opens":[],)"
            R"("shutOf":{}})");
  EXPECT_EQ(Write("Later", "", true), R"({"implicit":0,"packed":[]})");
  EXPECT_EQ(Write("Third", "", true),
            R"({"open":"OPEN_ZERO","opens":[],"plain":0,"packed":[],"expanded":[],"openOf":{}})");
}

TEST_F(EditionsCodec, EmptyBytesWithoutPresenceAreNotPutOnTheWire) {
  EXPECT_EQ(Read("Everything", R"({"implicitBytes":""})"), "");
  EXPECT_EQ(Read("Everything", R"({"implicitBytes":"AA=="})"), "92 01 01 00");
}

TEST_F(EditionsCodec, OpenEnumsKeepNumbersWithoutAName) {
  ExpectBothWays({{"Everything", R"({"open":7})", "20 07"},
                  {"Everything", R"({"opens":["OPEN_ONE",7]})", "32 02 01 07"},
                  {"Everything", R"({"chosenOpen":7})", "80 01 07"},
                  {"Overridden", R"({"ajars":[7]})", "48 07"},
                  {"Overridden", R"({"opens":[7]})", "58 07"},
                  {"Later", R"({"hidden":7})", "28 07"},
                  {"Third", R"({"open":7})", "08 07"},
                  {"Third", R"({"own":7})", "40 07"},
                  {"Third", R"({"openOf":{"a":7}})", "4a 05 0a 01 61 10 07"}});
}

TEST_F(EditionsCodec, ClosedEnumsRefuseNumbersWithoutANameAndDropThemFromTheWire) {
  ExpectBothWays({{"Everything", R"({"closed":"CLOSED_TWO"})", "28 02"},
                  {"Everything", R"({"closeds":["CLOSED_ONE"]})", "3a 01 01"},
                  {"Overridden", R"({"shut":"SHUT_ONE"})", "60 01"}});
  EXPECT_EQ(Read("Everything", R"({"closed":7})"),
            "line 1, column 11: closed: expected one of editions.test.Closed (CLOSED_ONE, CLOSED_TWO), got 7");
  EXPECT_EQ(Read("Overridden", R"({"shuts":[7]})"),
            "line 1, column 11: shuts[0]: expected one of editions.test.Shut (SHUT_ZERO, SHUT_ONE), got 7");
  EXPECT_EQ(Write("Everything", "28 07"), "{}");
  EXPECT_EQ(Write("Everything", "3a 02 07 01"), R"({"closeds":["CLOSED_ONE"]})");
  EXPECT_EQ(Write("Overridden", "7a 05 0a 01 61 10 07"), "{}");
  EXPECT_EQ(Write("Overridden", "40 07 40 01"), R"({"shuts":["SHUT_ONE"]})");
}

TEST_F(EditionsCodec, ListsArePackedOrExpandedAsTheirFeatureSays) {
  ExpectBothWays({{"Everything", R"({"packed":[1,2]})", "42 02 01 02"},
                  {"Everything", R"({"expanded":[1,2]})", "48 01 48 02"},
                  {"Everything", R"({"texts":["a","b"]})", "aa 01 01 61 aa 01 01 62"},
                  {"Overridden", R"({"expanded":[1,2]})", "18 01 18 02"},
                  {"Overridden", R"({"packed":[1,2]})", "22 02 01 02"},
                  {"Overridden", R"({"shuts":["SHUT_ONE","SHUT_ONE"]})", "40 01 40 01"},
                  {"Later", R"({"packed":[1,2]})", "22 02 01 02"},
                  {"Third", R"({"packed":[1,2]})", "2a 02 01 02"},
                  {"Third", R"({"expanded":[1,2]})", "30 01 30 02"},
                  {"Third", R"({"opens":["OPEN_ONE","OPEN_ONE"]})", "12 02 01 01"}});
  // Either is read.
  EXPECT_EQ(Write("Everything", "40 01 40 02"), R"({"packed":[1,2]})");
  EXPECT_EQ(Write("Everything", "4a 02 01 02"), R"({"expanded":[1,2]})");
}

TEST_F(EditionsCodec, MessagesAreDelimitedOrBehindALengthAsTheirFeatureSays) {
  ExpectBothWays({{"Everything", R"({"part":{"n":1}})", "52 02 08 01"},
                  {"Everything", R"({"delimited":{"n":1}})", "5b 08 01 5c"},
                  {"Everything", R"({"delimiteds":[{"n":1},{}]})", "63 08 01 64 63 64"},
                  {"Everything", R"({"chosen":{"n":1}})", "7b 08 01 7c"},
                  {"Overridden", R"({"child":{"child":{"implicit":1}}})", "2b 2b 08 01 2c 2c"},
                  {"Overridden", R"({"sibling":{"implicit":1}})", "32 02 08 01"},
                  {"Overridden", R"({"part":{"n":1}})", "53 08 01 54"},
                  {"Overridden", R"({"piece":{"n":1}})", "73 08 01 74"},
                  {"Later", R"({"delimited":{"n":1}})", "1b 08 01 1c"},
                  {"Later", R"({"everything":{"delimited":{"n":1}}})", "32 04 5b 08 01 5c"},
                  {"Third", R"({"everything":{"delimited":{"n":1}}})", "52 04 5b 08 01 5c"}});
  // The other encoding is an unknown field, as in protobuf.
  EXPECT_EQ(Write("Everything", "5a 02 08 01"), "{}");
  EXPECT_EQ(Write("Everything", "53 08 01 54"), "{}");
}

TEST_F(EditionsCodec, MapsAndTheirValuesAreNeverDelimited) {
  ExpectBothWays({{"Overridden", R"({"children":{"a":{"implicit":1}}})", "3a 07 0a 01 61 12 02 08 01"},
                  {"Everything", R"({"parts":{"a":{"n":1}}})", "6a 07 0a 01 61 12 02 08 01"}});
}

TEST_F(EditionsCodec, ExtensionsHaveTheFeaturesOfWhereTheyStand) {
  ExpectBothWays({{"Everything", R"({"[editions.test.delimited_extension]":{"n":1}})", "a3 06 08 01 a4 06"},
                  {"Everything", R"({"[editions.test.packed_extension]":[1,2]})", "aa 06 02 01 02"},
                  {"Everything", R"({"[editions.test.expanded_extension]":[1,2]})", "b0 06 01 b0 06 02"},
                  {"Everything", R"({"[editions.test.number_extension]":0})", "b8 06 00"},
                  {"Everything", R"({"[editions.test.Overridden.scoped]":{"n":1}})", "f3 06 08 01 f4 06"},
                  {"Everything", R"({"[editions.test.Overridden.scoped_numbers]":[1,2]})", "f8 06 01 f8 06 02"}});
}

TEST_F(EditionsCodec, OneofsHoldOneMember) {
  EXPECT_EQ(Read("Everything", R"({"name":"","chosen":{}})"),
            "line 1, column 12: chosen: another member of oneof \"choice\" is set already");
  ExpectBothWays({{"Everything", R"({"name":""})", "72 00"}, {"Overridden", R"({"number":0})", "68 00"}});
  EXPECT_EQ(Write("Everything", "72 01 61 7b 7c"), R"({"chosen":{}})");
  EXPECT_EQ(Plan("Third").oneofs(), std::vector<std::string>{"choice"});
}

TEST_F(EditionsCodec, TextThatNobodyVerifiesMustBeUtf8ToBeJson) {
  ExpectBothWays({{"Everything", R"({"unverified":"é"})", "8a 01 02 c3 a9"}});
  EXPECT_EQ(Write("Everything", "8a 01 01 ff"), "the reply has no JSON: unverified: the string is not valid UTF-8");
}

TEST_F(EditionsCodec, FieldsOfOneJsonNameAreToldApartByTheirOwnNames) {
  EXPECT_EQ(Read("Conflicting", R"({"foo_bar":1,"fooBar":2})"), "08 01 10 02");
}

TEST_F(EditionsCodec, ADeclaredDefaultIsKnown) {
  const FieldPlan& answer = *Plan("Everything").Find("answer");
  EXPECT_EQ(answer.unset, "42");
  EXPECT_EQ(answer.zero, "");
}

TEST_F(EditionsCodec, AFileThatOnlyOptionsNeedMayBeMissing) {
  pb::FileDescriptorSet set = CompiledSet();
  for (int i = set.file_size(); i-- > 0;) {
    if (set.file(i).name() == "marks.proto") set.mutable_file()->DeleteSubrange(i, 1);
  }
  const Schema schema = Load(set);
  EXPECT_EQ(schema.pool().FindFileByName("marks.proto"), nullptr);
  EXPECT_NE(schema.pool().FindMessageTypeByName("editions.test.Later"), nullptr);
}

}  // namespace
}  // namespace dragoman::transcoding
