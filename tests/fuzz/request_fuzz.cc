#include <algorithm>
#include <array>
#include <optional>

#include "fuzz.h"
#include "json_util.h"
#include "transcoding/request_plan.h"

namespace dragoman::fuzz {
namespace {

using namespace transcoding;

// Four rules of one method: no body, a body for one field, the same as a PATCH, which has a mask of it, a body for the
// rest.
const RequestPlan& Plan(size_t rule) {
  static const auto build = [](std::string_view body, std::string_view http_method = {}) {
    const auto path = HttpTemplate::Parse("/v1/{string_value}/{child.int64_value}/{renamed=**}");
    return *RequestPlan::Build(*CodecKinds::Get().kinds.front().plan, *path, body, http_method);
  };
  static const std::array plans = {build(""), build("chosen_child"), build("chosen_child", "PATCH"), build("*")};
  return plans[rule];
}

std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

void Check(size_t rule, std::span<const std::string_view> captures, std::string_view query, std::string_view body_text,
           const RequestOptions& options) {
  CodecKinds& kinds = CodecKinds::Get();
  const CodecKinds::Kind& everything = kinds.kinds.front();
  Buffer body(body_text);
  Buffer wire;
  const Status status =
      Plan(rule).Encode({.captures = captures, .query = query, .body = &body}, options, kinds.codec, wire);
  if (!status.ok()) {
    Require(wire.empty() && !status.message().empty() && status.message().size() < (size_t{64} << 10));
    return;
  }
  const std::optional<std::string> message = Canonical(*everything.prototype, wire.view());
  Require(message.has_value());
  Buffer json;
  if (!kinds.codec.WriteMessage(*everything.plan, *message, {.emit_defaults = false}, json).ok()) return;
  Require(ReadByUs(everything, json.view()) == message);
}

}  // namespace
}  // namespace dragoman::fuzz

// Three lines are the captures of a path, the fourth is the query, the rest is the body. Under every rule the request
// is refused, or becomes a message that protobuf reads and that its own JSON makes again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dragoman::fuzz;
  std::string_view text = Text(data, size);
  std::array<std::string_view, 3> captures;
  for (std::string_view& capture : captures) capture = TakeLine(text);
  const std::string_view query = TakeLine(text);
  const dragoman::transcoding::RequestOptions lenient = {
      .json = {.ignore_unknown_fields = true}, .ignore_unknown_query = true, .ignored_query = {"utm_*", "*x*y"}};
  for (size_t rule = 0; rule < 4; ++rule) {
    Check(rule, captures, query, text, {});
    Check(rule, captures, query, text, lenient);
  }
  return 0;
}
