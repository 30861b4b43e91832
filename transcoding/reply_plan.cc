#include "transcoding/reply_plan.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "transcoding/percent.h"
#include "transcoding/quote.h"
#include "transcoding/request_text.h"
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

Result<ReplyPlan::Selection> ReplyPlan::SelectFrom(std::string_view query, std::string_view parameter) const {
  const std::string subject = "query parameter " + Quote(parameter);
  Selection selection;
  bool given = false;
  std::string scratch;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto key = PercentDecode(pair.substr(0, equals), PercentDecoding::kForm, scratch);
    if (!key || *key != parameter) continue;  // the others are the request's
    if (std::exchange(given, true)) return Refuse(InvalidRequest(parameter, subject + " is given twice"));
    const auto paths = PercentDecode(pair.substr(std::min(equals + 1, pair.size())), PercentDecoding::kForm, scratch);
    if (!paths) return Refuse(InvalidRequest(parameter, subject + ": " + paths.error()));
    auto selected = SelectPaths(*paths);
    if (!selected) return Refuse(InvalidRequest(parameter, subject + ": " + selected.error()));
    selection = *std::move(selected);
  }
  return selection;
}

// paths = path *( "," path ); "*" asks for everything.
tl::expected<ReplyPlan::Selection, std::string> ReplyPlan::SelectPaths(std::string_view paths) const {
  if (paths.empty()) return Selection();
  if (paths.size() > kMaxSelectionBytes) {
    return tl::unexpected("longer than " + std::to_string(kMaxSelectionBytes) + " bytes");
  }
  const MessagePlan* message = output_->special_form() ? nullptr : output_;
  if (body_field_ != nullptr) message = SelectableBelow(*body_field_);
  std::unique_ptr<FieldSelection> selection;
  if (message != nullptr && !raw_body_) selection = std::make_unique<FieldSelection>(*message);
  bool whole = false;
  size_t count = 0;
  for (bool more = true; more;) {
    const size_t comma = paths.find(',');
    const std::string_view path = paths.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) paths.remove_prefix(comma + 1);
    if (++count > kMaxSelectedPaths) return tl::unexpected("more than " + std::to_string(kMaxSelectedPaths) + " paths");
    if (path == "*") {
      whole = true;
      continue;
    }
    if (selection == nullptr) return tl::unexpected(std::string("the reply has no fields that could be chosen"));
    if (auto selected = selection->Select(path); !selected) return tl::unexpected(std::move(selected.error()));
  }
  if (whole) selection.reset();
  return selection;
}

Result<std::string_view> ReplyPlan::Render(std::string_view wire, const JsonWriteOptions& options, JsonCodec& codec,
                                           Buffer& out, std::string& type_scratch,
                                           const FieldSelection* selection) const {
  if (raw_body_) return RenderRaw(wire, out, type_scratch);
  Status status = body_field_ ? codec.WriteField(*output_, *body_field_, wire, options, out, selection)
                              : codec.WriteMessage(*output_, wire, options, out, selection);
  if (!status.ok()) return Refuse(std::move(status));
  return "application/json";
}

namespace {

// field-value of RFC 9110 section 5.5, in ASCII, and of RFC 9113 section 8.2.1.
bool IsHeaderValue(std::string_view text) {
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !text.empty() && text.front() != ' ' && text.back() != ' ' && std::ranges::all_of(text, is_printable);
}

}  // namespace

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
  return type_scratch.assign(IsHeaderValue(type) ? type : "application/octet-stream");
}

}  // namespace dragoman::transcoding
