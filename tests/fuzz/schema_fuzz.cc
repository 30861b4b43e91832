#include <cstdint>
#include <string_view>
#include <utility>

#include "fuzz.h"
#include "transcoding/json_codec.h"
#include "transcoding/schema.h"

using dragoman::Buffer;
using dragoman::Problem;
using dragoman::fuzz::Require;
using namespace dragoman::transcoding;

namespace {

// Every message of the type and of those within it is written and read.
void Try(const google::protobuf::Descriptor& message, const PlanSet& plans, JsonCodec& codec) {
  const MessagePlan& plan = plans.Get(&message);
  Require(plan.full_name() == message.full_name());
  for (const FieldPlan& field : plan.fields()) {
    Require(plan.Find(field.name) != nullptr && plan.Find(field.json_name) != nullptr);
    Require((field.message != nullptr) == (field.descriptor->message_type() != nullptr));
    Require((field.enumeration != nullptr) == (field.descriptor->enum_type() != nullptr));
    Require(!field.packed || field.packable);
  }
  Buffer json;
  if (codec.WriteMessage(plan, "", {.emit_defaults = true}, json).ok()) {
    Buffer wire;
    (void)codec.ReadMessage(plan, json, {}, wire);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) Try(*message.nested_type(i), plans, codec);
}

}  // namespace

// Any bytes are either a schema, all of whose types can be compiled to plans and used, or problems, each with a place
// and a text of one line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SchemaBuilder builder;
  builder.Add("a.pb", {reinterpret_cast<const char*>(data), size});
  const tl::expected<Schema, dragoman::Problems> schema = std::move(builder).Build();
  if (!schema) {
    Require(!schema.error().empty());
    for (const Problem& problem : schema.error()) {
      Require(!problem.where.empty() && !problem.what.empty());
      Require(problem.where.find('\n') == std::string::npos && problem.what.find('\n') == std::string::npos);
    }
    return 0;
  }
  const PlanSet plans(*schema);
  JsonCodec codec(plans);
  for (const google::protobuf::FileDescriptor* file : schema->files()) {
    for (int i = 0; i < file->message_type_count(); ++i) Try(*file->message_type(i), plans, codec);
  }
  return 0;
}
