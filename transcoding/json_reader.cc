#include "transcoding/json_reader.h"

#include <algorithm>

#include "transcoding/padded_text.h"
#include "transcoding/quote.h"
#include "transcoding/scratch.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

constexpr size_t kLongestText = size_t{256}
                                << 20;  // bytes; offsets have 32 bits, and the wire bytes may be some times as many
constexpr uint32_t kStructEntryTag = MakeTag(1, WireType::kLength);  // Struct.fields
constexpr uint32_t kEntryKeyTag = MakeTag(1, WireType::kLength);     // of a map with string keys
constexpr uint32_t kEntryValueTag = MakeTag(2, WireType::kLength);   // of a map with messages
constexpr uint32_t kListValueTag = MakeTag(1, WireType::kLength);    // ListValue.values

}  // namespace

void JsonReader::Start(Buffer& json, const JsonReadOptions& options, Buffer& out) {
  text_.Start(json);
  text_.SkipSpace();
  prefixes_.Start(out);
  any_types_.Start();
  frames_.clear();
  root_ = nullptr;
  options_ = options;
  out_ = &out;
  status_ = Status();
}

Status JsonReader::ReadMessage(const MessagePlan& plan, Buffer& json, const JsonReadOptions& options, Buffer& out) {
  const size_t before = out.size();
  Start(json, options, out);
  Step first = Step::kFailed;
  if (json.size() > kLongestText) {
    text_.Fail(text_.at(), "the text is longer than 256 MiB");
  } else if (text_.AtEnd()) {
    text_.Unexpected("a JSON value");
  } else {
    first = ReadMessageValue(plan, 0, 0);
  }
  Status status = Finish(first);
  if (!status.ok()) out.Truncate(before);
  return status;
}

Status JsonReader::ReadField(const FieldPlan& field, Buffer& json, const JsonReadOptions& options, Buffer& out,
                             Buffer* mask) {
  const size_t before = out.size();
  Start(json, options, out);
  root_ = &field;
  mask_ = mask;
  Step first = Step::kFailed;
  if (json.size() > kLongestText) {
    text_.Fail(text_.at(), "the text is longer than 256 MiB");
  } else {
    first = ReadFieldValue(field);
    if (mask != nullptr && first == Step::kOpened) frames_.back().kind = FrameKind::kMaskedMessage;
  }
  Status status = Finish(first);
  if (!status.ok()) out.Truncate(before);
  return status;
}

// JSON-text = ws value ws
Status JsonReader::Finish(Step first) {
  bool read = first != Step::kFailed && RunFrames();
  Settle(seen_);
  Settle(keys_);
  if (read) {
    text_.SkipSpace();
    read = text_.AtEnd() || text_.Unexpected("the end of the text");
  }
  if (read) {
    prefixes_.Finish();
    return Status();
  }
  if (!status_.ok()) return std::move(status_);
  const std::string description = Position(text_.error_at()) + ": " + text_.error();
  return Status(Reason::kInvalidJson, description).With({"", description});
}

bool JsonReader::RunFrames() {
  while (!frames_.empty()) {
    Step step = Step::kFailed;
    switch (frames_.back().kind) {
      case FrameKind::kMessage:
        step = ReadMembers<false>();
        break;
      case FrameKind::kMaskedMessage:
        step = ReadMembers<true>();
        break;
      case FrameKind::kAnyValue:
        step = ReadAnyValue();
        break;
      case FrameKind::kList:
        step = ReadElements();
        break;
      case FrameKind::kMap:
        step = ReadEntries();
        break;
      case FrameKind::kStruct:
        step = ReadStruct();
        break;
      case FrameKind::kListValue:
        step = ReadListValue();
        break;
      case FrameKind::kSkippedObject:
        step = SkipMembers();
        break;
      case FrameKind::kSkippedArray:
        step = SkipElements();
        break;
    }
    if (step == Step::kFailed) return false;
  }
  return true;
}

// The scanner stands at the brace or bracket.
JsonReader::Step JsonReader::Push(Frame frame) {
  if (frames_.size() >= static_cast<size_t>(options_.max_depth)) {
    return FailAt(text_.at(), Reason::kInvalidJson,
                  "nested more than " + std::to_string(options_.max_depth) + " levels deep");
  }
  text_.Advance(1);
  frames_.push_back(frame);
  return Step::kOpened;
}

JsonReader::Step JsonReader::Close() {
  const Frame& frame = frames_.back();
  if (frame.end_tag != 0) AppendVarint(*out_, frame.end_tag);
  prefixes_.CloseTo(frame.prefixes);
  frames_.pop_back();
  return Step::kDone;
}

// object = begin-object [ member *( value-separator member ) ] end-object
JsonReader::Next JsonReader::NextMember(Frame& frame) {
  text_.SkipSpace();
  if (text_.Peek() == '}') {
    text_.Advance(1);
    return Next::kEnd;
  }
  if (!frame.first) {
    if (text_.Peek() != ',') {
      text_.Unexpected("',' or '}'");
      return Next::kFailed;
    }
    text_.Advance(1);
    text_.SkipSpace();
  }
  if (text_.Peek() != '"') {
    text_.Unexpected(frame.first ? "a name in double quotes or '}'" : "a name in double quotes");
    return Next::kFailed;
  }
  frame.first = false;
  frame.name_at = text_.offset();
  return Next::kItem;
}

// array = begin-array [ value *( value-separator value ) ] end-array
JsonReader::Next JsonReader::NextElement(Frame& frame) {
  text_.SkipSpace();
  if (text_.Peek() == ']') {
    text_.Advance(1);
    return Next::kEnd;
  }
  if (!frame.first) {
    if (text_.Peek() != ',') {
      text_.Unexpected("',' or ']'");
      return Next::kFailed;
    }
    text_.Advance(1);
    text_.SkipSpace();
  }
  frame.first = false;
  ++frame.count;
  return Next::kItem;
}

// Compiled twice, so that a message without a mask pays nothing for those that have one.
template <bool kMasked>
JsonReader::Step JsonReader::ReadMembers() {
  while (true) {
    Frame& frame = frames_.back();
    switch (NextMember(frame)) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        if (kMasked && frame.first && !NotePath(frames_.size(), nullptr)) return Step::kFailed;
        seen_.resize(frame.base);
        return Close();
      case Next::kItem:
        break;
    }
    std::string_view name;
    const FieldPlan* field = nullptr;
    if (!FindMember(frame, field, name)) return Step::kFailed;
    const Step step = field != nullptr ? ReadMember(*field) : ReadUnknown(name);
    if (kMasked && field != nullptr && !NoteMember(*field, step)) return Step::kFailed;
    if (step == Step::kFailed || step == Step::kOpened) return step;
  }
}

// Reads a member's name and its colon. Clients tend to keep the order of the declaration, so the field behind the last
// one is tried first, byte by byte as it would be written. `field` is null where there is none of that `name`.
bool JsonReader::FindMember(Frame& frame, const FieldPlan*& field, std::string_view& name) {
  const auto& fields = frame.plan->fields();
  if (frame.guess < fields.size()) {
    const FieldPlan& guess = fields[frame.guess];
    const std::string_view expected = guess.json_key.view().substr(1);
    if (StandsAt(text_.at(), expected)) {
      text_.Advance(expected.size());
      ++frame.guess;
      field = &guess;
      text_.SkipSpace();
      return true;
    }
  }
  if (!text_.String(name)) return false;
  field = frame.plan->Find(name);
  if (field != nullptr) frame.guess = static_cast<uint32_t>(field->index) + 1;
  return text_.Colon();
}

JsonReader::Step JsonReader::ReadUnknown(std::string_view name) {
  Frame& frame = frames_.back();
  if (frame.any && name == "@type") {
    if (frame.type_seen) {
      return FailAt(text_.begin() + frame.name_at, Reason::kInvalidField, "\"@type\" stands here for the second time");
    }
    frame.type_seen = true;
    return SkipValue();
  }
  if (frame.any && name == "value" && frame.plan->well_known() == WellKnown::kEmpty) {
    return ReadMessageValue(*frame.plan, prefixes_.open(), 0);
  }
  if (!options_.ignore_unknown_fields) return FailUnknown(*frame.plan, name);
  return SkipValue();
}

bool JsonReader::TestAndSet(const Frame& frame, size_t bit) {
  uint64_t& word = seen_[frame.base + bit / 64];
  const uint64_t mask = uint64_t{1} << (bit % 64);
  const bool was_set = (word & mask) != 0;
  word |= mask;
  return was_set;
}

JsonReader::Step JsonReader::ReadMember(const FieldPlan& field) {
  const Frame& frame = frames_.back();
  if (TestAndSet(frame, static_cast<size_t>(field.index))) {
    return FailAt(text_.begin() + frame.name_at, Reason::kInvalidField, "the field stands here for the second time");
  }
  if (field.oneof < 0 || (text_.Peek() == 'n' && !TakesNull(field))) return ReadFieldValue(field);

  const MessagePlan& plan = *frame.plan;
  const size_t bit = plan.fields().size() + static_cast<size_t>(field.oneof);
  const size_t base = frame.base;
  if (TestAndSet(frame, bit)) {
    return FailAt(
        text_.begin() + frame.name_at, Reason::kInvalidField,
        "another member of oneof " + Quote(plan.oneofs()[static_cast<size_t>(field.oneof)]) + " is set already");
  }
  const Step step = ReadFieldValue(field);
  if (step == Step::kDropped) seen_[base + bit / 64] &= ~(uint64_t{1} << (bit % 64));
  return step;
}

// The value of a whole field. null stands for no value, but where null is a value.
JsonReader::Step JsonReader::ReadFieldValue(const FieldPlan& field) {
  if (text_.Peek() == 'n' && (field.repeated || !TakesNull(field))) {
    return text_.Literal("null") ? Step::kDone : Step::kFailed;
  }
  if (!field.repeated) return ReadSingular(field, prefixes_.open());
  if (field.map) {
    if (text_.Peek() != '{') return FailType(text_.at(), "an object");
    return Push({.kind = FrameKind::kMap,
                 .field = &field,
                 .base = static_cast<uint32_t>(keys_.size()),
                 .prefixes = static_cast<uint32_t>(prefixes_.open())});
  }
  if (text_.Peek() != '[') return FailType(text_.at(), "an array");
  const Step step = Push({.kind = FrameKind::kList,
                          .field = &field,
                          .base = static_cast<uint32_t>(out_->size()),
                          .prefixes = static_cast<uint32_t>(prefixes_.open())});
  if (step == Step::kOpened && field.packed) {
    AppendVarint(*out_, field.tag);
    prefixes_.Open();
  }
  return step;
}

JsonReader::Step JsonReader::ReadElements() {
  const FieldPlan& field = *frames_.back().field;
  const bool takes_null = TakesNull(field);
  while (true) {
    Frame& frame = frames_.back();
    switch (NextElement(frame)) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        if (field.packed && frame.count == 0) {
          prefixes_.Drop();
          out_->Truncate(frame.base);
        }
        return Close();
      case Next::kItem:
        break;
    }
    if (text_.Peek() == 'n' && !takes_null) return FailType(text_.at(), Expectation(field));
    const Step step = field.packed ? ReadScalar(field) : ReadSingular(field, prefixes_.open());
    if (step == Step::kFailed || step == Step::kOpened) return step;
  }
}

// A map is written as a list of entries { key, value }.
JsonReader::Step JsonReader::ReadEntries() {
  const FieldPlan& field = *frames_.back().field;
  const FieldPlan& key_field = field.message->fields()[0];
  const FieldPlan& value_field = field.message->fields()[1];
  while (true) {
    Frame& frame = frames_.back();
    switch (NextMember(frame)) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        return CloseMap();
      case Next::kItem:
        break;
    }
    const size_t before = out_->size();
    const size_t prefixes = prefixes_.open();
    AppendVarint(*out_, field.tag);
    prefixes_.Open();
    AppendVarint(*out_, key_field.tag);
    const size_t key_begin = out_->size();
    std::string_view key;
    const char* const key_at = text_.at();
    if (!text_.String(key)) return Step::kFailed;
    const Conversion conversion = AppendScalar(key_field, key, TextKind::kJsonKey, *out_);
    if (conversion != Conversion::kOk) {
      return FailConversion(key_at, conversion, Expectation(key_field) + " as the key");
    }
    keys_.push_back({static_cast<uint32_t>(key_begin), static_cast<uint32_t>(out_->size() - key_begin), frame.name_at});
    if (!text_.Colon()) return Step::kFailed;
    if (text_.Peek() == 'n' && !TakesNull(value_field)) return FailType(text_.at(), Expectation(value_field));
    const Step step = ReadSingular(value_field, prefixes);
    if (step == Step::kFailed || step == Step::kOpened) return step;
    if (step == Step::kDropped) {
      out_->Truncate(before);
      prefixes_.Drop();
      keys_.pop_back();
    }
  }
}

// Equal keys are found by sorting them, which no choice of keys can make slow.
JsonReader::Step JsonReader::CloseMap() {
  Frame& frame = frames_.back();
  const auto begin = keys_.begin() + frame.base;
  const auto bytes = [this](const Key& key) { return std::string_view(out_->data() + key.begin, key.size); };
  if (keys_.end() - begin > 1) {
    std::sort(begin, keys_.end(), [&](const Key& left, const Key& right) {
      const int order = bytes(left).compare(bytes(right));
      return order != 0 ? order < 0 : left.name_at < right.name_at;
    });
    const auto twin = std::adjacent_find(
        begin, keys_.end(), [&](const Key& left, const Key& right) { return bytes(left) == bytes(right); });
    if (twin != keys_.end()) {
      frame.name_at = (twin + 1)->name_at;
      return FailAt(text_.begin() + frame.name_at, Reason::kInvalidField, "the key stands here for the second time");
    }
  }
  keys_.resize(frame.base);
  return Close();
}

// google.protobuf.Struct: map<string, Value>.
JsonReader::Step JsonReader::ReadStruct() {
  while (true) {
    Frame& frame = frames_.back();
    switch (NextMember(frame)) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        return CloseMap();
      case Next::kItem:
        break;
    }
    std::string_view key;
    if (!text_.String(key)) return Step::kFailed;
    const size_t prefixes = prefixes_.open();
    AppendVarint(*out_, kStructEntryTag);
    prefixes_.Open();
    AppendVarint(*out_, kEntryKeyTag);
    AppendVarint(*out_, key.size());
    AppendPadded(key, *out_);
    keys_.push_back(
        {static_cast<uint32_t>(out_->size() - key.size()), static_cast<uint32_t>(key.size()), frame.name_at});
    AppendVarint(*out_, kEntryValueTag);
    prefixes_.Open();
    if (!text_.Colon()) return Step::kFailed;
    const Step step = ReadValue(prefixes);
    if (step != Step::kDone) return step;
  }
}

JsonReader::Step JsonReader::ReadListValue() {
  while (true) {
    switch (NextElement(frames_.back())) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        return Close();
      case Next::kItem:
        break;
    }
    const size_t prefixes = prefixes_.open();
    AppendVarint(*out_, kListValueTag);
    prefixes_.Open();
    const Step step = ReadValue(prefixes);
    if (step != Step::kDone) return step;
  }
}

JsonReader::Step JsonReader::SkipMembers() {
  while (true) {
    switch (NextMember(frames_.back())) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        return Close();
      case Next::kItem:
        break;
    }
    std::string_view name;
    if (!text_.String(name) || !text_.Colon()) return Step::kFailed;
    const Step step = SkipValue();
    if (step != Step::kDone) return step;
  }
}

JsonReader::Step JsonReader::SkipElements() {
  while (true) {
    switch (NextElement(frames_.back())) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        return Close();
      case Next::kItem:
        break;
    }
    const Step step = SkipValue();
    if (step != Step::kDone) return step;
  }
}

// The value of an Any whose type has a JSON form of its own: { "@type": …, "value": … }. Without the second, as
// protobuf's own C++ writes it, the value is the default.
JsonReader::Step JsonReader::ReadAnyValue() {
  while (true) {
    Frame& frame = frames_.back();
    switch (NextMember(frame)) {
      case Next::kFailed:
        return Step::kFailed;
      case Next::kEnd:
        return Close();
      case Next::kItem:
        break;
    }
    std::string_view name;
    if (!text_.String(name)) return Step::kFailed;
    const bool is_value = name == "value";
    if (!text_.Colon()) return Step::kFailed;
    Step step = Step::kFailed;
    if (!is_value) {
      step = ReadUnknown(name);
    } else if (frame.value_seen) {
      return FailAt(text_.begin() + frame.name_at, Reason::kInvalidField, "the field stands here for the second time");
    } else {
      frame.value_seen = true;
      const bool absent = text_.Peek() == 'n' && frame.plan->well_known() != WellKnown::kValue;
      step = absent ? SkipValue() : ReadMessageValue(*frame.plan, prefixes_.open(), 0);
    }
    if (step != Step::kDone) return step;
  }
}

}  // namespace dragoman::transcoding
