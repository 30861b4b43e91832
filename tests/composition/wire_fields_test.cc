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

class WireFieldsTest : public Shop {
 protected:
  WireFieldsTest() : factory_(&schema_.pool()) { factory_.SetDelegateToGeneratedFactory(false); }

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
  void Compare(std::string_view wire, const Proto& message, const FieldPlan& field) {
    Bindings bindings = Bind();
    WireFields fields(bindings);
    Value value;
    ASSERT_TRUE(fields.Read(wire, Plan("User"), field, value));
    if (field.explicit_presence && !field.repeated) {
      EXPECT_EQ(!value.absent(), message.GetReflection()->HasField(message, field.descriptor)) << field.name;
    }
    Buffer out;
    ASSERT_TRUE(AppendField(field, value, out).ok()) << field.name;
    const std::unique_ptr<Proto> ours(message.New());
    ASSERT_TRUE(ours->ParseFromArray(out.data(), static_cast<int>(out.size())));
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

  google::protobuf::DynamicMessageFactory factory_;
  std::mt19937_64 random_{20261129};
};

TEST_F(WireFieldsTest, AgreesWithProtobufOnRandomMessages) {
  const MessagePlan& plan = Plan("User");
  const Proto* prototype = factory_.GetPrototype(plan.descriptor());
  size_t parsed = 0;
  for (int round = 0; round < 400; ++round) {
    Buffer wire;
    AppendRandom(plan, 0, wire);
    const std::unique_ptr<Proto> message(prototype->New());
    if (!message->ParseFromArray(wire.data(), static_cast<int>(wire.size()))) continue;
    ++parsed;
    for (const FieldPlan& field : plan.fields()) Compare(wire.view(), *message, field);
    if (HasFailure()) FAIL() << "round " << round;
  }
  EXPECT_GT(parsed, 300u);
}

TEST_F(WireFieldsTest, RefusesOrReadsWhateverIsCutOff) {
  const std::string_view wire = Wire("User", R"({"id":"u1","age":5,"labels":{"x":"1"},"balance":2.5,"address":{"city":"Bern"},
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
