#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "transcoding/json_codec.h"
#include "transcoding/message_plan.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {
namespace {

// chain.M0 { M1 next = 1; } … chain.M199 { string leaf = 1; }, and chain.Odd, which leads into its middle.
std::string Chain(int length) {
  google::protobuf::FileDescriptorSet set;
  auto& file = *set.add_file();
  file.set_name("chain.proto");
  file.set_package("chain");
  file.set_syntax("proto3");
  const auto add = [&](const std::string& name, const std::string& field, int next) {
    auto& message = *file.add_message_type();
    message.set_name(name);
    auto& only = *message.add_field();
    only.set_name(field);
    only.set_number(1);
    only.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    only.set_type(next < length ? google::protobuf::FieldDescriptorProto::TYPE_MESSAGE
                                : google::protobuf::FieldDescriptorProto::TYPE_STRING);
    if (next < length) only.set_type_name(".chain.M" + std::to_string(next));
  };
  for (int i = 0; i < length; ++i) add("M" + std::to_string(i), i + 1 < length ? "next" : "leaf", i + 1);
  add("Odd", "next", length / 2);
  return set.SerializeAsString();
}

// {"next":{"next":{"leaf":"tea"}}} with so many "next".
std::string Nested(int depth) {
  std::string text = R"({"leaf":"tea"})";
  for (int i = 0; i < depth; ++i) text = R"({"next":)" + text + "}";
  return text;
}

TEST(PlanSet, WorkersThatCompileTheSamePlansAtOnceAllSeeThemWhole) {
  constexpr int kLength = 90;
  constexpr int kWorkers = 8;
  for (int round = 0; round < 20; ++round) {
    SchemaBuilder builder;
    builder.Add("chain.pb", Chain(kLength));
    const Schema schema = std::move(builder).Build().value();
    const PlanSet plans(schema);
    std::latch start(kWorkers);
    std::vector<std::string> written(kWorkers);
    std::vector<std::thread> workers;
    for (int i = 0; i < kWorkers; ++i) {
      workers.emplace_back([&, i] {
        JsonCodec codec(plans);
        Buffer json;
        json.Append(Nested(i % 2 == 0 ? kLength - 1 : kLength / 2));
        const auto* descriptor = schema.pool().FindMessageTypeByName(i % 2 == 0 ? "chain.M0" : "chain.Odd");
        start.arrive_and_wait();
        const MessagePlan& plan = plans.GetDeferred(descriptor);
        Buffer wire;
        ASSERT_TRUE(codec.ReadMessage(plan, json, {}, wire).ok());
        Buffer out;
        ASSERT_TRUE(codec.WriteMessage(plan, wire.view(), {}, out).ok());
        written[static_cast<size_t>(i)] = out.view();
      });
    }
    for (std::thread& worker : workers) worker.join();
    for (int i = 0; i < kWorkers; ++i) {
      EXPECT_EQ(written[static_cast<size_t>(i)], Nested(i % 2 == 0 ? kLength - 1 : kLength / 2));
    }
  }
}

}  // namespace
}  // namespace dragoman::transcoding
