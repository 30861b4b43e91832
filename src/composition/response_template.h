#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "composition/expression.h"
#include "config/composition.h"
#include "transcoding/buffer.h"
#include "transcoding/json_codec.h"

namespace dragoman::composition {

class AnswerSelection;
struct Answer;
struct AnswerPart;

inline constexpr size_t kMaxAnswerBytes = size_t{32} << 20;

// What the answer of a composition looks like: the members of an object, written straight from the wire bytes of the
// replies.
//
//   response:                                        {"user":{"name":"Ada"},"orders":[{"id":"7",…,"items":[[…]]}]}
//     user: {name: "{user.display_name}"}
//     orders: "{orders.orders[] + {items: items}}"
//
// Values are spelled as ProtoJSON has them. A member whose value is absent is left out; in a list null stands for it.
//
// Threads: immutable; safe to use concurrently, each thread with its own codec.
class ResponseTemplate {
 public:
  // What of an answer a client has asked for (`?fields=`); null: everything.
  using Selection = AnswerSelection;
  struct DropSelection {
    void operator()(Selection* selection) const;
  };
  using SelectionPtr = std::unique_ptr<Selection, DropSelection>;

  // `merge` and `response` of a composition. Problems: those of expressions; members of the same name, naming both.
  // `options`: how names are spelled.
  static std::optional<ResponseTemplate> Compile(const config::Composition& composition, Scope& scope,
                                                 const transcoding::JsonWriteOptions& options, const Report& report);

  // The calls whose replies it uses: of all, or of what is selected.
  CallSet uses(const Selection* selection) const;
  // `user.name,orders`: paths of names in the answer, on into the fields of messages. Errors: kInvalidRequest, with the
  // nearest name; more than 64 paths, or 16 names in one.
  Result<SelectionPtr> Select(std::string_view fields) const;
  // Appends the members, without braces: `"user":{…},"orders":[…]`; nothing where there are none. Errors: as
  // Expression::Evaluate, and those of JsonCodec::WriteMessage, with the path in the answer; kResponseTooLarge over
  // `max_bytes`. `out` is then as it was before.
  Status Render(Bindings& bindings, const Selection* selection, transcoding::JsonCodec& codec,
                const transcoding::JsonWriteOptions& options, Buffer& out, size_t max_bytes = kMaxAnswerBytes) const;

  // What of an answer is sent by itself as soon as the calls that it uses have ended: a member of `response`, or all that
  // one entry of `merge` gives.
  struct Piece {
    const AnswerPart* part = nullptr;  // of the root
    size_t member = 0;                 // of an object
    CallSet uses = 0;
  };
  // Those that are selected, in the order of the answer; together they are what Render writes.
  std::vector<Piece> pieces(const Selection* selection) const;
  // As Render, of one piece: appends its members without braces.
  Status RenderPiece(const Piece& piece, Bindings& bindings, const Selection* selection, transcoding::JsonCodec& codec,
                     const transcoding::JsonWriteOptions& options, Buffer& out, size_t max_bytes = kMaxAnswerBytes) const;

  // The type of each member, for people: {"user", "{name: string}"}, {"orders", "list of shop.v1.Order + {…}"}.
  std::vector<std::pair<std::string, std::string>> Describe() const;
  const Answer& answer() const { return *answer_; }

 private:
  std::shared_ptr<const Answer> answer_;
};

}  // namespace dragoman::composition
