#include "transcoding/request_plan.h"

#include <algorithm>
#include <utility>

#include "transcoding/field_forms.h"
#include "transcoding/quote.h"
#include "transcoding/well_known.h"

namespace dragoman::transcoding {
namespace {

std::string Join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += '.';
    joined += part;
  }
  return joined;
}

}  // namespace

tl::expected<RequestPlan, std::string> RequestPlan::Build(const MessagePlan& input, const HttpTemplate& path,
                                                          std::string_view body, std::string_view http_method,
                                                          bool fully_decode_reserved) {
  RequestPlan plan;
  plan.input_ = &input;
  plan.fully_decode_reserved_ = fully_decode_reserved;

  for (const HttpTemplate::Variable& variable : path.variables) {
    Binding binding;
    binding.dotted = Join(variable.field_path);
    binding.multi_segment = variable.multi_segment;
    const std::string subject = "path variable {" + binding.dotted + "}: ";
    const MessagePlan* message = &input;
    for (size_t i = 0; i < variable.field_path.size(); ++i) {
      const std::string& name = variable.field_path[i];
      message->CompileFields();
      const FieldPlan* field = message->Find(name);
      if (field == nullptr) {
        const FieldPlan* nearest = message->Nearest(name);
        return tl::unexpected(subject + message->full_name() + " has no field " + Quote(name) +
                              (nearest ? "; did you mean \"" + nearest->name + "\"?" : ""));
      }
      if (field->repeated) {
        return tl::unexpected(subject + "field " + Quote(name) + (field->map ? " is a map" : " is repeated") +
                              "; a path can only set a single value");
      }
      const bool last = i + 1 == variable.field_path.size();
      if (!last && !IsMessage(*field))
        return tl::unexpected(subject + "field " + Quote(name) + " is no message and has no fields");
      if (last && !HasScalarForm(*field)) {
        return tl::unexpected(subject + "field " + Quote(name) + " is a message (" + field->message->full_name() +
                              "); name one of its fields");
      }
      binding.path.push_back(field);
      message = field->message;
    }
    for (const Binding& other : plan.captures_) {
      if (const FieldPlan* rival = OneofRival(other.path, binding.path)) {
        return tl::unexpected(subject + "lies in the same oneof as {" + other.dotted + "}, of which \"" + rival->name + "\" would be lost");
      }
      const size_t shared = std::min(other.path.size(), binding.path.size());
      if (!std::equal(other.path.begin(), other.path.begin() + shared, binding.path.begin())) continue;
      if (other.path.size() == binding.path.size()) return tl::unexpected(subject + "the path binds this field twice");
      return tl::unexpected(subject + "lies in the same field as {" + other.dotted + "}");
    }
    plan.captures_.push_back(std::move(binding));
  }

  if (body == "*") {
    plan.body_ = BodyKind::kMessage;
    plan.raw_body_ = input.well_known() == WellKnown::kHttpBody;
  } else if (!body.empty()) {
    plan.body_ = BodyKind::kField;
    input.CompileFields();
    plan.body_field_ = input.Find(body);
    if (plan.body_field_ == nullptr) {
      const FieldPlan* nearest = input.Nearest(body);
      return tl::unexpected("body: " + input.full_name() + " has no field " + Quote(body) +
                            (nearest ? "; did you mean \"" + nearest->name + "\"?" : ""));
    }
    plan.raw_body_ = IsMessage(*plan.body_field_) && !plan.body_field_->repeated &&
                     plan.body_field_->message->well_known() == WellKnown::kHttpBody;
  }
  if (plan.raw_body_) return plan;
  if (plan.body_ == BodyKind::kMessage) plan.form_ = &input;
  if (plan.body_ == BodyKind::kField && IsMessage(*plan.body_field_) && !plan.body_field_->repeated) {
    plan.form_ = plan.body_field_->message;
  }
  if (plan.form_ != nullptr && plan.form_->special_form()) plan.form_ = nullptr;
  if (http_method == "PATCH") plan.FindMask();
  return plan;
}

// The one FieldMask of the request, where the body is a field that has fields, and no variable sets it.
void RequestPlan::FindMask() {
  if (body_ != BodyKind::kField || form_ == nullptr) return;
  const FieldPlan* found = nullptr;
  for (const FieldPlan& field : input_->fields()) {
    if (field.repeated || field.extension || field.message == nullptr ||
        field.message->well_known() != WellKnown::kFieldMask) continue;
    if (found != nullptr) return;
    found = &field;
  }
  const auto sets_it = [found](const Binding& capture) { return capture.path.front() == found; };
  if (found == nullptr || found->oneof >= 0 || std::any_of(captures_.begin(), captures_.end(), sets_it)) return;
  mask_ = found;
}

}  // namespace dragoman::transcoding
