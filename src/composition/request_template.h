#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "composition/expression.h"
#include "config/node.h"
#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"

namespace dragoman::composition {

// A message that the configuration writes with expressions: of a call its request.
//
//   {user_id: "{user.id}", page: {size: 5}, ids: ["{path.a}", "{path.b}"], tags: "{body.tags}"}
//
// Members are fields of the message, by either name. A field whose expression is absent is not set, an absent element
// of a list is passed over, and an entry of a map whose value is absent is left out; a message that is written as a
// mapping is always there. What is written without braces is read as a client's text would be
// (transcoding::TextToField); null sets nothing.
//
// Threads: immutable.
class RequestTemplate {
 public:
  // Problems: unknown fields (with the nearest), values that do not fit (`request.user_id: expected an int64, got a
  // string`), two members of a oneof, a field twice. `path` names it: "calls.user.request". Nothing where there was a
  // problem.
  static std::optional<RequestTemplate> Compile(const config::Node& node, const transcoding::MessagePlan& message,
                                                Scope& scope, std::string_view path, const Report& report);
  RequestTemplate();  // of the empty message
  RequestTemplate(RequestTemplate&&) noexcept;
  RequestTemplate& operator=(RequestTemplate&&) noexcept;
  ~RequestTemplate();

  CallSet uses() const { return uses_; }
  CallSet needs() const { return needs_; }

  // Appends the wire bytes of the message. Bindings::missing and errors: as Expression::Evaluate; kInvalidField too for
  // a number that the field has no room for, and for a string that is no UTF-8. The text names the field by its path;
  // `out` is then as it was before.
  Status Encode(Bindings& bindings, Buffer& out) const;

 private:
  struct Member;
  class Compiler;
  class Encoding;
  std::vector<Member> members_;
  CallSet uses_ = 0;
  CallSet needs_ = 0;
};

// The wire bytes of a message that is written without any names: of a call its default reply. Problems as
// RequestTemplate::Compile; nothing where there was one.
std::optional<std::string> CompileConstant(const config::Node& node, const transcoding::MessagePlan& message,
                                           std::string_view path, const Report& report);

}  // namespace dragoman::composition
