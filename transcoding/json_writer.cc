#include "transcoding/json_writer.h"

#include <algorithm>
#include <utility>

#include "transcoding/json_writer_scalar.h"
#include "transcoding/padded_text.h"
#include "transcoding/scratch.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

constexpr int kDeepest = 1000;  // levels; whatever the options say, for the sake of the thread's stack

// A number that proto3 would not have written.
bool IsZero(const FieldPlan& field, uint64_t bits) {
  switch (field.type) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_ENUM:
      return static_cast<uint32_t>(bits) == 0;
    default:
      return bits == 0;
  }
}

}  // namespace

// What stands in front of the next member's value, padded. Once a member: inlined whatever the compiler thinks of it.
[[gnu::always_inline]] inline std::string_view JsonWriter::Key(const FieldPlan& field, bool& first) const {
  const std::string_view key = (field.*key_).view();
  const size_t comma = std::exchange(first, false) ? 1 : 0;
  return {key.data() + comma, key.size() - comma};
}

bool JsonWriter::IsUnknownEnum(const FieldPlan& field, uint64_t bits) {
  return field.enumeration != nullptr && field.enumeration->closed &&
         !field.enumeration->names.contains(static_cast<int32_t>(bits));
}

// Passes a number that a closed enum does not have, where one stands at the cursor.
bool JsonWriter::PassUnknownEnum(const FieldPlan& field, WireCursor& in) {
  if (field.enumeration == nullptr || !field.enumeration->closed) return false;
  const char* const before = in.at();
  uint64_t bits = 0;
  if (in.ReadVarint(bits) && IsUnknownEnum(field, bits)) return true;
  in.Rewind(before);
  return false;
}

// Passes what proto3 would not have written, where that stands at the cursor.
bool JsonWriter::PassZero(const FieldPlan& field, WireCursor& in) {
  const char* const before = in.at();
  Raw raw;
  if (ReadRaw(in, field.element_tag, raw) && raw.bytes.empty() && IsZero(field, raw.bits)) return true;
  in.Rewind(before);
  return false;
}

// A tag of the field's, in any spelling, where one stands at the cursor.
bool JsonWriter::PassAnyTagOf(const FieldPlan& field, WireCursor& in, uint32_t& tag) {
  const char* const before = in.at();
  if (in.ReadTag(tag) &&
      (tag == field.element_tag || (field.packable && tag == MakeTag(field.number, WireType::kLength)))) {
    return true;
  }
  in.Rewind(before);
  return false;
}

template <typename Write>
Status JsonWriter::Run(std::string_view wire, const JsonWriteOptions& options, const FieldSelection* selection,
                       Buffer& out, Write write) {
  options_ = options;
  options_.max_depth = std::min(options.max_depth, kDeepest);
  as_numbers_ = options.enums_as_integers || options.int64_as_numbers;
  key_ = options.preserve_proto_names ? &FieldPlan::proto_key : &FieldPlan::json_key;
  out_ = &out;
  wire_end_ = wire.data() + wire.size();
  const size_t before = out.size();
  for (careful_ = false;; careful_ = true) {
    depth_ = 0;
    selection_ = selection;
    restart_ = false;
    path_.clear();
    const bool written = write();
    Settle(pieces_);
    Settle(occurrences_);
    Settle(members_);
    Settle(keys_);
    if (written) return Status();
    out.Truncate(before);
    if (!restart_) break;
  }
  const bool well_formed = reason_ == Reason::kReplyNotRenderable;
  std::string message = well_formed ? "the reply has no JSON: " : "the reply is no such message: ";
  message += path_ + (path_.empty() ? "" : ": ") + what_;
  Status status(reason_, std::move(message));
  return well_formed ? std::move(status).With({path_, what_}) : status;
}

Status JsonWriter::WriteMessage(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options,
                                const FieldSelection* selection, Buffer& out) {
  return Run(wire, options, plan.special_form() ? nullptr : selection, out,
             [&] { return Message(plan, {.first = wire}); });
}

Status JsonWriter::WriteMembers(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options,
                                const FieldSelection* selection, Buffer& out) {
  return Run(wire, options, selection, out, [&] {
    ++depth_;  // of the object that they are members of
    return Members(plan, {.first = wire}, true);
  });
}

Status JsonWriter::WriteField(const MessagePlan& plan, const FieldPlan& field, std::string_view wire,
                              const JsonWriteOptions& options, const FieldSelection* selection, Buffer& out) {
  const FieldSelection* const below = SelectableBelow(field) == nullptr ? nullptr : selection;
  return Run(wire, options, below, out, [&] { return FieldValue(plan, field, {.first = wire}) || Within(field); });
}

bool JsonWriter::Malformed() {
  reason_ = Reason::kBackendProtocolError;
  what_ = "malformed bytes";
  return false;
}

bool JsonWriter::Unrenderable(std::string what) {
  reason_ = Reason::kReplyNotRenderable;
  what_ = std::move(what);
  return false;
}

bool JsonWriter::TooDeep() {
  return Unrenderable("nested more than " + std::to_string(options_.max_depth) + " levels deep");
}

bool JsonWriter::NotUtf8() { return Unrenderable("the string is not valid UTF-8"); }

bool JsonWriter::Restart() {
  restart_ = true;
  return false;
}

bool JsonWriter::Within(const FieldPlan& field) {
  return Within(options_.preserve_proto_names ? field.name : field.json_name);
}

bool JsonWriter::Within(const std::string& part) {
  if (restart_) return false;
  path_ = part + (path_.empty() || path_[0] == '[' ? "" : ".") + path_;
  return false;
}

// What `emit_defaults` shows of a field that is not there.
void JsonWriter::Default(const FieldPlan& field, const FieldSelection* selection, bool& first) {
  if (field.zero.empty() || (selection != nullptr && !selection->Has(field))) return;
  AppendPadded(Key(field, first), *out_);
  out_->Append(as_numbers_ ? NumberForDefault(field) : std::string_view(field.zero));
}

// The same where what has another spelling may be a number.
std::string_view JsonWriter::NumberForDefault(const FieldPlan& field) const {
  const bool as_integer =
      options_.enums_as_integers && !field.repeated && field.enumeration != nullptr && !field.enumeration->null_value;
  return as_integer ? std::string_view("0") : Unset(field);
}

// The text of a field's default, of an enum its name.
std::string_view JsonWriter::Unset(const FieldPlan& field) const {
  const std::string_view text = field.unset;
  const bool quoted = !options_.int64_as_numbers || field.repeated || !IsWide(field);
  return quoted ? text : text.substr(1, text.size() - 2);
}

bool JsonWriter::Message(const MessagePlan& plan, const Source& source) {
  const WellKnown type = plan.well_known();
  switch (type) {
    case WellKnown::kTimestamp:
      return Timestamp(source);
    case WellKnown::kDuration:
      return Duration(source);
    case WellKnown::kFieldMask:
      return FieldMask(source);
    case WellKnown::kWrapper:
      return Wrapper(plan, source);
    case WellKnown::kValue:
      return Value(plan, source);
    default:
      break;
  }
  if (depth_ >= options_.max_depth) return TooDeep();
  ++depth_;
  bool written = false;
  if (type == WellKnown::kAny) {
    written = Any(source);
  } else if (type == WellKnown::kStruct || type == WellKnown::kListValue) {
    written = FieldValue(plan, plan.fields()[0], source);
  } else {
    out_->Append('{');
    written = Members(plan, source, true);
    out_->Append('}');
  }
  --depth_;
  return written;
}

// The members of an object without the braces; `first`: none stands there yet.
bool JsonWriter::Members(const MessagePlan& plan, const Source& source, bool first) {
  if (careful_ || source.more_count > 0 || !plan.in_number_order()) return MembersIndexed(plan, source, first);
  if (selection_ != nullptr) return MembersInOrder<true>(plan, source.first, first);
  return MembersInOrder<false>(plan, source.first, first);
}

// Compiled twice, so that a message that is written whole pays nothing for those that are not.
template <bool kSelecting>
bool JsonWriter::MembersInOrder(const MessagePlan& plan, std::string_view wire, bool first) {
  const FieldPlan* next = plan.fields().data();  // the first field that may still come
  const FieldPlan* const end = next + plan.fields().size();
  const FieldSelection* const selection = selection_;
  const bool emit_defaults = options_.emit_defaults;
  int32_t last_oneof = -1;  // members of a oneof stand together in a declaration
  WireCursor in(wire, wire_end_);
  while (!in.done()) {
    const FieldPlan* field = next;
    uint32_t tag = 0;
    if (next != end && in.PassTag(next->tag)) {
      tag = next->tag;
    } else {
      if (!in.ReadTag(tag)) return Malformed();
      field = plan.FindTag(tag);
    }
    if (field == nullptr || (kSelecting && field->oneof < 0 && !selection->Has(*field))) {
      if (!in.Skip(tag)) return Malformed();
      continue;
    }
    if (field != next) {
      if (field < next) return Restart();
      if (emit_defaults) {
        for (; next != field; ++next) Default(*next, selection, first);
      }
    }
    next = field + 1;
    if (!field->ordinary && field->oneof >= 0) {
      if (field->oneof == last_oneof) return Restart();
      last_oneof = field->oneof;
    }
    if constexpr (kSelecting) {
      if (!selection->Has(*field)) {
        if (!in.Skip(tag)) return Malformed();
        continue;
      }
      selection_ = selection->Below(*field);
    }
    if (!field->ordinary) {
      if (field->repeated) {
        if (!RunInOrder(*field, tag, in, first)) return Within(*field);
        continue;
      }
      if (PassUnknownEnum(*field, in)) continue;
    }
    if (!emit_defaults && !field->explicit_presence && PassZero(*field, in)) continue;
    const std::string_view key = Key(*field, first);
    if (field->message == nullptr) {
      if (!Scalar(*field, OffWire{in}, Begin(key))) return Within(*field);
    } else {
      AppendPadded(key, *out_);
      if (!Nested(*field, in)) return Within(*field);
    }
  }
  if (emit_defaults) {
    for (; next != end; ++next) Default(*next, selection, first);
  }
  if constexpr (kSelecting) selection_ = selection;
  return true;
}

// The run of neighbours of a repeated field, in a message that is written in order.
bool JsonWriter::RunInOrder(const FieldPlan& field, uint32_t tag, WireCursor& in, bool& first) {
  const size_t before = out_->size();
  const bool was_first = first;
  uint32_t items = 0;
  char* const to = Begin(Key(field, first));
  *to = field.map ? '{' : '[';
  out_->EndAt(to + 1);
  const size_t keys = keys_.size();
  if (!(field.map ? MapItems(field, tag, in, items) : ListItems(field, tag, in, items))) return false;
  if (field.map) {
    if (HasTwins(keys)) return Restart();
    keys_.resize(keys);
  }
  out_->Append(field.map ? '}' : ']');
  if (items == 0 && !options_.emit_defaults) {
    out_->Truncate(before);
    first = was_first;
  }
  return true;
}

bool JsonWriter::MembersIndexed(const MessagePlan& plan, const Source& source, bool first) {
  const FieldSelection* const selection = selection_;
  const size_t base = occurrences_.size();
  if (!Collect(plan, source, selection)) return false;
  const size_t end = occurrences_.size();
  uint32_t next = 0;
  for (size_t i = base; i < end;) {
    const uint32_t index = occurrences_[i].index;
    size_t group_end = i + 1;
    while (group_end < end && occurrences_[group_end].index == index) ++group_end;
    const FieldPlan& field = plan.fields()[index];
    if (options_.emit_defaults) {
      for (; next < index; ++next) Default(plan.fields()[next], selection, first);
    }
    const Raw& last = occurrences_[group_end - 1].raw;
    const bool wanted = selection == nullptr || selection->Has(field);
    const bool empty = !field.repeated && !field.explicit_presence && !options_.emit_defaults && last.bytes.empty() &&
                       IsZero(field, last.bits);
    if (wanted && !empty) {
      if (selection != nullptr) selection_ = selection->Below(field);
      const size_t before = out_->size();
      const bool was_first = first;
      AppendPadded(Key(field, first), *out_);
      const size_t value_at = out_->size();
      if (!Group(field, i, group_end)) return Within(field);
      if (field.repeated && !options_.emit_defaults && out_->size() == value_at + 2) {
        out_->Truncate(before);
        first = was_first;
      }
    }
    next = index + 1;
    i = group_end;
  }
  if (options_.emit_defaults) {
    for (; next < plan.fields().size(); ++next) Default(plan.fields()[next], selection, first);
  }
  occurrences_.resize(base);
  selection_ = selection;
  return true;
}

// The value alone of one field of a message.
bool JsonWriter::FieldValue(const MessagePlan& plan, const FieldPlan& field, const Source& source) {
  const size_t base = occurrences_.size();
  if (!Collect(plan, source, nullptr)) return false;
  const auto index = static_cast<uint32_t>(field.index);
  size_t begin = base;
  while (begin < occurrences_.size() && occurrences_[begin].index != index) ++begin;
  size_t end = begin;
  while (end < occurrences_.size() && occurrences_[end].index == index) ++end;
  const bool as_integer = options_.enums_as_integers && field.enumeration != nullptr && !field.repeated;
  if (begin < end) {
    if (!Group(field, begin, end)) return false;
  } else if (as_integer) {
    Enum(*field.enumeration, field.unset_enum);
  } else {
    out_->Append(Unset(field));
  }
  occurrences_.resize(base);
  return true;
}

// Lists what a message holds, by declaration and then by time of arrival: of a `selection` what it has, and all members
// of oneofs.
bool JsonWriter::Collect(const MessagePlan& plan, const Source& source, const FieldSelection* selection) {
  const size_t base = occurrences_.size();
  const size_t members = members_.size();
  members_.resize(members + plan.oneofs().size());
  for (uint32_t i = 0; i <= source.more_count; ++i) {
    WireCursor in(Piece(source, i));
    while (!in.done()) {
      const char* const tag_at = in.at();
      uint32_t tag = 0;
      if (!in.ReadTag(tag)) return Malformed();
      const FieldPlan* field = plan.FindTag(tag);
      const bool passed = field == nullptr || (selection != nullptr && field->oneof < 0 && !selection->Has(*field));
      if (!(passed ? in.Skip(tag) : CollectField(*field, tag, tag_at, in, base, members))) return Malformed();
    }
  }
  DropOverriddenMembers(plan, base, members);
  members_.resize(members);
  const auto by_field = [](const Occurrence& left, const Occurrence& right) {
    return left.index != right.index ? left.index < right.index : left.order < right.order;
  };
  const auto begin = occurrences_.begin() + static_cast<ptrdiff_t>(base);
  if (!std::is_sorted(begin, occurrences_.end(), by_field)) std::sort(begin, occurrences_.end(), by_field);
  return true;
}

bool JsonWriter::CollectField(const FieldPlan& field, uint32_t tag, const char* tag_at, WireCursor& in, size_t base,
                              size_t members) {
  Occurrence found{.index = static_cast<uint32_t>(field.index),
                   .order = static_cast<uint32_t>(occurrences_.size() - base)};
  if (field.repeated) {
    do {
      if (!in.Skip(tag)) return false;
    } while (NextOfRun(field, in, tag));
    found.raw.bytes = {tag_at, static_cast<size_t>(in.at() - tag_at)};
  } else {
    if (!ReadRaw(in, tag, found.raw)) return false;
    if (IsUnknownEnum(field, found.raw.bits)) return true;
  }
  if (field.oneof >= 0) {
    Member& member = members_[members + static_cast<size_t>(field.oneof)];
    if (member.field != found.index + 1) member = {.field = found.index + 1, .from = found.order};
  }
  occurrences_.push_back(found);
  return true;
}

// A member of a oneof clears the one that was set before it.
void JsonWriter::DropOverriddenMembers(const MessagePlan& plan, size_t base, size_t members) {
  if (plan.oneofs().empty()) return;
  const auto overridden = [&](const Occurrence& occurrence) {
    const int32_t oneof = plan.fields()[occurrence.index].oneof;
    return oneof >= 0 && occurrence.order < members_[members + static_cast<size_t>(oneof)].from;
  };
  const auto begin = occurrences_.begin() + static_cast<ptrdiff_t>(base);
  occurrences_.erase(std::remove_if(begin, occurrences_.end(), overridden), occurrences_.end());
}

// The value of one field, all of whose occurrences are given.
bool JsonWriter::Group(const FieldPlan& field, size_t begin, size_t end) {
  if (field.map) return MapRuns(field, begin, end);
  if (field.repeated) {
    uint32_t items = 0;
    out_->Append('[');
    for (size_t i = begin; i < end; ++i) {
      WireCursor in(occurrences_[i].raw.bytes);
      uint32_t tag = 0;
      if (!in.ReadTag(tag)) return Malformed();
      if (!ListItems(field, tag, in, items)) return false;
    }
    out_->Append(']');
    return true;
  }
  if (field.message == nullptr) return RawScalar(field, occurrences_[end - 1].raw, Begin(kPaddedNothing));
  Source source{.first = occurrences_[begin].raw.bytes,
                .more = static_cast<uint32_t>(pieces_.size()),
                .more_count = static_cast<uint32_t>(end - begin - 1)};
  for (size_t i = begin + 1; i < end; ++i) pieces_.push_back(occurrences_[i].raw.bytes);
  if (!Message(*field.message, source)) return false;
  pieces_.resize(source.more);
  return true;
}

// The message or group at the cursor, whose tag has been passed.
bool JsonWriter::Nested(const FieldPlan& field, WireCursor& in) {
  std::string_view bytes;
  const bool read =
      field.type == FieldDescriptor::TYPE_GROUP ? in.ReadGroup(field.number, bytes) : in.ReadLengthDelimited(bytes);
  if (!read) return Malformed();
  const MessagePlan& plan = *field.message;
  if (plan.well_known() != WellKnown::kNone || careful_ || !plan.in_number_order())
    return Message(plan, {.first = bytes});
  // Most often, and so without a call in between.
  if (depth_ >= options_.max_depth) return TooDeep();
  ++depth_;
  out_->Append('{');
  const bool written =
      selection_ == nullptr ? MembersInOrder<false>(plan, bytes, true) : MembersInOrder<true>(plan, bytes, true);
  out_->Append('}');
  --depth_;
  return written;
}

}  // namespace dragoman::transcoding
