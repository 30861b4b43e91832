#include "codec_kinds.h"
#include "fuzz.h"
#include "transcoding/request_plan.h"

using namespace dragoman;
using namespace dragoman::fuzz;
using namespace dragoman::transcoding;

// Any form is refused, or becomes a message that protobuf reads; and as a query it says the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CodecKinds& kinds = CodecKinds::Get();
  const CodecKinds::Kind& everything = kinds.kinds.front();
  static const RequestPlan plan = *RequestPlan::Build(*everything.plan, *HttpTemplate::Parse("/v1"), "*");

  const std::string_view text = Text(data, size);
  Buffer body(text);
  Buffer from_form;
  const Status form = plan.Encode({.captures = {}, .query = "", .body = &body, .syntax = BodySyntax::kForm}, {},
                                  kinds.codec, from_form);
  Buffer from_query;
  const Status query = plan.Encode({.captures = {}, .query = text, .body = nullptr}, {}, kinds.codec, from_query);
  Require(form.ok() == query.ok() || form.message().starts_with("the form has more than"));
  if (!form.ok()) {
    Require(form.reason() == Reason::kInvalidRequest);
    return 0;
  }
  Require(from_form.view() == from_query.view());
  codec::test::Everything message;
  Require(message.ParseFromArray(from_form.data(), static_cast<int>(from_form.size())));
  return 0;
}
