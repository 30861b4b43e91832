#include "transcoding/editions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "transcoding/wire.h"

namespace dragoman::transcoding {

namespace pb = google::protobuf;
using pb::FieldDescriptor;

namespace {

// FileDescriptorProto.edition.
constexpr int kEditionField = 14;

// The field `features` of each kind of options.
constexpr int kFileFeatures = 50;
constexpr int kMessageFeatures = 12;
constexpr int kFieldFeatures = 21;
constexpr int kOneofFeatures = 1;
constexpr int kEnumFeatures = 7;

// The features of google.protobuf.FeatureSet that every language has, by their number. Those that came with 2024
// (naming style, visibility) are for compilers.
enum Feature : uint8_t {
  kFieldPresence = 1,
  kEnumType,
  kRepeatedFieldEncoding,
  kUtf8Validation,
  kMessageEncoding,
  kJsonFormat,
  kFeatures
};
constexpr std::array<std::string_view, kFeatures> kFeatureNames = {
    "", "field_presence", "enum_type", "repeated_field_encoding", "utf8_validation", "message_encoding", "json_format"};

enum FieldPresence : uint8_t { kExplicit = 1, kImplicit, kLegacyRequired };
enum EnumType : uint8_t { kOpen = 1, kClosed };
enum RepeatedFieldEncoding : uint8_t { kPacked = 1, kExpanded };
enum Utf8Validation : uint8_t { kVerify = 2, kNone };
enum MessageEncoding : uint8_t { kLengthPrefixed = 1, kDelimited };
enum JsonFormat : uint8_t { kAllow = 1, kLegacyBestEffort };

// Of each feature the first and last value that there is.
constexpr std::array<std::pair<uint8_t, uint8_t>, kFeatures> kValues = {{{0, 0},
                                                                         {kExplicit, kLegacyRequired},
                                                                         {kOpen, kClosed},
                                                                         {kPacked, kExpanded},
                                                                         {kVerify, kNone},
                                                                         {kLengthPrefixed, kDelimited},
                                                                         {kAllow, kLegacyBestEffort}}};

// A value for every feature.
using FeatureSet = std::array<uint8_t, kFeatures>;

FeatureSet DefaultsOf(Edition edition) {
  switch (edition) {
    case Edition::kProto2:
      return {0, kExplicit, kClosed, kExpanded, kNone, kLengthPrefixed, kLegacyBestEffort};
    case Edition::kProto3:
      return {0, kImplicit, kOpen, kPacked, kVerify, kLengthPrefixed, kAllow};
    case Edition::k2023:
    case Edition::k2024:
      break;
  }
  return {0, kExplicit, kOpen, kPacked, kVerify, kLengthPrefixed, kAllow};
}

// "edition 2026": one that is not known.
std::string Describe(uint64_t edition) {
  if (edition == 0) return "an edition without a number";
  if (edition == 1002) return "edition 2026";
  if (edition == 9999) return "edition UNSTABLE";
  return "the edition with number " + std::to_string(edition);
}

// Puts what a serialized FeatureSet says over `set`. Returns what is wrong with it.
std::optional<std::string> Merge(std::string_view serialized, FeatureSet& set) {
  for (WireCursor in(serialized); !in.done();) {
    uint32_t tag = 0;
    if (!in.ReadTag(tag)) return "features are malformed";
    const int32_t number = NumberOf(tag);
    if (number >= kFeatures || WireTypeOf(tag) != WireType::kVarint) {
      if (!in.Skip(tag)) return "features are malformed";
      continue;
    }
    uint64_t value = 0;
    if (!in.ReadVarint(value)) return "features are malformed";
    const auto feature = static_cast<size_t>(number);
    if (value < kValues[feature].first || value > kValues[feature].second) {
      return "features." + std::string(kFeatureNames[feature]) + " has the value " + std::to_string(value) +
             ", which is not known";
    }
    set[feature] = static_cast<uint8_t>(value);
  }
  return std::nullopt;
}

class Resolver {
 public:
  Resolver(std::string_view where, Features& features, Problems& problems)
      : where_(where), features_(features), problems_(problems) {}

  void File(const pb::FileDescriptor& file, Edition edition) {
    const FeatureSet set = Within(DefaultsOf(edition), file.options(), kFileFeatures, file.name());
    for (int i = 0; i < file.message_type_count(); ++i) Message(*file.message_type(i), set);
    for (int i = 0; i < file.enum_type_count(); ++i) Enum(*file.enum_type(i), set);
    for (int i = 0; i < file.extension_count(); ++i) Field(*file.extension(i), set);
  }

 private:
  // What holds for something within a scope where `outer` holds.
  template <typename Options>
  FeatureSet Within(FeatureSet outer, const Options& options, int number, const std::string& name) {
    const pb::UnknownFieldSet& unknown = options.unknown_fields();
    for (int i = 0; i < unknown.field_count(); ++i) {
      const pb::UnknownField& field = unknown.field(i);
      if (field.number() != number) continue;
      std::optional<std::string> wrong = "features are malformed";
      if (field.type() == pb::UnknownField::TYPE_LENGTH_DELIMITED) wrong = Merge(field.length_delimited(), outer);
      if (wrong) problems_.push_back({std::string(where_), name + ": " + *wrong});
    }
    return outer;
  }

  // Messages nest no deeper than protobuf's parser allows: 100 levels.
  void Message(const pb::Descriptor& message, const FeatureSet& outer) {
    const FeatureSet set = Within(outer, message.options(), kMessageFeatures, message.full_name());
    std::vector<FeatureSet> oneofs;
    for (int i = 0; i < message.oneof_decl_count(); ++i) {
      const pb::OneofDescriptor& oneof = *message.oneof_decl(i);
      oneofs.push_back(Within(set, oneof.options(), kOneofFeatures, oneof.full_name()));
    }
    for (int i = 0; i < message.field_count(); ++i) {
      const pb::OneofDescriptor* oneof = message.field(i)->containing_oneof();
      Field(*message.field(i), oneof == nullptr ? set : oneofs[static_cast<size_t>(oneof->index())]);
    }
    for (int i = 0; i < message.nested_type_count(); ++i) Message(*message.nested_type(i), set);
    for (int i = 0; i < message.enum_type_count(); ++i) Enum(*message.enum_type(i), set);
    for (int i = 0; i < message.extension_count(); ++i) Field(*message.extension(i), set);
  }

  void Field(const FieldDescriptor& field, const FeatureSet& outer) {
    const FeatureSet set = Within(outer, field.options(), kFieldFeatures, field.full_name());
    const bool message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    // Maps, their entries and the values in these are always behind a length.
    const bool map = field.is_map() || field.containing_type()->options().map_entry();
    const bool group = field.type() == FieldDescriptor::TYPE_GROUP;
    features_.Set(field, {.explicit_presence = !field.is_repeated() && (message || field.is_extension() ||
                                                                        field.containing_oneof() != nullptr ||
                                                                        set[kFieldPresence] != kImplicit),
                          .packed = field.is_packable() && set[kRepeatedFieldEncoding] == kPacked,
                          .delimited = group || (message && !map && set[kMessageEncoding] == kDelimited)});
  }

  void Enum(const pb::EnumDescriptor& enumeration, const FeatureSet& outer) {
    const FeatureSet set = Within(outer, enumeration.options(), kEnumFeatures, enumeration.full_name());
    if (set[kEnumType] == kOpen) features_.SetOpen(enumeration);
  }

  std::string_view where_;
  Features& features_;
  Problems& problems_;
};

void SetFeature(pb::FieldDescriptorProto& field, Feature feature, uint8_t value) {
  const std::array<char, 2> set = {static_cast<char>(MakeTag(feature, WireType::kVarint)), static_cast<char>(value)};
  field.mutable_options()->mutable_unknown_fields()->AddLengthDelimited(kFieldFeatures,
                                                                        std::string(set.data(), set.size()));
}

void LowerField(pb::FieldDescriptorProto& field) {
  if (field.proto3_optional()) {
    // Its oneof has it alone and goes with it.
    field.clear_proto3_optional();
    field.clear_oneof_index();
    SetFeature(field, kFieldPresence, kExplicit);
  }
  if (field.options().has_packed()) {
    SetFeature(field, kRepeatedFieldEncoding, field.options().packed() ? kPacked : kExpanded);
  }
}

void LowerMessage(pb::DescriptorProto& message) {
  int real_oneofs = 0;  // those of `optional` fields come last
  for (pb::FieldDescriptorProto& field : *message.mutable_field()) {
    LowerField(field);
    if (field.has_oneof_index()) real_oneofs = std::max(real_oneofs, field.oneof_index() + 1);
  }
  while (message.oneof_decl_size() > real_oneofs) message.mutable_oneof_decl()->RemoveLast();
  for (pb::FieldDescriptorProto& field : *message.mutable_extension()) LowerField(field);
  for (pb::DescriptorProto& nested : *message.mutable_nested_type()) LowerMessage(nested);
}

}  // namespace

tl::expected<Edition, std::string> EditionOf(const pb::FileDescriptorProto& file) {
  if (file.syntax() == "proto3") return Edition::kProto3;
  if (file.syntax() != "editions") return Edition::kProto2;
  uint64_t number = 0;
  for (int i = 0; i < file.unknown_fields().field_count(); ++i) {
    const pb::UnknownField& field = file.unknown_fields().field(i);
    if (field.number() == kEditionField && field.type() == pb::UnknownField::TYPE_VARINT) number = field.varint();
  }
  for (const Edition known : {Edition::kProto2, Edition::kProto3, Edition::k2023, Edition::k2024}) {
    if (number == static_cast<uint64_t>(known)) return known;
  }
  return tl::unexpected("is of " + Describe(number) +
                        ", which is not known; expected edition 2023 or 2024, proto2 or proto3");
}

pb::FileDescriptorProto LowerToProto2(pb::FileDescriptorProto file) {
  if (file.syntax() == "proto3") {
    for (pb::DescriptorProto& message : *file.mutable_message_type()) LowerMessage(message);
    for (pb::FieldDescriptorProto& field : *file.mutable_extension()) LowerField(field);
  }
  file.set_syntax("proto2");
  return file;
}

void ResolveFeatures(const pb::FileDescriptor& file, Edition edition, std::string_view where, Features& features,
                     Problems& problems) {
  Resolver(where, features, problems).File(file, edition);
}

}  // namespace dragoman::transcoding
