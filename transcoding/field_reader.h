#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "transcoding/message_plan.h"

namespace dragoman::transcoding {

class WireCursor;

// One field of a message type by its path, tested on wire bytes without a message tree: for rules that look at a
// request.
//
//   FieldReader tenant = *FieldReader::Build(plans.Get(order), "order.tenant_id");
//   tenant.All(message, [](std::string_view text) { return text == "acme"; })
//
// A value's text: of a string or bytes field its bytes, of numbers decimal digits, of bools true and false, of enums
// the name, or the number where it has none.
//
// Threads:  immutable; safe to use concurrently.
class FieldReader {
 public:
  // Errors, for the operator: a name that the message does not have (with the nearest), a map, a float, a double, a
  // message or a member of a oneof, whose text is not one thing.
  static tl::expected<FieldReader, std::string> Build(const MessagePlan& message, std::string_view path);

  // True if the field is there and every value of it, in every element of the lists on its path, passes `test`
  // (std::string_view → bool). False also where the bytes are malformed. An unset field is not there, whatever its
  // default.
  template <typename Test>
  bool All(std::string_view wire, Test test) const {
    Visit visit{
        .test = [](void* context, std::string_view text) -> bool { return (*static_cast<Test*>(context))(text); },
        .context = &test};
    return Walk(wire, 0, visit) && visit.found;
  }

 private:
  struct Visit {
    bool (*test)(void* context, std::string_view text);
    void* context;
    bool found = false;  // a value, in the list's element at hand
  };

  bool Walk(std::string_view wire, size_t level, Visit& visit) const;
  bool Enter(std::string_view content, size_t level, Visit& visit) const;
  bool TestScalar(WireCursor& cursor, const FieldPlan& field, Visit& visit) const;
  bool TestPacked(std::string_view content, const FieldPlan& field, Visit& visit) const;

  std::vector<const FieldPlan*> path_;  // never empty
};

}  // namespace dragoman::transcoding
