#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec_test.pb.h"
#include "transcoding/request_plan.h"

using codec::test::Everything;
using dragoman::Buffer;
using dragoman::Reason;
using dragoman::Status;
using namespace dragoman::transcoding;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// Any form is refused, or becomes a message that protobuf reads; and as a query it says the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const google::protobuf::FileDescriptor* const files[] = {Everything::descriptor()->file()};
  static const PlanSet plans(*google::protobuf::DescriptorPool::generated_pool(), files);
  static JsonCodec codec(plans);
  static const RequestPlan plan =
      *RequestPlan::Build(plans.Get(Everything::descriptor()), *HttpTemplate::Parse("/v1"), "*");

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Buffer body(text);
  Buffer from_form;
  const Status form =
      plan.Encode({.captures = {}, .query = "", .body = &body, .syntax = BodySyntax::kForm}, {}, codec, from_form);
  Buffer from_query;
  const Status query = plan.Encode({.captures = {}, .query = text, .body = nullptr}, {}, codec, from_query);
  Require(form.ok() == query.ok() || form.message().starts_with("the form has more than"));
  if (!form.ok()) {
    Require(form.reason() == Reason::kInvalidRequest);
    return 0;
  }
  Require(from_form.view() == from_query.view());
  Everything message;
  Require(message.ParseFromArray(from_form.data(), static_cast<int>(from_form.size())));
  return 0;
}
