#pragma once

#include <google/protobuf/descriptor.h>

#include <atomic>
#include <cassert>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "transcoding/name_table.h"
#include "transcoding/padded_text.h"
#include "transcoding/schema.h"

namespace dragoman::transcoding {

class MessagePlan;
class PlanCompiler;

// How a message type is spelled in JSON.
enum class WellKnown : uint8_t {
  kNone,  // an ordinary object
  kAny, kTimestamp, kDuration, kFieldMask, kStruct, kValue, kListValue, kEmpty,
  kWrapper,   // google.protobuf.{Bool,Bytes,Double,Float,Int32,Int64,String,UInt32,UInt64}Value
  kHttpBody,  // google.api.HttpBody: an ordinary object in JSON, raw bytes as a whole request or reply
};

// An enum type, compiled: names to numbers and back.
struct EnumPlan {
  const google::protobuf::EnumDescriptor* descriptor = nullptr;  // for load-time checks only
  std::string full_name;
  bool closed = false;      // an unknown number is refused
  bool null_value = false;  // google.protobuf.NullValue: JSON null
  std::unordered_map<std::string_view, int32_t> numbers;  // by name, aliases included
  std::unordered_map<int32_t, std::string> names;         // first name of a number
  std::vector<std::string_view> ordered_names;            // as declared, for error texts
  NameTable by_name;                                      // the same as `numbers`
  std::vector<PaddedText> quoted;  // JSON text of the numbers 0, 1, 2 … as far as they are dense; empty for one without a name

  // `"RED"`, quotes included, padded; empty where the number has no name.
  std::string_view Quoted(int32_t number) const {
    const auto index = static_cast<uint32_t>(number);
    return index < quoted.size() ? quoted[index].view() : std::string_view();
  }
};

// What the codec must know of one field, resolved once at load. No code on the request path asks the FieldDescriptor.
struct FieldPlan {
  const google::protobuf::FieldDescriptor* descriptor = nullptr;  // for explain and load-time checks only
  std::string name;       // "unit_price"
  std::string json_name;  // "unitPrice"
  int32_t number = 0;
  google::protobuf::FieldDescriptor::Type type{};
  bool repeated = false;         // lists and maps
  bool map = false;
  bool packed = false;
  bool explicit_presence = false;  // `optional`, proto2, oneof members, messages
  int32_t oneof = -1;              // index into MessagePlan::oneofs of a real (not synthetic) oneof, else -1
  int32_t index = 0;               // position in MessagePlan::fields
  uint32_t tag = 0;                // (number << 3) | wire type of one value; of the packed field where `packed`
  const MessagePlan* message = nullptr;  // of message, group and map-entry fields
  const EnumPlan* enumeration = nullptr;

  // What the codec writes and compares, made once.
  bool extension = false;     // name and json_name are "[pkg.ext]"
  bool unset_when_empty = false;  // bytes without presence: empty is not put on the wire, see transcoding/README.md
  bool packable = false;      // repeated, of a type that may come packed, whatever `packed` says
  bool ordinary = false;      // singular, in no oneof, of no closed enum: its writer has nothing to ask
  uint32_t element_tag = 0;   // tag of one value, never that of a packed run
  PaddedText json_key;        // `,"unitPrice":`
  PaddedText proto_key;       // `,"unit_price":`
  std::string zero;           // JSON text where the field is unset and `emit_defaults` shows it; empty where it never does
  std::string unset;          // JSON text of the default, whatever the presence: 0, "", [], {}, null
  int32_t unset_enum = 0;     // number of an enum's default
};

// A message type, compiled: fields in declaration order, names both ways, the spelling of well-known types.
//
// A plan is compiled on first use, in two steps: its own fields, then those of all that they lead to. PlanSet::Find and
// Get return complete plans; whoever takes one from GetDeferred, or such a one's FieldPlan::message, compiles it before
// it asks for fields.
//
// Threads: safe to use concurrently; who compiles excludes others who do, and nobody else.
class MessagePlan {
 public:
  // Compiles the fields of the message itself, unless they are.
  void CompileFields() const;
  // Compiles whatever a value of the message may hold, unless it is: from then on no plan below needs a look. Cost:
  // a load when it has been done.
  void Complete() const {
    if (!complete_.load(std::memory_order_acquire)) CompleteNow();
  }

  const google::protobuf::Descriptor* descriptor() const { return descriptor_; }
  const std::string& full_name() const { return full_name_; }
  WellKnown well_known() const { return well_known_; }
  const std::vector<FieldPlan>& fields() const {
    assert(compiled_);
    return fields_;
  }
  const std::vector<std::string>& oneofs() const {  // names
    assert(compiled_);
    return oneofs_;
  }

  // By proto name, then by json_name; null if there is none.
  const FieldPlan* Find(std::string_view name) const;
  const FieldPlan* FindNumber(int32_t number) const;
  // By tag, where the wire type fits the field; null where protobuf takes such a value for an unknown field.
  const FieldPlan* FindTag(uint32_t tag) const;
  // The field whose name is the nearest to `name`, for "did you mean"; null where none is near.
  const FieldPlan* Nearest(std::string_view name) const;
  // True where the type has a JSON form that is one string, number, bool: Timestamp, Duration, FieldMask, wrappers.
  bool scalar_form() const;
  // True where a well-known type has a JSON form of its own, which an Any holds under "value".
  bool special_form() const;
  // Fields are declared in the order of their numbers, which is the order in which serializers write them.
  bool in_number_order() const {
    assert(compiled_);
    return in_number_order_;
  }

 private:
  friend class PlanCompiler;
  void CompleteNow() const;

  PlanCompiler* compiler_ = nullptr;
  std::atomic<bool> complete_ = false;
  bool compiled_ = false;  // these two belong to the compiler, until complete_
  bool reached_ = false;   // it is complete, or about to be
  const google::protobuf::Descriptor* descriptor_ = nullptr;
  std::string full_name_;
  WellKnown well_known_ = WellKnown::kNone;
  std::vector<FieldPlan> fields_;  // extensions that the schema knows come last, by number
  std::vector<std::string> oneofs_;
  NameTable names_;               // → index
  std::vector<int32_t> dense_;    // by number, while numbers are small: index or -1
  std::vector<std::pair<int32_t, int32_t>> sparse_;  // number → index of the others, sorted
  bool in_number_order_ = true;
};

// The plans of every message type of a schema. Shared by all workers; compiled on first use, see MessagePlan.
//
// Lifetime: shorter than that of the pool. Threads: safe to use concurrently. Cost: a look-up takes no lock, but where
// it is the first of that type.
class PlanSet {
 public:
  explicit PlanSet(const Schema& schema);
  // The message types of `files` and of all that they import, with the extensions that `pool` knows; none of an edition.
  PlanSet(const google::protobuf::DescriptorPool& pool, std::span<const google::protobuf::FileDescriptor* const> files);
  // The message types of `file`, which are not in `base`; their fields of other types point to the plans of `base`, which
  // holds all that `file` imports and outlives this.
  PlanSet(const PlanSet& base, const google::protobuf::FileDescriptor& file);
  ~PlanSet();
  PlanSet(const PlanSet&) = delete;
  PlanSet& operator=(const PlanSet&) = delete;

  // By full name ("shop.v1.Item"), complete; null if the schema has no such message.
  const MessagePlan* Find(std::string_view full_name) const;
  const MessagePlan& Get(const google::protobuf::Descriptor* descriptor) const;
  // The same, not yet compiled: for a RequestPlan, ReplyPlan or FieldReader, which compile what they use when they do.
  const MessagePlan& GetDeferred(const google::protobuf::Descriptor* descriptor) const;

 private:
  PlanSet(const google::protobuf::DescriptorPool& pool, std::span<const google::protobuf::FileDescriptor* const> files,
          const Features& features);

  std::unique_ptr<PlanCompiler> compiler_;
};

}  // namespace dragoman::transcoding
