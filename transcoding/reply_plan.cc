#include "transcoding/reply_plan.h"

#include <google/protobuf/descriptor.h>

#include <utility>

#include "transcoding/quote.h"
#include "transcoding/wire.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::FieldDescriptor;

Status Malformed(const MessagePlan& message) {
  return Status(Reason::kBackendProtocolError, "the backend sent bytes that are no " + message.full_name());
}

// Sets `content` to that of a singular HttpBody field. Several occurrences of it are one: their bytes, one after the
// other, in `merged`.
Status CollectField(const MessagePlan& output, const FieldPlan& field, std::string_view wire, std::string_view& content,
                    Buffer& merged) {
  WireCursor cursor(wire);
  bool seen = false;
  while (!cursor.done()) {
    uint32_t tag = 0;
    std::string_view here;
    if (!cursor.ReadTag(tag)) return Malformed(output);
    if (NumberOf(tag) != field.number || WireTypeOf(tag) != WireType::kLength) {
      if (!cursor.Skip(tag)) return Malformed(output);
      continue;
    }
    if (!cursor.ReadLengthDelimited(here)) return Malformed(output);
    if (!std::exchange(seen, true)) {
      content = here;
      continue;
    }
    if (merged.empty()) merged.Append(content);
    merged.Append(here);
    content = merged.view();
  }
  return {};
}

}  // namespace

tl::expected<ReplyPlan, std::string> ReplyPlan::Build(const MessagePlan& output, std::string_view response_body) {
  ReplyPlan plan;
  plan.output_ = &output;
  plan.raw_body_ = output.well_known() == WellKnown::kHttpBody;
  if (response_body.empty() || response_body == "*") return plan;
  output.CompileFields();
  plan.body_field_ = output.Find(response_body);
  if (plan.body_field_ == nullptr) {
    const FieldPlan* nearest = output.Nearest(response_body);
    return tl::unexpected("response_body: " + output.full_name() + " has no field " + Quote(response_body) +
                          (nearest ? "; did you mean \"" + nearest->name + "\"?" : ""));
  }
  plan.raw_body_ = plan.body_field_->type == FieldDescriptor::TYPE_MESSAGE && !plan.body_field_->repeated &&
                   plan.body_field_->message->well_known() == WellKnown::kHttpBody;
  return plan;
}

Result<std::string_view> ReplyPlan::Render(std::string_view wire, const JsonWriteOptions& options, JsonCodec& codec,
                                           Buffer& out, std::string& type_scratch) const {
  if (raw_body_) return RenderRaw(wire, out, type_scratch);
  Status status = body_field_ ? codec.WriteField(*output_, *body_field_, wire, options, out)
                              : codec.WriteMessage(*output_, wire, options, out);
  if (!status.ok()) return Refuse(std::move(status));
  return "application/json";
}

Result<std::string_view> ReplyPlan::RenderRaw(std::string_view wire, Buffer& out, std::string& type_scratch) const {
  Buffer merged;
  if (body_field_ != nullptr) {
    std::string_view content;
    if (Status no = CollectField(*output_, *body_field_, wire, content, merged); !no.ok()) return Refuse(std::move(no));
    wire = content;
  }
  constexpr int32_t kContentType = 1, kData = 2;  // google/api/httpbody.proto
  std::string_view data;
  std::string_view type;
  WireCursor cursor(wire);
  while (!cursor.done()) {
    uint32_t tag = 0;
    const bool good =
        cursor.ReadTag(tag) && (tag == MakeTag(kContentType, WireType::kLength) ? cursor.ReadLengthDelimited(type)
                                : tag == MakeTag(kData, WireType::kLength)      ? cursor.ReadLengthDelimited(data)
                                                                                : cursor.Skip(tag));
    if (!good) return Refuse(Malformed(*output_));
  }
  out.Append(data);
  return type_scratch.assign(type.empty() ? "application/octet-stream" : type);
}

}  // namespace dragoman::transcoding
