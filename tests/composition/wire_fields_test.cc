#include "composition/wire_fields.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include <random>
#include <set>

#include "composition/field_encoder.h"
#include "shop.h"
#include "transcoding/wire.h"

namespace dragoman::composition {
namespace {

using google::protobuf::FieldDescriptor;
using Proto = google::protobuf::Message;
using transcoding::AppendFixed;
using transcoding::AppendLengthDelimited;
using transcoding::AppendVarint;
using transcoding::FieldPlan;
using transcoding::MakeTag;
using transcoding::MessagePlan;
using transcoding::WireType;

// Closed enums and groups.
constexpr std::string_view kOldSource = R"(
syntax = "proto2";
package old;
enum Color { NONE = 0; RED = 1; BLUE = 3; }
message Old {
  optional Color color = 1 [default = BLUE]; repeated Color colors = 2;
  optional group Part = 4 { optional string name = 1; repeated Color shades = 2; }
  repeated group Many = 5 { optional int32 number = 1; }
  oneof one { Color paint = 6; string text = 7; group Sub = 8 { optional string name = 1; } }
  repeated Color packed = 9 [packed = true]; required sint32 must = 10;
}
message Named { map<string, Color> named = 1; }
)";

class WireFieldsTest : public Shop {
 protected:
  WireFieldsTest() : old_schema_(SchemaFromSource(kOldSource)), old_plans_(old_schema_) {}

  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }

  // A message of `plan` with fields in any order, some twice, some of a wire type that is not theirs.
  void AppendRandom(const MessagePlan& plan, int depth, Buffer& out) {
    for (size_t i = Pick(12); i > 0; --i) {
      const FieldPlan& field = plan.fields()[Pick(plan.fields().size())];
      WireType type = transcoding::WireTypeOf(field.element_tag);
      if (field.packable && Pick(2) == 0) type = WireType::kLength;
      if (Pick(20) == 0) type = WireType::kVarint;
      AppendVarint(out, MakeTag(field.number, type));
      const uint64_t number = Pick(3) == 0 ? ~uint64_t{0} >> Pick(64) : Pick(4);
      Buffer content;
      switch (type) {
        case WireType::kVarint:
          AppendVarint(out, number);
          break;
        case WireType::kFixed64:
          AppendFixed(out, number);
          break;
        case WireType::kFixed32:
          AppendFixed(out, static_cast<uint32_t>(number));
          break;
        case WireType::kStartGroup:
          if (depth < 3) AppendRandom(*field.message, depth + 1, out);
          AppendVarint(out, MakeTag(field.number, WireType::kEndGroup));
          break;
        default:
          if (field.message != nullptr && depth < 3) {
            AppendRandom(*field.message, depth + 1, content);
          } else if (field.packable) {
            for (size_t n = Pick(4); n > 0; --n) {
              if (transcoding::WireTypeOf(field.element_tag) == WireType::kFixed64) {
                AppendFixed(content, number + n);
              } else {
                AppendVarint(content, number + n);
              }
            }
          } else if (field.message == nullptr) {
            content.Append(std::string(Pick(3), static_cast<char>('a' + Pick(3))));
          }
          AppendLengthDelimited(out, content.view());
      }
    }
  }

  // The field read and written again, alone, next to protobuf's message with all other fields cleared.
  void Compare(std::string_view wire, const MessagePlan& plan, const Proto& message, const FieldPlan& field) {
    Bindings bindings = Bind();
    WireFields fields(bindings);
    Value value;
    ASSERT_TRUE(fields.Read(wire, plan, field, value));
    if (field.explicit_presence && !field.repeated) {
      EXPECT_EQ(!value.absent(), message.GetReflection()->HasField(message, field.descriptor)) << field.name;
    }
    Buffer out;
    ASSERT_TRUE(AppendField(field, value, out).ok()) << field.name;
    const std::unique_ptr<Proto> ours(message.New());
    ASSERT_TRUE(ours->ParsePartialFromArray(out.data(), static_cast<int>(out.size())));
    ours->GetReflection()->MutableUnknownFields(ours.get())->Clear();
    const std::unique_ptr<Proto> theirs(message.New());
    theirs->CopyFrom(message);
    std::vector<const FieldDescriptor*> set;
    message.GetReflection()->ListFields(message, &set);
    theirs->GetReflection()->MutableUnknownFields(theirs.get())->Clear();
    for (const FieldDescriptor* other : set) {
      if (other != field.descriptor) theirs->GetReflection()->ClearField(theirs.get(), other);
    }
    EXPECT_EQ(ours->DebugString(), theirs->DebugString()) << field.name;
    if (field.map) {
      size_t keys = 0;
      ASSERT_TRUE(fields.CountKeys(value, keys));
      std::set<std::string> distinct;
      for (int i = 0; i < theirs->GetReflection()->FieldSize(*theirs, field.descriptor); ++i) {
        const Proto& entry = theirs->GetReflection()->GetRepeatedMessage(*theirs, field.descriptor, i);
        std::string key;
        google::protobuf::TextFormat::PrintFieldValueToString(entry, entry.GetDescriptor()->field(0), -1, &key);
        distinct.insert(key);
      }
      EXPECT_EQ(keys, distinct.size()) << field.name;
    }
  }

  void CompareRandom(const transcoding::Schema& schema, const MessagePlan& plan) {
    google::protobuf::DynamicMessageFactory factory(&schema.pool());
    const Proto* prototype = factory.GetPrototype(plan.descriptor());
    size_t parsed = 0;
    for (int round = 0; round < 400; ++round) {
      Buffer wire;
      AppendRandom(plan, 0, wire);
      const std::unique_ptr<Proto> message(prototype->New());
      if (!message->ParsePartialFromArray(wire.data(), static_cast<int>(wire.size()))) continue;
      ++parsed;
      for (const FieldPlan& field : plan.fields()) Compare(wire.view(), plan, *message, field);
      if (HasFailure()) FAIL() << "round " << round;
    }
    EXPECT_GT(parsed, 300u);
  }

  transcoding::Schema old_schema_;
  transcoding::PlanSet old_plans_;
  std::mt19937_64 random_{20261129};
};

TEST_F(WireFieldsTest, AgreesWithProtobufOnRandomMessages) { CompareRandom(schema_, Plan("User")); }

TEST_F(WireFieldsTest, AgreesWithProtobufOnClosedEnumsAndGroups) {
  CompareRandom(old_schema_, *old_plans_.Find("old.Old"));
}

// As protobuf's generated code has it: an entry whose number the enum does not have is no entry.
TEST_F(WireFieldsTest, PassesOverEntriesOfUnknownNumbers) {
  const MessagePlan& plan = *old_plans_.Find("old.Named");
  const std::string_view wire(
      "\x0A\x05\x0A\x01"
      "a\x10\x03"
      "\x0A\x05\x0A\x01"
      "a\x10\x07"
      "\x0A\x05\x0A\x01"
      "b\x10\x07",
      21);
  Bindings bindings = Bind();
  WireFields fields(bindings);
  Value map;
  Value value;
  size_t keys = 0;
  ASSERT_TRUE(fields.Read(wire, plan, plan.fields()[0], map));
  ASSERT_TRUE(fields.CountKeys(map, keys));
  EXPECT_EQ(keys, 1u);
  ASSERT_TRUE(fields.Find(map, Value::Text("a"), value));
  EXPECT_EQ(value.integer, 3);
  ASSERT_TRUE(fields.Find(map, Value::Text("b"), value));
  EXPECT_TRUE(value.absent());
}

TEST_F(WireFieldsTest, RefusesOrReadsWhateverIsCutOff) {
  const std::string_view wire =
      Wire("User", R"({"id":"u1","age":5,"labels":{"x":"1"},"balance":2.5,"address":{"city":"Bern"},
    "numbers":[1,300],"addresses":{"7":{"city":"B"}},"fixed":"9"})");
  for (size_t size = 0; size <= wire.size(); ++size) {
    Bindings bindings = Bind();
    WireFields fields(bindings);
    for (const FieldPlan& field : Plan("User").fields()) {
      const std::string cut(wire.substr(0, size));
      Value value;
      if (!fields.Read(cut, Plan("User"), field, value)) {
        EXPECT_EQ(fields.TakeError().reason(), Reason::kBackendProtocolError);
        EXPECT_LT(size, wire.size());
      }
    }
  }
}

}  // namespace
}  // namespace dragoman::composition
