#include "transcoding/message_plan.h"

#include <array>
#include <barrier>
#include <thread>

#include "codec_fixture.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using codec::test::Everything;
using codec::test::Old;
using codec::test::Shuffled;

class MessagePlanTest : public CodecTest {};

TEST_F(MessagePlanTest, FindsFieldsByEitherNameNumberAndTag) {
  const MessagePlan& plan = Plan<Everything>();
  const FieldPlan* field = plan.Find("int32_value");
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(plan.Find("int32Value"), field);
  EXPECT_EQ(plan.FindNumber(3), field);
  EXPECT_EQ(plan.FindTag(MakeTag(3, WireType::kVarint)), field);
  EXPECT_EQ(plan.FindTag(MakeTag(3, WireType::kLength)), nullptr);
  EXPECT_EQ(field->index, 2);
  EXPECT_EQ(&plan.fields()[2], field);
  EXPECT_EQ(plan.Find("other-name"), plan.Find("renamed"));
  EXPECT_EQ(plan.Find("far"), plan.FindNumber(536870911));
  EXPECT_EQ(plan.Find("nope"), nullptr);
  EXPECT_EQ(plan.FindNumber(18), nullptr);
  EXPECT_EQ(plan.FindNumber(536870910), nullptr);
  EXPECT_EQ(plan.FindNumber(-1), nullptr);
}

TEST_F(MessagePlanTest, ADeferredPlanIsTheOneThatFindCompletes) {
  const PlanSet plans(*google::protobuf::DescriptorPool::generated_pool(), std::array{Everything::descriptor()->file()});
  const MessagePlan& deferred = plans.GetDeferred(Everything::descriptor());
  EXPECT_EQ(deferred.full_name(), "codec.test.Everything");
  deferred.CompileFields();
  const FieldPlan* child = deferred.Find("child");
  ASSERT_NE(child, nullptr);
  EXPECT_EQ(plans.Find("codec.test.Everything"), &deferred);
  EXPECT_EQ(child, deferred.Find("child"));
  EXPECT_NE(child->message->Find("child"), nullptr);
}

TEST_F(MessagePlanTest, HasNoPlanOfATypeThatNoFileOfItsHolds) {
  const PlanSet plans(*google::protobuf::DescriptorPool::generated_pool(), std::array{Everything::descriptor()->file()});
  EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName("google.api.Http"), nullptr);
  EXPECT_EQ(plans.Find("google.api.Http"), nullptr);
  EXPECT_EQ(plans.Find("codec.test.None"), nullptr);
  EXPECT_EQ(plans.Find(""), nullptr);
}

TEST_F(MessagePlanTest, ManyThreadsMayBeTheFirstToUseAPlan) {
  const std::array files = {Everything::descriptor()->file()};
  const std::string_view json =
      R"({"child":{"child":{"stringValue":"deep"}},"any":{"@type":"type.googleapis.com/codec.test.Shuffled"}})";
  for (int round = 0; round < 20; ++round) {
    const PlanSet plans(*google::protobuf::DescriptorPool::generated_pool(), files);
    const MessagePlan& plan = plans.GetDeferred(Everything::descriptor());
    std::array<std::string, 4> results;
    std::barrier together(static_cast<std::ptrdiff_t>(results.size()));
    {
      std::vector<std::jthread> threads;
      for (std::string& result : results) {
        threads.emplace_back([&] {
          JsonCodec codec(plans);
          Buffer text(json), wire, out;
          together.arrive_and_wait();
          Status status = codec.ReadMessage(plan, text, {}, wire);
          if (status.ok()) status = codec.WriteMessage(plan, wire.view(), {.emit_defaults = false}, out);
          result = status.ok() ? std::string(out.view()) : Outcome(status);
        });
      }
    }
    for (const std::string& result : results) ASSERT_EQ(result, json);
  }
}

TEST_F(MessagePlanTest, NamesTheNearestField) {
  const MessagePlan& plan = Plan<Everything>();
  EXPECT_EQ(plan.Nearest("strinValue"), plan.Find("stringValue"));
  EXPECT_EQ(plan.Nearest("string_valeu"), plan.Find("stringValue"));
  EXPECT_EQ(plan.Nearest("nothing like it"), nullptr);
}

TEST_F(MessagePlanTest, KnowsPresencePackingAndOneofs) {
  const MessagePlan& plan = Plan<Everything>();
  EXPECT_FALSE(plan.Find("int32Value")->explicit_presence);
  EXPECT_TRUE(plan.Find("maybeInt32")->explicit_presence);
  EXPECT_EQ(plan.Find("maybeInt32")->oneof, -1);
  EXPECT_TRUE(plan.Find("child")->explicit_presence);
  EXPECT_EQ(plan.oneofs(), std::vector<std::string>{"choice"});
  EXPECT_EQ(plan.Find("chosenString")->oneof, 0);
  EXPECT_EQ(plan.Find("int32s")->tag, MakeTag(32, WireType::kLength));
  EXPECT_EQ(plan.Find("int32s")->element_tag, MakeTag(32, WireType::kVarint));
  EXPECT_EQ(plan.Find("unpacked")->tag, MakeTag(47, WireType::kVarint));
  EXPECT_TRUE(plan.Find("unpacked")->packable);
  EXPECT_FALSE(plan.Find("strings")->packable);
  EXPECT_TRUE(plan.Find("labels")->map);
  EXPECT_TRUE(plan.Find("labels")->repeated);
  EXPECT_TRUE(plan.in_number_order());
  EXPECT_FALSE(Plan<Shuffled>().in_number_order());
}

TEST_F(MessagePlanTest, KnowsWhatOnlyProto2Has) {
  const MessagePlan& plan = Plan<Old>();
  EXPECT_TRUE(plan.Find("size")->enumeration->closed);
  EXPECT_FALSE(Plan<Everything>().Find("color")->enumeration->closed);
  EXPECT_EQ(plan.Find("box")->element_tag, MakeTag(5, WireType::kStartGroup));
  ASSERT_NE(plan.Find("[codec.test.note]"), nullptr);
  EXPECT_TRUE(plan.Find("[codec.test.note]")->extension);
  EXPECT_EQ(plan.FindNumber(102)->name, "[codec.test.Wrapping.nested_extension]");
}

TEST_F(MessagePlanTest, KnowsTheFormOfWellKnownTypes) {
  const struct {
    std::string_view type;
    WellKnown kind;
    bool scalar;
    bool special;
  } cases[] = {{"google.protobuf.Timestamp", WellKnown::kTimestamp, true, true},
               {"google.protobuf.Int64Value", WellKnown::kWrapper, true, true},
               {"google.protobuf.FieldMask", WellKnown::kFieldMask, true, true},
               {"google.protobuf.Struct", WellKnown::kStruct, false, true},
               {"google.protobuf.Any", WellKnown::kAny, false, true},
               {"google.protobuf.Empty", WellKnown::kEmpty, false, false},
               {"codec.test.Old", WellKnown::kNone, false, false}};
  for (const auto& c : cases) {
    const MessagePlan* plan = plans_->Find(c.type);
    ASSERT_NE(plan, nullptr) << c.type;
    EXPECT_EQ(plan->well_known(), c.kind) << c.type;
    EXPECT_EQ(plan->scalar_form(), c.scalar) << c.type;
    EXPECT_EQ(plan->special_form(), c.special) << c.type;
  }
  EXPECT_EQ(plans_->Find("no.Such"), nullptr);
}

TEST_F(MessagePlanTest, EnumsKnowTheirNames) {
  const EnumPlan& color = *Plan<Everything>().Find("color")->enumeration;
  EXPECT_EQ(color.Quoted(1), "\"RED\"");
  EXPECT_EQ(color.Quoted(-1), "");
  EXPECT_EQ(color.names.at(-1), "NEGATIVE");
  EXPECT_EQ(color.numbers.at("CRIMSON"), 1);
  EXPECT_EQ(*color.by_name.Find("GREEN"), 2);
  EXPECT_EQ(color.ordered_names.size(), 5u);
}

}  // namespace
}  // namespace dragoman::transcoding
