#pragma once

#include <string_view>

#include "composition/scope.h"
#include "composition/value.h"
#include "transcoding/message_plan.h"
#include "transcoding/status.h"

namespace dragoman::composition {

// Reads values from wire bytes as protobuf would: the last of a scalar and the last set member of a oneof hold, the
// pieces of a message are one, unknown numbers of closed enums are unknown fields, packed and unpacked lists are alike.
//
// Lists and joined pieces lie in the arena of the bindings; all else is a view of the wire bytes.
class WireFields {
 public:
  explicit WireFields(Bindings& bindings) : bindings_(bindings) {}

  // One field of a `plan` message: a list, a map, or a value; absent where the field has presence and is not set.
  // False: error().
  bool Read(std::string_view wire, const transcoding::MessagePlan& plan, const transcoding::FieldPlan& field,
            Value& value);
  // Of a kMap the value of `key`; absent where it has none.
  bool Find(const Value& map, const Value& key, Value& value);
  // How many keys a kMap has.
  bool CountKeys(const Value& map, size_t& count);

  // `count` absent values; null where the request has too many.
  Value* NewList(size_t count);
  // Room for text or bytes; null likewise.
  char* NewText(size_t bytes);

  // `bytes` are gone through; false where the request has gone through too many.
  bool Scan(size_t bytes) { return Take(bytes / 4096); }

  Status TakeError() { return std::move(error_); }

 private:
  bool ReadSingle(std::string_view wire, const transcoding::MessagePlan& plan, const transcoding::FieldPlan& field,
                  Value& value);
  bool ReadList(std::string_view wire, const transcoding::FieldPlan& field, Value& value);
  bool JoinPieces(std::string_view wire, const char* from, const transcoding::FieldPlan& field, size_t size,
                  Value& value);
  template <typename Visit>
  bool EachEntry(const Value& map, Visit visit);
  bool ReadKey(const Value& map, std::string_view entry, Value& key);
  bool ReadEntryValue(const Value& map, std::string_view entry, Value& value, bool& known);
  bool Malformed(std::string_view what);
  bool Take(size_t values);

  Bindings& bindings_;
  Status error_;
};

// The value of a field that is not set and has no presence: zero, empty; of a message the empty one.
Value ZeroOf(const transcoding::FieldPlan& field);

}  // namespace dragoman::composition
