#include "transcoding/message_plan.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "transcoding/base64.h"
#include "transcoding/features.h"
#include "transcoding/json_escape.h"
#include "transcoding/nearest.h"
#include "transcoding/number_text.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr int32_t kMaxDenseNumber = 1024;  // numbers up to this are looked up by index
constexpr int kMaxDenseEnum = 256;         // the same for an enum's numbers

constexpr std::array<std::pair<std::string_view, WellKnown>, 18> kWellKnown = {{
    {"google.protobuf.Any", WellKnown::kAny},
    {"google.protobuf.Timestamp", WellKnown::kTimestamp},
    {"google.protobuf.Duration", WellKnown::kDuration},
    {"google.protobuf.FieldMask", WellKnown::kFieldMask},
    {"google.protobuf.Struct", WellKnown::kStruct},
    {"google.protobuf.Value", WellKnown::kValue},
    {"google.protobuf.ListValue", WellKnown::kListValue},
    {"google.protobuf.Empty", WellKnown::kEmpty},
    {"google.protobuf.BoolValue", WellKnown::kWrapper},
    {"google.protobuf.BytesValue", WellKnown::kWrapper},
    {"google.protobuf.DoubleValue", WellKnown::kWrapper},
    {"google.protobuf.FloatValue", WellKnown::kWrapper},
    {"google.protobuf.Int32Value", WellKnown::kWrapper},
    {"google.protobuf.Int64Value", WellKnown::kWrapper},
    {"google.protobuf.StringValue", WellKnown::kWrapper},
    {"google.protobuf.UInt32Value", WellKnown::kWrapper},
    {"google.protobuf.UInt64Value", WellKnown::kWrapper},
    {"google.api.HttpBody", WellKnown::kHttpBody},
}};

// Files whose types the gateway knows whatever the schema's sources import: what an Any or an error detail may hold.
constexpr std::array<const char*, 10> kBuiltIn = {"google/protobuf/any.proto",      "google/protobuf/duration.proto",
                                                  "google/protobuf/empty.proto",    "google/protobuf/field_mask.proto",
                                                  "google/protobuf/struct.proto",   "google/protobuf/timestamp.proto",
                                                  "google/protobuf/wrappers.proto", "google/api/httpbody.proto",
                                                  "google/rpc/error_details.proto", "google/rpc/status.proto"};

WellKnown WellKnownOf(const std::string& full_name) {
  for (const auto& [name, kind] : kWellKnown) {
    if (name == full_name) return kind;
  }
  return WellKnown::kNone;
}

WireType WireTypeOf(FieldDescriptor::Type type) {
  switch (type) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return WireType::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return WireType::kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return WireType::kLength;
    case FieldDescriptor::TYPE_GROUP:
      return WireType::kStartGroup;
    default:
      return WireType::kVarint;
  }
}

std::string QuotedText(std::string_view text) {
  Buffer quoted;
  AppendEscaped(text, quoted);
  return std::string(quoted.view());
}

std::string EnumDefault(const FieldDescriptor& field) {
  if (field.enum_type()->full_name() == "google.protobuf.NullValue") return "null";
  return QuotedText(field.default_value_enum()->name());
}

template <typename Floating>
std::string FloatingText(Floating value) {
  Buffer text;
  AppendFloating(value, text);
  return std::string(text.view());
}

std::string StringDefault(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_STRING) return QuotedText(field.default_value_string());
  Buffer text;
  text.Append('"');
  AppendBase64(field.default_value_string(), text);
  text.Append('"');
  return std::string(text.view());
}

// The JSON text of an unset field; of proto2 its declared default.
std::string UnsetText(const FieldDescriptor& field) {
  if (field.is_map()) return "{}";
  if (field.is_repeated()) return "[]";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_STRING:
      return StringDefault(field);
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(field.default_value_int32());
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(field.default_value_uint32());
    case FieldDescriptor::CPPTYPE_INT64:
      return QuotedText(std::to_string(field.default_value_int64()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return QuotedText(std::to_string(field.default_value_uint64()));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FloatingText(field.default_value_double());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FloatingText(field.default_value_float());
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumDefault(field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "null";
  }
  return "null";
}

void BuildEnum(const EnumDescriptor& descriptor, const Features& features, EnumPlan& plan) {
  plan.descriptor = &descriptor;
  plan.full_name = descriptor.full_name();
  plan.closed = features.IsClosed(descriptor);
  plan.null_value = plan.full_name == "google.protobuf.NullValue";
  std::vector<std::pair<std::string_view, int32_t>> names;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    plan.numbers.emplace(value.name(), value.number());
    plan.names.emplace(value.number(), value.name());
    plan.ordered_names.emplace_back(value.name());
    names.emplace_back(value.name(), value.number());
  }
  plan.by_name.Build(names);
  for (int number = 0; number < kMaxDenseEnum && number < 2 * descriptor.value_count(); ++number) {
    const auto found = plan.names.find(number);
    plan.quoted.push_back(found == plan.names.end() ? std::string() : QuotedText(found->second));
  }
}

// Of a pool whose descriptors know all themselves.
const Features& NoFeatures() {
  static const Features none;
  return none;
}

void BuildField(const FieldDescriptor& descriptor, const Features& features, FieldPlan& field) {
  field.descriptor = &descriptor;
  field.extension = descriptor.is_extension();
  field.name = field.extension ? "[" + descriptor.full_name() + "]" : descriptor.name();
  field.json_name = field.extension ? field.name : descriptor.json_name();
  field.number = descriptor.number();
  field.type = features.IsDelimited(descriptor) ? FieldDescriptor::TYPE_GROUP : descriptor.type();
  field.repeated = descriptor.is_repeated();
  field.map = descriptor.is_map();
  field.packed = features.IsPacked(descriptor);
  field.packable = descriptor.is_packable();
  field.explicit_presence = features.HasExplicitPresence(descriptor);
  field.unset_when_empty =
      descriptor.type() == FieldDescriptor::TYPE_BYTES && !descriptor.is_repeated() && !field.explicit_presence;
  if (descriptor.real_containing_oneof() != nullptr) field.oneof = descriptor.real_containing_oneof()->index();
  field.element_tag = MakeTag(field.number, WireTypeOf(field.type));
  field.tag = field.packed ? MakeTag(field.number, WireType::kLength) : field.element_tag;
  field.json_key = PaddedText("," + QuotedText(field.json_name) + ":");
  field.proto_key = PaddedText("," + QuotedText(field.name) + ":");
  field.unset = UnsetText(descriptor);
  if (descriptor.enum_type() != nullptr) field.unset_enum = descriptor.default_value_enum()->number();
  if (!field.explicit_presence && !field.extension) field.zero = field.unset;
}

}  // namespace

std::string_view EnumPlan::Quoted(int32_t number) const {
  if (number >= 0 && static_cast<size_t>(number) < quoted.size()) return quoted[static_cast<size_t>(number)];
  return {};
}

const FieldPlan* MessagePlan::Find(std::string_view name) const {
  const int32_t* index = names_.Find(name);
  return index == nullptr ? nullptr : &fields_[static_cast<size_t>(*index)];
}

const FieldPlan* MessagePlan::FindNumber(int32_t number) const {
  if (number >= 0 && static_cast<size_t>(number) < dense_.size()) {
    const int32_t index = dense_[static_cast<size_t>(number)];
    return index < 0 ? nullptr : &fields_[static_cast<size_t>(index)];
  }
  const auto found = std::lower_bound(sparse_.begin(), sparse_.end(), std::pair(number, int32_t{0}));
  return found == sparse_.end() || found->first != number ? nullptr : &fields_[static_cast<size_t>(found->second)];
}

const FieldPlan* MessagePlan::FindTag(uint32_t tag) const {
  const FieldPlan* field = FindNumber(NumberOf(tag));
  if (field == nullptr || tag == field->element_tag) return field;
  return field->packable && transcoding::WireTypeOf(tag) == WireType::kLength ? field : nullptr;
}

const FieldPlan* MessagePlan::Nearest(std::string_view name) const {
  std::vector<std::string_view> candidates;
  for (const FieldPlan& field : fields_) candidates.push_back(field.json_name);
  for (const FieldPlan& field : fields_) candidates.push_back(field.name);
  const std::string_view nearest = NearestName(name, candidates);
  return nearest.empty() ? nullptr : Find(nearest);
}

bool MessagePlan::scalar_form() const {
  switch (well_known_) {
    case WellKnown::kTimestamp:
    case WellKnown::kDuration:
    case WellKnown::kFieldMask:
    case WellKnown::kWrapper:
      return true;
    default:
      return false;
  }
}

bool MessagePlan::special_form() const {
  return scalar_form() || well_known_ == WellKnown::kAny || well_known_ == WellKnown::kStruct ||
         well_known_ == WellKnown::kValue || well_known_ == WellKnown::kListValue;
}

struct PlanSet::State {
  std::unordered_map<std::string_view, std::unique_ptr<MessagePlan>> messages;
  std::unordered_map<std::string_view, std::unique_ptr<EnumPlan>> enums;
  std::unordered_set<const FileDescriptor*> files;
  const State* base = nullptr;
  const Features* features;

  explicit State(const Features& known) : features(&known) {}

  const MessagePlan* Find(std::string_view full_name) const {
    const auto found = messages.find(full_name);
    if (found != messages.end()) return found->second.get();
    return base != nullptr ? base->Find(full_name) : nullptr;
  }

  void AddFile(const FileDescriptor& file) {
    // An import chain may be long, so the files that are left wait in a list.
    std::vector<const FileDescriptor*> waiting = {&file};
    while (!waiting.empty()) {
      const FileDescriptor& next = *waiting.back();
      waiting.pop_back();
      if ((base != nullptr && base->files.contains(&next)) || !files.insert(&next).second) continue;
      for (int i = 0; i < next.dependency_count(); ++i) waiting.push_back(next.dependency(i));
      for (int i = 0; i < next.message_type_count(); ++i) AddMessage(*next.message_type(i));
    }
  }

  void AddMessage(const Descriptor& message) {
    const auto& plan = messages.emplace(message.full_name(), std::make_unique<MessagePlan>()).first->second;
    plan->descriptor_ = &message;
    for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i));
  }

  const EnumPlan* Enum(const EnumDescriptor& descriptor) {
    if (base != nullptr) {
      if (const auto found = base->enums.find(descriptor.full_name()); found != base->enums.end()) {
        return found->second.get();
      }
    }
    auto& plan = enums[descriptor.full_name()];
    if (plan == nullptr) {
      plan = std::make_unique<EnumPlan>();
      BuildEnum(descriptor, *features, *plan);
    }
    return plan.get();
  }

  void AppendField(const FieldDescriptor& descriptor, MessagePlan& plan) {
    FieldPlan field;
    BuildField(descriptor, *features, field);
    if (descriptor.message_type() != nullptr) {
      field.message = Find(descriptor.message_type()->full_name());
      // The type of an extension that no file in sight imports.
      if (field.message == nullptr) return;
    }
    if (descriptor.enum_type() != nullptr) field.enumeration = Enum(*descriptor.enum_type());
    field.index = static_cast<int32_t>(plan.fields_.size());
    plan.fields_.push_back(std::move(field));
  }

  void Compile(const DescriptorPool& pool, MessagePlan& plan) {
    const Descriptor& descriptor = *plan.descriptor_;
    plan.full_name_ = descriptor.full_name();
    plan.well_known_ = WellKnownOf(plan.full_name_);
    for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i)
      plan.oneofs_.push_back(descriptor.oneof_decl(i)->name());
    std::vector<const FieldDescriptor*> extensions;
    // Those of a MessageSet are no fields on the wire, but items of a list.
    if (!descriptor.options().message_set_wire_format()) pool.FindAllExtensions(&descriptor, &extensions);
    std::sort(extensions.begin(), extensions.end(),
              [](const auto* left, const auto* right) { return left->number() < right->number(); });
    plan.fields_.reserve(static_cast<size_t>(descriptor.field_count()) + extensions.size());
    for (int i = 0; i < descriptor.field_count(); ++i) AppendField(*descriptor.field(i), plan);
    for (const FieldDescriptor* extension : extensions) AppendField(*extension, plan);
    Index(plan);
  }

  static void Index(MessagePlan& plan) {
    std::vector<std::pair<std::string_view, int32_t>> names;
    for (const FieldPlan& field : plan.fields_) names.emplace_back(field.name, field.index);
    for (const FieldPlan& field : plan.fields_) names.emplace_back(field.json_name, field.index);
    plan.names_.Build(names);
    int32_t previous = 0;
    for (const FieldPlan& field : plan.fields_) {
      plan.in_number_order_ = plan.in_number_order_ && field.number > previous;
      previous = field.number;
      if (field.number <= kMaxDenseNumber) {
        const auto slot = static_cast<size_t>(field.number);
        if (plan.dense_.size() <= slot) plan.dense_.resize(slot + 1, -1);
        plan.dense_[slot] = field.index;
      } else {
        plan.sparse_.emplace_back(field.number, field.index);
      }
    }
    std::sort(plan.sparse_.begin(), plan.sparse_.end());
  }
};

PlanSet::PlanSet(const Schema& schema) : PlanSet(schema.pool(), schema.files(), schema.features()) {}

PlanSet::PlanSet(const DescriptorPool& pool, std::span<const FileDescriptor* const> files)
    : PlanSet(pool, files, NoFeatures()) {}

PlanSet::PlanSet(const DescriptorPool& pool, std::span<const FileDescriptor* const> files, const Features& features)
    : state_(std::make_unique<State>(features)) {
  for (const FileDescriptor* file : files) state_->AddFile(*file);
  for (const char* name : kBuiltIn) {
    if (const FileDescriptor* file = pool.FindFileByName(name)) state_->AddFile(*file);
  }
  for (const auto& [name, plan] : state_->messages) state_->Compile(pool, *plan);
}

PlanSet::PlanSet(const PlanSet& base, const FileDescriptor& file)
    : state_(std::make_unique<State>(*base.state_->features)) {
  state_->base = base.state_.get();
  state_->AddFile(file);
  for (const auto& [name, plan] : state_->messages) state_->Compile(*file.pool(), *plan);
}

PlanSet::~PlanSet() = default;

const MessagePlan* PlanSet::Find(std::string_view full_name) const { return state_->Find(full_name); }

const MessagePlan& PlanSet::Get(const Descriptor* descriptor) const { return *Find(descriptor->full_name()); }

}  // namespace dragoman::transcoding
