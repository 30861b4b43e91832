#pragma once

#include <memory>

#include "composition/expression.h"
#include "config/node.h"
#include "transcoding/buffer.h"
#include "transcoding/message_plan.h"

namespace dragoman::composition {

// A message that the configuration writes with expressions: of a call its request.
//
//   {user_id: "{user.id}", page: {size: 5}, ids: ["{path.a}", "{path.b}"], tags: "{body.tags}"}
//
// Members are fields of the message, by either name. A field whose expression is absent is not set. What is written without
// braces is read as a client's text would be (transcoding::TextToField).
//
// Threads: immutable.
class RequestTemplate {
 public:
  // Problems: unknown fields (with the nearest), values that do not fit (`request.user_id: expected an int64, got a
  // string`), two members of a oneof, a field twice. `path` names it: "calls.user.request". Nothing where there was a problem.
  static std::optional<RequestTemplate> Compile(const config::Node& node, const transcoding::MessagePlan& message,
                                                Scope& scope, std::string_view path, const Report& report);
  RequestTemplate(RequestTemplate&&) noexcept;
  RequestTemplate& operator=(RequestTemplate&&) noexcept;
  ~RequestTemplate();

  CallSet uses() const;
  CallSet needs() const;

  // Appends the wire bytes of the message. Bindings::missing and errors: as Expression::Evaluate; kInvalidField too for a number that the field has no room for.
  Status Encode(Bindings& bindings, Buffer& out) const;

 private:
  struct Member;
  RequestTemplate();
  std::vector<Member> members_;
  CallSet uses_ = 0;
  CallSet needs_ = 0;
};

}  // namespace dragoman::composition
