#pragma once

#include <string>

#include "composition/answer_part.h"
#include "composition/answer_selection.h"
#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

// One answer that is being written. Recursion is as deep as the answer's parts nest.
class AnswerWriter {
 public:
  AnswerWriter(Bindings& bindings, transcoding::JsonCodec& codec, const transcoding::JsonWriteOptions& options,
               size_t max_bytes, Buffer& out)
      : bindings_(bindings), codec_(codec), options_(options), end_(out.size() + max_bytes), out_(out) {}

  // The members of the root. On error `out` is as it was before.
  Status Write(const Answer& answer, const AnswerSelection* selection);
  // Of a part of the root the members; of an object only that one. Likewise.
  Status WritePiece(const AnswerPart& part, size_t member, const AnswerSelection* selection);

 private:
  // Each returns false where error_ says what is wrong, and writes nothing for what is absent.
  bool Part(const AnswerPart& part, const AnswerSelection* selection);
  // Members without braces. `first`: none stands there yet; `present`: set where there is such an object.
  bool Members(const AnswerPart& part, const AnswerSelection* selection, bool& first, bool& present);
  bool ObjectMembers(const AnswerPart& part, const AnswerSelection* selection, bool& first);
  bool ObjectMember(const AnswerPart& part, size_t member, const AnswerSelection* selection, bool& first);
  Status Ended(bool written, size_t before);
  bool MessageMembers(const AnswerPart& part, const AnswerSelection* selection, bool& first, bool& present);
  bool Object(const AnswerPart& part, const AnswerSelection* selection);
  bool List(const AnswerPart& part, const AnswerSelection* selection);
  bool Each(const AnswerPart& part, const AnswerSelection* selection, const Value& list, size_t levels);
  bool Element(const AnswerPart& part, const AnswerSelection* selection, const Value& element);
  bool Field(const AnswerPart& part, const transcoding::FieldSelection* fields);
  bool WriteValue(const Value& value, const Type& type, const transcoding::FieldSelection* fields);
  bool Evaluated(const Term& term, Value& value);
  // Of a kCondition: which of its parts.
  bool Chosen(const AnswerPart& part, size_t& chosen);
  bool Done(Status status);
  bool Within(std::string_view name);
  bool WithinItem(size_t index);

  Bindings& bindings_;
  transcoding::JsonCodec& codec_;
  const transcoding::JsonWriteOptions& options_;
  size_t end_;  // of `out`: more is too much
  Buffer& out_;
  Status error_;
  std::string path_;  // of what is wrong, put together as the calls return
};

// A scalar as ProtoJSON spells it. False where a string is no UTF-8.
bool AppendScalar(const Value& value, const Type& type, const transcoding::JsonWriteOptions& options, Buffer& out);

}  // namespace dragoman::composition
