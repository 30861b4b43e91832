#include <algorithm>
#include <bit>
#include <cmath>

#include "transcoding/json_escape.h"
#include "transcoding/json_value.h"
#include "transcoding/json_writer_scalar.h"
#include "transcoding/quote.h"
#include "transcoding/well_known.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

constexpr uint32_t kAnyUrlTag = MakeTag(1, WireType::kLength);
constexpr uint32_t kAnyValueTag = MakeTag(2, WireType::kLength);
constexpr uint32_t kSecondsTag = MakeTag(1, WireType::kVarint);
constexpr uint32_t kNanosTag = MakeTag(2, WireType::kVarint);
constexpr int32_t kNumberValue = 2;  // Value.number_value

}  // namespace

bool JsonWriter::ListedScalar(const FieldPlan& field, WireCursor& in, char* to) {
  return Scalar(field, OffWire{in}, to);
}

bool JsonWriter::RawScalar(const FieldPlan& field, const Raw& raw, char* to) { return Scalar(field, OfRaw{raw}, to); }

// Any string, at the end of the content, which is at `to`.
bool JsonWriter::AnyString(std::string_view text, char* to) {
  out_->EndAt(to);
  if (text.size() > kShortText) return AppendEscaped(text, *out_) || NotUtf8();
  const char* const end = PutShortEscaped(text, wire_end_, out_->Reserve(RoomForShort(text)));
  if (end == nullptr) return NotUtf8();
  out_->EndAt(end);
  return true;
}

void JsonWriter::Enum(const EnumPlan& plan, int32_t number) {
  AppendEnumValue(plan, number, options_.enums_as_integers, *out_);
}

// The elements of a run that begins behind `tag`, which is its first.
bool JsonWriter::ListItems(const FieldPlan& field, uint32_t tag, WireCursor& in, uint32_t& items) {
  do {
    if (tag != field.element_tag) {
      std::string_view run;
      if (!in.ReadLengthDelimited(run)) return Malformed();
      for (WireCursor elements(run, wire_end_); !elements.done();) {
        if (!ListItem(field, elements, items)) return false;
      }
    } else if (!ListItem(field, in, items)) {
      return false;
    }
  } while (NextOfRun(field, in, tag));
  return true;
}

bool JsonWriter::ListItem(const FieldPlan& field, WireCursor& in, uint32_t& items) {
  if (field.enumeration != nullptr && PassUnknownEnum(field, in)) return true;
  const std::string_view comma = items > 0 ? kPaddedComma : kPaddedNothing;
  bool written = false;
  if (field.message == nullptr) {
    written = ListedScalar(field, in, Begin(comma));
  } else {
    AppendPadded(comma, *out_);
    written = Nested(field, in);
  }
  if (!written) return Within("[" + std::to_string(items) + "]");
  ++items;
  return true;
}

// The entries of a run that begins behind `tag`. Their keys stay in keys_, for HasTwins().
bool JsonWriter::MapItems(const FieldPlan& field, uint32_t tag, WireCursor& in, uint32_t& items) {
  const std::vector<FieldPlan>& parts = field.message->fields();
  const bool plain = parts[0].type == FieldDescriptor::TYPE_STRING && parts[1].message == nullptr && parts[1].ordinary;
  do {
    std::string_view wire;
    if (!in.ReadLengthDelimited(wire)) return Malformed();
    if (plain && PlainItem(field, wire, items)) {
      ++items;
      continue;
    }
    const auto pieces = static_cast<uint32_t>(pieces_.size());
    MapEntry entry;
    if (!ReadEntry(field, wire, entry)) return Malformed();
    if (!entry.unknown_enum) {
      keys_.push_back({entry.key, static_cast<uint32_t>(keys_.size())});
      if (!MapItem(field, entry, items)) return false;
    }
    pieces_.resize(pieces);
  } while (NextOfRun(field, in, tag));
  return true;
}

// An entry of a string and a scalar as serializers write it: the key, the value and nothing else. False, and nothing is
// written, of any other, and where something is wrong with it.
bool JsonWriter::PlainItem(const FieldPlan& field, std::string_view wire, uint32_t items) {
  const FieldPlan& key_field = field.message->fields()[0];
  const FieldPlan& value_field = field.message->fields()[1];
  WireCursor in(wire, wire_end_);
  Raw key;
  if (in.done() || !in.PassTag(key_field.element_tag) || !in.ReadLengthDelimited(key.bytes) || in.done() ||
      !in.PassTag(value_field.element_tag)) {
    return false;
  }
  const size_t before = out_->size();
  if (String(key.bytes, Begin(items > 0 ? kPaddedComma : kPaddedNothing)) &&
      Scalar(value_field, OffWire{in}, Begin(kPaddedColon)) && in.done()) {
    keys_.push_back({key, static_cast<uint32_t>(keys_.size())});
    return true;
  }
  out_->Truncate(before);
  return false;
}

bool JsonWriter::MapItem(const FieldPlan& field, const MapEntry& entry, uint32_t& items) {
  const FieldPlan& key_field = field.message->fields()[0];
  const FieldPlan& value_field = field.message->fields()[1];
  if (items > 0) out_->Append(',');
  const size_t key_at = out_->size();
  // Keys are strings in JSON, whatever their type; those of 64 bits bring quotes of their own, unless written as
  // numbers.
  const bool quoted = key_field.unset.front() == '"' && !(options_.int64_as_numbers && IsWide(key_field));
  if (!quoted) out_->Append('"');
  if (!RawScalar(key_field, entry.key, Begin(kPaddedNothing))) return Within("[" + Quote(entry.key.bytes) + "]");
  if (!quoted) out_->Append('"');
  const size_t key_end = out_->size();
  ++items;
  bool written = false;
  if (value_field.message == nullptr) {
    written = RawScalar(value_field, entry.value, Begin(kPaddedColon));
  } else {
    AppendPadded(kPaddedColon, *out_);
    written = Message(*value_field.message, entry.message);
  }
  return written || Within("[" + std::string(out_->view().substr(key_at, key_end - key_at)) + "]");
}

// Parts that are missing are defaults, the last of each holds, and a message may come in pieces.
bool JsonWriter::ReadEntry(const FieldPlan& field, std::string_view wire, MapEntry& entry) {
  const FieldPlan& key_field = field.message->fields()[0];
  const FieldPlan& value_field = field.message->fields()[1];
  bool has_message = false;
  WireCursor in(wire, wire_end_);
  while (!in.done()) {
    uint32_t tag = 0;
    if (!in.ReadTag(tag)) return false;
    if (tag == key_field.element_tag) {
      entry.key = {};
      if (!ReadRaw(in, tag, entry.key)) return false;
    } else if (tag == value_field.element_tag) {
      entry.value = {};
      if (!ReadRaw(in, tag, entry.value)) return false;
      if (value_field.message == nullptr) continue;
      if (!has_message) {
        entry.message.first = entry.value.bytes;
        entry.message.more = static_cast<uint32_t>(pieces_.size());
      } else {
        pieces_.push_back(entry.value.bytes);
        ++entry.message.more_count;
      }
      has_message = true;
    } else if (!in.Skip(tag)) {
      return false;
    }
  }
  entry.unknown_enum = IsUnknownEnum(value_field, entry.value.bits);
  return true;
}

bool JsonWriter::SameKey(const MapKey& left, const MapKey& right) {
  const std::string_view one = left.raw.bytes, other = right.raw.bytes;
  if (left.raw.bits != right.raw.bits || one.size() != other.size()) return false;
  return one.empty() || (one.front() == other.front() && one == other);
}

void JsonWriter::SortKeys(size_t base) {
  std::sort(keys_.begin() + static_cast<ptrdiff_t>(base), keys_.end(), [](const MapKey& left, const MapKey& right) {
    if (left.raw.bits != right.raw.bits) return left.raw.bits < right.raw.bits;
    const int order = left.raw.bytes.compare(right.raw.bytes);
    return order != 0 ? order < 0 : left.ordinal < right.ordinal;
  });
}

// Two of the keys behind `base` are the same.
bool JsonWriter::HasTwins(size_t base) {
  constexpr size_t kFew = 8;
  if (keys_.size() - base <= kFew) {
    for (size_t i = base + 1; i < keys_.size(); ++i) {
      for (size_t earlier = base; earlier < i; ++earlier) {
        if (SameKey(keys_[earlier], keys_[i])) return true;
      }
    }
    return false;
  }
  SortKeys(base);
  return std::adjacent_find(keys_.begin() + static_cast<ptrdiff_t>(base), keys_.end(), SameKey) != keys_.end();
}

// A map whose entries stand in several places. Of equal keys the last entry holds, so the keys are looked at first.
bool JsonWriter::MapRuns(const FieldPlan& field, size_t begin, size_t end) {
  const size_t base = keys_.size();
  const auto each_entry = [&](auto visit) {
    uint32_t ordinal = 0;
    for (size_t i = begin; i < end; ++i) {
      WireCursor in(occurrences_[i].raw.bytes);
      uint32_t tag = 0;
      while (NextOfRun(field, in, tag)) {
        const auto pieces = static_cast<uint32_t>(pieces_.size());
        Raw raw;
        MapEntry entry;
        if (!ReadRaw(in, tag, raw) || !ReadEntry(field, raw.bytes, entry)) return Malformed();
        if (!entry.unknown_enum && !visit(entry, ordinal++)) return false;
        pieces_.resize(pieces);
      }
    }
    return true;
  };
  const auto note_key = [&](const MapEntry& entry, uint32_t ordinal) {
    keys_.push_back({entry.key, ordinal});
    return true;
  };
  if (!each_entry(note_key)) return false;
  std::vector<uint32_t> overridden;
  if (HasTwins(base)) {
    SortKeys(base);
    for (size_t i = base; i + 1 < keys_.size(); ++i) {
      if (SameKey(keys_[i], keys_[i + 1])) overridden.push_back(keys_[i].ordinal);
    }
    std::sort(overridden.begin(), overridden.end());
  }
  keys_.resize(base);

  uint32_t items = 0;
  size_t passed = 0;  // of `overridden`
  out_->Append('{');
  const auto write = [&](const MapEntry& entry, uint32_t ordinal) {
    if (passed < overridden.size() && overridden[passed] == ordinal) {
      ++passed;
      return true;
    }
    return MapItem(field, entry, items);
  };
  if (!each_entry(write)) return false;
  out_->Append('}');
  return true;
}

template <typename Visit>
bool JsonWriter::EachField(const Source& source, Visit visit) {
  for (uint32_t i = 0; i <= source.more_count; ++i) {
    WireCursor in(Piece(source, i), wire_end_);
    while (!in.done()) {
      uint32_t tag = 0;
      Raw raw;
      if (!in.ReadTag(tag) || !ReadRaw(in, tag, raw)) return Malformed();
      if (!visit(tag, raw)) return false;
    }
  }
  return true;
}

bool JsonWriter::ReadTime(const Source& source, SecondsAndNanos& value) {
  for (uint32_t i = 0; i <= source.more_count; ++i) {
    WireCursor in(Piece(source, i), wire_end_);
    while (!in.done()) {
      uint32_t tag = 0;
      if (in.PassTag(kSecondsTag)) {
        tag = kSecondsTag;
      } else if (in.PassTag(kNanosTag)) {
        tag = kNanosTag;
      } else if (!in.ReadTag(tag)) {
        return Malformed();
      }
      uint64_t bits = 0;
      if (!(tag == kSecondsTag || tag == kNanosTag ? in.ReadVarint(bits) : in.Skip(tag))) return Malformed();
      if (tag == kSecondsTag) value.seconds = static_cast<int64_t>(bits);
      if (tag == kNanosTag) value.nanos = static_cast<int32_t>(bits);
    }
  }
  return true;
}

bool JsonWriter::Timestamp(const Source& source) {
  SecondsAndNanos value;
  if (!ReadTime(source, value)) return false;
  return AppendTimestamp(value, *out_) ||
         Unrenderable("the google.protobuf.Timestamp is out of range (years 1 to 9999)");
}

bool JsonWriter::Duration(const Source& source) {
  SecondsAndNanos value;
  if (!ReadTime(source, value)) return false;
  return AppendDuration(value, *out_) ||
         Unrenderable("the google.protobuf.Duration is out of range (±315576000000s, seconds and nanos of one sign)");
}

bool JsonWriter::FieldMask(const Source& source) {
  bool first = true;
  out_->Append('"');
  const bool written = EachField(source, [&](uint32_t tag, const Raw& raw) {
    if (tag != kMaskPathsTag) return true;
    if (!first) out_->Append(',');
    first = false;
    return AppendMaskPath(raw.bytes, *out_) ||
           Unrenderable("the path " + Quote(raw.bytes) + " of the google.protobuf.FieldMask has no camelCase form");
  });
  out_->Append('"');
  return written;
}

bool JsonWriter::Wrapper(const MessagePlan& plan, const Source& source) {
  const FieldPlan& field = plan.fields()[0];
  Raw value;
  const bool read = EachField(source, [&](uint32_t tag, const Raw& raw) {
    if (tag == field.element_tag) value = raw;
    return true;
  });
  return read && RawScalar(field, value, Begin(kPaddedNothing));
}

// google.protobuf.Value: the member of its oneof that is set; null if none is.
bool JsonWriter::Value(const MessagePlan& plan, const Source& source) {
  const size_t base = occurrences_.size();
  if (!Collect(plan, source, nullptr)) return false;
  const size_t end = occurrences_.size();
  if (base == end) {
    out_->Append("null");
    return true;
  }
  const FieldPlan& field = plan.fields()[occurrences_[base].index];
  if (field.number == kNumberValue && !std::isfinite(std::bit_cast<double>(occurrences_[end - 1].raw.bits))) {
    return Unrenderable("a google.protobuf.Value holds NaN or an infinity");
  }
  if (!Group(field, base, end)) return false;
  occurrences_.resize(base);
  return true;
}

// A type that is not known keeps its bytes, so that the rest of the reply survives.
bool JsonWriter::Any(const Source& source) {
  std::string_view url;
  std::string_view value;
  const bool read = EachField(source, [&](uint32_t tag, const Raw& raw) {
    if (tag == kAnyUrlTag) url = raw.bytes;
    if (tag == kAnyValueTag) value = raw.bytes;
    return true;
  });
  if (!read) return false;
  if (url.empty() && value.empty()) {
    out_->Append("{}");
    return true;
  }
  out_->Append("{\"@type\":");
  if (!AnyString(url, out_->Reserve(0))) return Within("@type");
  const size_t slash = url.rfind('/');
  const MessagePlan* plan = slash == std::string_view::npos ? nullptr : plans_.Find(url.substr(slash + 1));
  if (plan == nullptr) {
    out_->Append(",\"value\":");
    AppendBytesValue(value, *out_);
    out_->Append('}');
    return true;
  }
  if (plan->special_form()) {
    out_->Append(",\"value\":");
    if (!Message(*plan, {.first = value})) return Within("value");
  } else if (!Members(*plan, {.first = value}, false)) {
    return false;
  }
  out_->Append('}');
  return true;
}

}  // namespace dragoman::transcoding
