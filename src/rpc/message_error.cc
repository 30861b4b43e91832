#include "rpc/message_error.h"

#include <string>
#include <utility>

namespace dragoman::rpc {

Status MessageError(std::string_view what, uint64_t number, const Status& no) {
  std::string text = std::string(what) + " " + std::to_string(number) + ": " + std::string(no.message());
  const bool ours = no.reason() != Reason::kNone;
  Status worded = ours ? Status(no.reason(), std::move(text)) : Status(no.code(), std::move(text));
  worded = std::move(worded).WithHttpStatus(no.http_status()).WithRule(std::string(no.rule()));
  for (const FieldViolation& violation : no.violations()) worded = std::move(worded).With(violation);
  for (const auto& [name, value] : no.headers()) worded = std::move(worded).WithHeader(name, value);
  for (const auto& [name, value] : no.facts()) worded = std::move(worded).WithFact(name, value);
  return worded;
}

}  // namespace dragoman::rpc
