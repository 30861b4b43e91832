#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "composition/answer_part.h"
#include "transcoding/field_selection.h"
#include "transcoding/status.h"

namespace dragoman::composition {

inline constexpr size_t kMaxSelectedLevels = 16;  // names in a path

// Which parts of an answer a client has asked for, and which fields of the messages in it. A null pointer to one, or to
// what is below a part that was asked for whole: everything.
class AnswerSelection {
 public:
  // `user.name,orders.lines`: paths of names in the answer. A path goes through lists and, below a value that is a
  // message, on into fields. Errors: kInvalidRequest, for the client, with the nearest name.
  static Result<AnswerSelection> Select(const Answer& answer, std::string_view fields);

  static bool Has(const AnswerSelection* selection, const AnswerPart& part) {
    return selection == nullptr || selection->states_[part.number] != State::kNone;
  }
  // What is asked for of what is in `part`.
  static const AnswerSelection* Below(const AnswerSelection* selection, const AnswerPart& part) {
    return selection == nullptr || selection->states_[part.number] == State::kWhole ? nullptr : selection;
  }
  // Of a part that is a message, or has them: null: all fields.
  static const transcoding::FieldSelection* FieldsOf(const AnswerSelection* selection, const AnswerPart& part) {
    if (selection == nullptr) return part.fields ? &*part.fields : nullptr;
    if (selection->fields_[part.number] != nullptr) return selection->fields_[part.number].get();
    return part.nothing ? &*part.nothing : nullptr;
  }
  // The calls that are needed for it.
  CallSet uses(const AnswerPart& part) const;

 private:
  enum class State : uint8_t { kNone, kPartly, kWhole };

  explicit AnswerSelection(const Answer& answer)
      : options_(answer.options), states_(answer.parts), fields_(answer.parts) {}
  // Of the path the names from `level` on. False where there is no such part: error_.
  bool Mark(const AnswerPart& part, std::span<const std::string_view> path, size_t level);
  bool MarkMember(const AnswerPart& part, std::span<const std::string_view> path, size_t level);
  bool MarkAny(const AnswerPart& part, std::span<const std::string_view> path, size_t level);
  bool MarkFields(const AnswerPart& part, std::span<const std::string_view> path, size_t level);
  bool Unknown(const AnswerPart& part, std::span<const std::string_view> path, size_t level);
  static bool HasName(const AnswerPart& part, std::string_view name);

  transcoding::JsonWriteOptions options_;
  std::vector<State> states_;                                         // by AnswerPart::number
  std::vector<std::unique_ptr<transcoding::FieldSelection>> fields_;  // likewise
  std::string error_;
};

}  // namespace dragoman::composition
