#include "transcoding/message_plan.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <mutex>
#include <unordered_set>
#include <utility>

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
    plan.quoted.emplace_back(found == plan.names.end() ? std::string() : QuotedText(found->second));
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

const FieldPlan* MessagePlan::Find(std::string_view name) const {
  assert(compiled_);
  const int32_t* index = names_.Find(name);
  return index == nullptr ? nullptr : &fields_[static_cast<size_t>(*index)];
}

const FieldPlan* MessagePlan::FindNumber(int32_t number) const {
  assert(compiled_);
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

namespace {

// Plans by name, of which there are at most as many as was said: found without a lock, while others are added under one.
class PlanTable {
 public:
  explicit PlanTable(size_t plans)
      : mask_(std::bit_ceil(2 * plans + 1) - 1),
        slots_(std::make_unique<std::atomic<const MessagePlan*>[]>(mask_ + 1)) {}

  const MessagePlan* Find(std::string_view full_name) const {
    return slots_[SlotOf(full_name)].load(std::memory_order_acquire);
  }
  // `plan` outlives the table.
  void Add(const MessagePlan& plan) { slots_[SlotOf(plan.full_name())].store(&plan, std::memory_order_release); }

 private:
  // That of the name, or the free one where it would be.
  size_t SlotOf(std::string_view full_name) const {
    size_t slot = std::hash<std::string_view>()(full_name) & mask_;
    for (;; slot = (slot + 1) & mask_) {
      const MessagePlan* const plan = slots_[slot].load(std::memory_order_acquire);
      if (plan == nullptr || plan->full_name() == full_name) return slot;
    }
  }

  size_t mask_;
  std::unique_ptr<std::atomic<const MessagePlan*>[]> slots_;
};

size_t CountTypes(const Descriptor& message) {
  size_t count = 1;
  for (int i = 0; i < message.nested_type_count(); ++i) count += CountTypes(*message.nested_type(i));
  return count;
}

size_t CountTypes(const std::unordered_set<const FileDescriptor*>& files) {
  size_t count = 0;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) count += CountTypes(*file->message_type(i));
  }
  return count;
}

}  // namespace

// What makes the plans of a set. It alone changes them, and only while it holds its lock; that of a base is taken after
// that of the set which stands on it.
class PlanCompiler {
 public:
  using Files = std::unordered_set<const FileDescriptor*>;

  PlanCompiler(const DescriptorPool& pool, const Features& features, Files files, PlanCompiler* base)
      : pool_(pool), features_(features), files_(std::move(files)), base_(base), table_(CountTypes(files_)) {}

  const Features& features() const { return features_; }

  // `files` and all that they import, but for what `base` has.
  static Files WithImports(std::vector<const FileDescriptor*> files, const PlanCompiler* base) {
    // An import chain may be long, so the files that are left wait in a list.
    Files found;
    while (!files.empty()) {
      const FileDescriptor& next = *files.back();
      files.pop_back();
      if ((base != nullptr && base->files_.contains(&next)) || !found.insert(&next).second) continue;
      for (int i = 0; i < next.dependency_count(); ++i) files.push_back(next.dependency(i));
    }
    return found;
  }

  const MessagePlan* Find(std::string_view full_name) {
    if (const MessagePlan* plan = table_.Find(full_name)) return plan;
    const Descriptor* descriptor = pool_.FindMessageTypeByName(std::string(full_name));
    if (descriptor != nullptr && files_.contains(descriptor->file())) {
      const std::lock_guard lock(mutex_);
      return &Own(*descriptor);
    }
    return base_ != nullptr ? base_->Find(full_name) : nullptr;
  }

  // Null where no file has the type.
  const MessagePlan* Find(const Descriptor& descriptor) {
    if (const MessagePlan* plan = table_.Find(descriptor.full_name())) return plan;
    const std::lock_guard lock(mutex_);
    return Refer(descriptor);
  }

  void CompileFields(const MessagePlan& plan) {
    const std::lock_guard lock(mutex_);
    Compile(Mutable(plan));
  }

  void Complete(const MessagePlan& root) {
    const std::lock_guard lock(mutex_);
    std::vector<MessagePlan*> reached;
    Reach(root, reached);
    for (size_t i = 0; i < reached.size(); ++i) {
      Compile(*reached[i]);
      for (const FieldPlan& field : reached[i]->fields_) {
        if (field.message != nullptr) Reach(*field.message, reached);
      }
    }
    for (MessagePlan* plan : reached) plan->complete_.store(true, std::memory_order_release);
  }

 private:
  // Plans are const for all others.
  static MessagePlan& Mutable(const MessagePlan& plan) { return const_cast<MessagePlan&>(plan); }

  void Reach(const MessagePlan& plan, std::vector<MessagePlan*>& reached) {
    if (plan.compiler_ != this) return plan.Complete();
    if (!std::exchange(Mutable(plan).reached_, true)) reached.push_back(&Mutable(plan));
  }

  const MessagePlan* Refer(const Descriptor& descriptor) {
    if (files_.contains(descriptor.file())) return &Own(descriptor);
    return base_ != nullptr ? base_->Find(descriptor) : nullptr;
  }

  const MessagePlan& Own(const Descriptor& descriptor) {
    if (const MessagePlan* plan = table_.Find(descriptor.full_name())) return *plan;
    MessagePlan& plan = *plans_.emplace_back(std::make_unique<MessagePlan>());
    plan.compiler_ = this;
    plan.descriptor_ = &descriptor;
    plan.full_name_ = descriptor.full_name();
    plan.well_known_ = WellKnownOf(plan.full_name_);
    table_.Add(plan);
    return plan;
  }

  const EnumPlan* Enum(const EnumDescriptor& descriptor) {
    if (base_ != nullptr && !files_.contains(descriptor.file())) {
      const std::lock_guard lock(base_->mutex_);
      return base_->Enum(descriptor);
    }
    std::unique_ptr<EnumPlan>& plan = enums_[&descriptor];
    if (plan == nullptr) {
      plan = std::make_unique<EnumPlan>();
      BuildEnum(descriptor, features_, *plan);
    }
    return plan.get();
  }

  void AppendField(const FieldDescriptor& descriptor, MessagePlan& plan) {
    FieldPlan field;
    BuildField(descriptor, features_, field);
    if (descriptor.message_type() != nullptr) {
      field.message = Refer(*descriptor.message_type());
      // The type of an extension that no file in sight imports.
      if (field.message == nullptr) return;
    }
    if (descriptor.enum_type() != nullptr) field.enumeration = Enum(*descriptor.enum_type());
    const bool closed = field.enumeration != nullptr && field.enumeration->closed;
    field.ordinary = !field.repeated && field.oneof < 0 && !closed;
    field.index = static_cast<int32_t>(plan.fields_.size());
    plan.fields_.push_back(std::move(field));
  }

  void Compile(MessagePlan& plan) {
    if (std::exchange(plan.compiled_, true)) return;
    const Descriptor& descriptor = *plan.descriptor_;
    for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i)
      plan.oneofs_.push_back(descriptor.oneof_decl(i)->name());
    std::vector<const FieldDescriptor*> extensions;
    // Those of a MessageSet are no fields on the wire, but items of a list.
    if (!descriptor.options().message_set_wire_format()) pool_.FindAllExtensions(&descriptor, &extensions);
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

  const DescriptorPool& pool_;
  const Features& features_;
  const Files files_;
  PlanCompiler* const base_;
  std::mutex mutex_;
  PlanTable table_;  // of plans_
  std::vector<std::unique_ptr<MessagePlan>> plans_;
  std::unordered_map<const EnumDescriptor*, std::unique_ptr<EnumPlan>> enums_;
};

void MessagePlan::CompileFields() const { compiler_->CompileFields(*this); }

void MessagePlan::CompleteNow() const { compiler_->Complete(*this); }

PlanSet::PlanSet(const Schema& schema) : PlanSet(schema.pool(), schema.files(), schema.features()) {}

PlanSet::PlanSet(const DescriptorPool& pool, std::span<const FileDescriptor* const> files)
    : PlanSet(pool, files, NoFeatures()) {}

PlanSet::PlanSet(const DescriptorPool& pool, std::span<const FileDescriptor* const> files, const Features& features) {
  std::vector<const FileDescriptor*> all(files.begin(), files.end());
  for (const char* name : kBuiltIn) {
    if (const FileDescriptor* file = pool.FindFileByName(name)) all.push_back(file);
  }
  compiler_ = std::make_unique<PlanCompiler>(pool, features, PlanCompiler::WithImports(std::move(all), nullptr), nullptr);
}

PlanSet::PlanSet(const PlanSet& base, const FileDescriptor& file)
    : compiler_(std::make_unique<PlanCompiler>(*file.pool(), base.compiler_->features(),
                                               PlanCompiler::WithImports({&file}, base.compiler_.get()),
                                               base.compiler_.get())) {}

PlanSet::~PlanSet() = default;

const MessagePlan* PlanSet::Find(std::string_view full_name) const {
  const MessagePlan* plan = compiler_->Find(full_name);
  if (plan != nullptr) plan->Complete();
  return plan;
}

const MessagePlan& PlanSet::Get(const Descriptor* descriptor) const {
  const MessagePlan& plan = GetDeferred(descriptor);
  plan.Complete();
  return plan;
}

const MessagePlan& PlanSet::GetDeferred(const Descriptor* descriptor) const { return *compiler_->Find(*descriptor); }

}  // namespace dragoman::transcoding
