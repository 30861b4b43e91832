#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transcoding/buffer.h"
#include "transcoding/field_selection.h"
#include "transcoding/json_codec.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"
#include "transcoding/well_known.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {

// Wire bytes → JSON text: the writing half of JsonCodec, which says what it promises.
//
// Members are written in the order of the declaration. Serializers write fields by number, so where the two orders
// agree a message is written in one pass as its fields come by. When that meets a field that comes too late, comes
// twice, or a second member of a oneof, everything is begun anew *with care*: every message is indexed first, the last
// value of a field wins, pieces of a message are merged. A type whose declaration is not in the order of numbers is
// always indexed. A field that is not selected is out of any order, but that a member of a oneof still clears the
// others.
//
// Recursion is as deep as the messages nest, which JsonWriteOptions::max_depth bounds.
// Cost: linear in the wire bytes, times two at most.
class JsonWriter {
 public:
  explicit JsonWriter(const PlanSet& plans) : plans_(plans) {}

  Status WriteMessage(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options,
                      const FieldSelection* selection, Buffer& out);
  Status WriteMembers(const MessagePlan& plan, std::string_view wire, const JsonWriteOptions& options,
                      const FieldSelection* selection, Buffer& out);
  Status WriteField(const MessagePlan& plan, const FieldPlan& field, std::string_view wire,
                    const JsonWriteOptions& options, const FieldSelection* selection, Buffer& out);

 private:
  // The bytes of a message: one piece nearly always; several of a singular field that came in pieces, which protobuf
  // merges.
  struct Source {
    std::string_view first;
    uint32_t more = 0;  // index in pieces_
    uint32_t more_count = 0;
  };
  // One value off the wire.
  struct Raw {
    uint64_t bits = 0;       // of a number
    std::string_view bytes;  // of a string, message, group, packed run
  };
  // Where Scalar takes a value from: straight off the wire, or from what was read of it before.
  struct OffWire {
    WireCursor& in;
    bool Varint(uint64_t& bits) const { return in.ReadVarint(bits); }
    bool Fixed32(uint32_t& bits) const { return in.ReadFixed(bits); }
    bool Fixed64(uint64_t& bits) const { return in.ReadFixed(bits); }
    bool Bytes(std::string_view& bytes) const { return in.ReadLengthDelimited(bytes); }
  };
  struct OfRaw {
    const Raw& raw;
    bool Varint(uint64_t& bits) const { return Fixed64(bits); }
    bool Fixed32(uint32_t& bits) const {
      bits = static_cast<uint32_t>(raw.bits);
      return true;
    }
    bool Fixed64(uint64_t& bits) const {
      bits = raw.bits;
      return true;
    }
    bool Bytes(std::string_view& bytes) const {
      bytes = raw.bytes;
      return true;
    }
  };
  // Where a field occurs in a message that is indexed: a value; of a repeated field a run of neighbours with their
  // tags.
  struct Occurrence {
    uint32_t index;  // of the field
    uint32_t order;
    Raw raw;
  };
  // The member of a oneof that is set, in a message that is indexed.
  struct Member {
    uint32_t field = 0;  // index plus 1; 0: none
    uint32_t from = 0;   // what came of the oneof before this order holds no more
  };
  struct MapKey {
    Raw raw;
    uint32_t ordinal;
  };
  struct MapEntry {
    Raw key;
    Raw value;       // of a scalar
    Source message;  // of a message
    bool unknown_enum = false;
  };

  static constexpr size_t kRoomForScalar = 48;  // bytes: any number, and a string of a few words

  static bool PassUnknownEnum(const FieldPlan& field, WireCursor& in);
  static bool PassZero(const FieldPlan& field, WireCursor& in);
  // A run of neighbours goes on while the tags are those of `field`, singly or packed. False where the cursor stands at
  // another's.
  static bool NextOfRun(const FieldPlan& field, WireCursor& in, uint32_t& tag) {
    if (in.done()) return false;
    tag = field.element_tag;
    return in.PassTag(tag) || PassAnyTagOf(field, in, tag);
  }
  static bool PassAnyTagOf(const FieldPlan& field, WireCursor& in, uint32_t& tag);
  static bool ReadRaw(WireCursor& in, uint32_t tag, Raw& raw);
  template <typename Write>
  Status Run(std::string_view wire, const JsonWriteOptions& options, const FieldSelection* selection, Buffer& out,
             Write write);

  // Messages and their members.
  bool Message(const MessagePlan& plan, const Source& source);
  bool TooDeep();
  bool Members(const MessagePlan& plan, const Source& source, bool first);
  template <bool kSelecting>
  bool MembersInOrder(const MessagePlan& plan, std::string_view wire, bool first);
  bool MembersIndexed(const MessagePlan& plan, const Source& source, bool first);
  bool FieldValue(const MessagePlan& plan, const FieldPlan& field, const Source& source);
  bool RunInOrder(const FieldPlan& field, uint32_t tag, WireCursor& in, bool& first);
  bool Collect(const MessagePlan& plan, const Source& source, const FieldSelection* selection);
  bool CollectField(const FieldPlan& field, uint32_t tag, const char* tag_at, WireCursor& in, size_t base,
                    size_t members);
  void DropOverriddenMembers(const MessagePlan& plan, size_t base, size_t members);

  // Values of fields, without the name.
  bool Group(const FieldPlan& field, size_t begin, size_t end);
  bool Nested(const FieldPlan& field, WireCursor& in);
  bool ListItems(const FieldPlan& field, uint32_t tag, WireCursor& in, uint32_t& items);
  bool ListItem(const FieldPlan& field, WireCursor& in, uint32_t& items);
  bool MapItems(const FieldPlan& field, uint32_t tag, WireCursor& in, uint32_t& items);
  bool PlainItem(const FieldPlan& field, std::string_view wire, uint32_t items);
  bool MapItem(const FieldPlan& field, const MapEntry& entry, uint32_t& items);
  bool MapRuns(const FieldPlan& field, size_t begin, size_t end);
  bool ReadEntry(const FieldPlan& field, std::string_view wire, MapEntry& entry);
  static bool SameKey(const MapKey& left, const MapKey& right);
  void SortKeys(size_t base);
  bool HasTwins(size_t base);
  static bool IsUnknownEnum(const FieldPlan& field, uint64_t bits);  // a number that a closed enum does not have
  char* Begin(std::string_view before);
  template <typename From>
  bool Scalar(const FieldPlan& field, From from, char* to);
  bool ListedScalar(const FieldPlan& field, WireCursor& in, char* to);
  bool RawScalar(const FieldPlan& field, const Raw& raw, char* to);
  bool AnyString(std::string_view text, char* to);
  bool String(std::string_view text, char* to);
  void Enum(const EnumPlan& plan, int32_t number);
  std::string_view Key(const FieldPlan& field, bool& first) const;
  void Default(const FieldPlan& field, const FieldSelection* selection, bool& first);
  std::string_view NumberForDefault(const FieldPlan& field) const;
  std::string_view Unset(const FieldPlan& field) const;

  // Well-known types.
  bool Any(const Source& source);
  bool ReadTime(const Source& source, SecondsAndNanos& value);
  bool Timestamp(const Source& source);
  bool Duration(const Source& source);
  bool FieldMask(const Source& source);
  bool Wrapper(const MessagePlan& plan, const Source& source);
  bool Value(const MessagePlan& plan, const Source& source);
  template <typename Visit>
  bool EachField(const Source& source, Visit visit);
  std::string_view Piece(const Source& source, uint32_t i) const {
    return i == 0 ? source.first : pieces_[source.more + i - 1];
  }

  // What stops the writing; each returns false.
  bool Malformed();
  bool Unrenderable(std::string what);
  bool NotUtf8();
  bool Restart();
  // The path is put together as the calls return.
  bool Within(const FieldPlan& field);
  bool Within(const std::string& part);

  const PlanSet& plans_;
  JsonWriteOptions options_;
  Buffer* out_ = nullptr;
  const char* wire_end_ = nullptr;  // of all that is written: strings within may be read in blocks up to here
  // Of the message that is written next, and of each that stands beside it; null: all of it. Who writes members sets
  // it for those below, and leaves it as it was.
  const FieldSelection* selection_ = nullptr;
  PaddedText FieldPlan::*key_ = nullptr;
  int depth_ = 0;
  bool as_numbers_ = false;  // enums_as_integers or int64_as_numbers
  bool careful_ = false;
  bool restart_ = false;
  std::vector<std::string_view> pieces_;
  std::vector<Occurrence> occurrences_;
  std::vector<Member> members_;  // of the oneofs of the messages that are indexed
  std::vector<MapKey> keys_;
  Reason reason_ = Reason::kNone;
  std::string what_;
  std::string path_;
};

inline bool JsonWriter::ReadRaw(WireCursor& in, uint32_t tag, Raw& raw) {
  switch (WireTypeOf(tag)) {
    case WireType::kVarint:
      return in.ReadVarint(raw.bits);
    case WireType::kFixed64:
      return in.ReadFixed(raw.bits);
    case WireType::kFixed32: {
      uint32_t fixed = 0;
      if (!in.ReadFixed(fixed)) return false;
      raw.bits = fixed;
      return true;
    }
    case WireType::kLength:
      return in.ReadLengthDelimited(raw.bytes);
    case WireType::kStartGroup:
      return in.ReadGroup(NumberOf(tag), raw.bytes);
    default:
      return false;
  }
}

}  // namespace dragoman::transcoding
