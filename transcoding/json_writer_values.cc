#include <algorithm>
#include <bit>
#include <cmath>

#include "transcoding/json_escape.h"
#include "transcoding/json_value.h"
#include "transcoding/json_writer.h"
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

// One number, bool, string, bytes or enum.
template <typename From>
bool JsonWriter::Scalar(const FieldPlan& field, From from) {
  const auto number = [this](auto value) {
    AppendDecimal(value, *out_);
    return true;
  };
  const auto wide = [this](auto value) {
    AppendWideDecimal(value, options_.int64_as_numbers, *out_);
    return true;
  };
  const auto floating = [this](auto value) {
    AppendFloating(value, *out_);
    return true;
  };
  uint64_t bits = 0;
  uint32_t low = 0;
  std::string_view bytes;
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      return from.Bytes(bytes) ? String(bytes) : Malformed();
    case FieldDescriptor::TYPE_BYTES:
      if (!from.Bytes(bytes)) return Malformed();
      AppendBytesValue(bytes, *out_);
      return true;
    case FieldDescriptor::TYPE_INT32:
      return from.Varint(bits) ? number(int64_t{static_cast<int32_t>(bits)}) : Malformed();
    case FieldDescriptor::TYPE_SFIXED32:
      return from.Fixed32(low) ? number(int64_t{static_cast<int32_t>(low)}) : Malformed();
    case FieldDescriptor::TYPE_SINT32:
      return from.Varint(bits) ? number(int64_t{UnZigZag32(static_cast<uint32_t>(bits))}) : Malformed();
    case FieldDescriptor::TYPE_UINT32:
      return from.Varint(bits) ? number(uint64_t{static_cast<uint32_t>(bits)}) : Malformed();
    case FieldDescriptor::TYPE_FIXED32:
      return from.Fixed32(low) ? number(uint64_t{low}) : Malformed();
    case FieldDescriptor::TYPE_INT64:
      return from.Varint(bits) ? wide(static_cast<int64_t>(bits)) : Malformed();
    case FieldDescriptor::TYPE_SFIXED64:
      return from.Fixed64(bits) ? wide(static_cast<int64_t>(bits)) : Malformed();
    case FieldDescriptor::TYPE_SINT64:
      return from.Varint(bits) ? wide(UnZigZag64(bits)) : Malformed();
    case FieldDescriptor::TYPE_UINT64:
      return from.Varint(bits) ? wide(bits) : Malformed();
    case FieldDescriptor::TYPE_FIXED64:
      return from.Fixed64(bits) ? wide(bits) : Malformed();
    case FieldDescriptor::TYPE_BOOL:
      if (!from.Varint(bits)) return Malformed();
      out_->Append(bits != 0 ? "true" : "false");
      return true;
    case FieldDescriptor::TYPE_DOUBLE:
      return from.Fixed64(bits) ? floating(std::bit_cast<double>(bits)) : Malformed();
    case FieldDescriptor::TYPE_FLOAT:
      return from.Fixed32(low) ? floating(std::bit_cast<float>(low)) : Malformed();
    case FieldDescriptor::TYPE_ENUM:
      if (!from.Varint(bits)) return Malformed();
      Enum(*field.enumeration, static_cast<int32_t>(bits));
      return true;
    default:
      return Malformed();
  }
}

template bool JsonWriter::Scalar(const FieldPlan&, OffWire);
template bool JsonWriter::Scalar(const FieldPlan&, OfRaw);

bool JsonWriter::String(std::string_view text) { return AppendEscaped(text, *out_) || NotUtf8(); }

void JsonWriter::Enum(const EnumPlan& plan, int32_t number) {
  AppendEnumValue(plan, number, options_.enums_as_integers, *out_);
}

// The elements of a run that begins behind `tag`, which is its first.
bool JsonWriter::ListItems(const FieldPlan& field, uint32_t tag, WireCursor& in, uint32_t& items) {
  do {
    if (tag != field.element_tag) {
      std::string_view run;
      if (!in.ReadLengthDelimited(run)) return Malformed();
      for (WireCursor elements(run); !elements.done();) {
        if (!ListItem(field, elements, items)) return false;
      }
    } else if (!ListItem(field, in, items)) {
      return false;
    }
  } while (NextOfRun(field, in, tag));
  return true;
}

bool JsonWriter::ListItem(const FieldPlan& field, WireCursor& in, uint32_t& items) {
  if (PassUnknownEnum(field, in)) return true;
  if (items > 0) out_->Append(',');
  if (!Singular(field, in)) return Within("[" + std::to_string(items) + "]");
  ++items;
  return true;
}

// The entries of a run that begins behind `tag`. Their keys stay in keys_, for HasTwins().
bool JsonWriter::MapItems(const FieldPlan& field, uint32_t tag, WireCursor& in, uint32_t& items) {
  do {
    std::string_view wire;
    const auto pieces = static_cast<uint32_t>(pieces_.size());
    MapEntry entry;
    if (!in.ReadLengthDelimited(wire) || !ReadEntry(field, wire, entry)) return Malformed();
    if (!entry.unknown_enum) {
      keys_.push_back({entry.key, static_cast<uint32_t>(keys_.size())});
      if (!MapItem(field, entry, items)) return false;
    }
    pieces_.resize(pieces);
  } while (NextOfRun(field, in, tag));
  return true;
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
  if (!Scalar(key_field, OfRaw{entry.key})) return Within("[" + Quote(entry.key.bytes) + "]");
  if (!quoted) out_->Append('"');
  const size_t key_end = out_->size();
  out_->Append(':');
  ++items;
  const bool written = value_field.message != nullptr ? Message(*value_field.message, entry.message)
                                                      : Scalar(value_field, OfRaw{entry.value});
  return written || Within("[" + std::string(out_->view().substr(key_at, key_end - key_at)) + "]");
}

// Parts that are missing are defaults, the last of each holds, and a message may come in pieces.
bool JsonWriter::ReadEntry(const FieldPlan& field, std::string_view wire, MapEntry& entry) {
  const FieldPlan& key_field = field.message->fields()[0];
  const FieldPlan& value_field = field.message->fields()[1];
  bool has_message = false;
  WireCursor in(wire);
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
  return left.raw.bits == right.raw.bits && left.raw.bytes == right.raw.bytes;
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
  constexpr ptrdiff_t kFew = 8;
  const auto begin = keys_.begin() + static_cast<ptrdiff_t>(base);
  if (keys_.end() - begin <= kFew) {
    for (auto key = begin; key != keys_.end(); ++key) {
      if (std::any_of(begin, key, [&](const MapKey& earlier) { return SameKey(earlier, *key); })) return true;
    }
    return false;
  }
  SortKeys(base);
  return std::adjacent_find(begin, keys_.end(), SameKey) != keys_.end();
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
    WireCursor in(Piece(source, i));
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
  return EachField(source, [&](uint32_t tag, const Raw& raw) {
    if (tag == kSecondsTag) value.seconds = static_cast<int64_t>(raw.bits);
    if (tag == kNanosTag) value.nanos = static_cast<int32_t>(raw.bits);
    return true;
  });
}

// The types whose JSON is one string, number or bool.
bool JsonWriter::ScalarForm(const MessagePlan& plan, const Source& source) {
  switch (plan.well_known()) {
    case WellKnown::kTimestamp:
      return Timestamp(source);
    case WellKnown::kDuration:
      return Duration(source);
    case WellKnown::kFieldMask:
      return FieldMask(source);
    default:
      return Wrapper(plan, source);
  }
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
  return read && Scalar(field, OfRaw{value});
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
  if (!String(url)) return Within("@type");
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
