#include "openapi/parameters.h"

#include <algorithm>

#include "openapi/examples.h"
#include "openapi/words.h"

namespace dragoman::openapi {
namespace {

using transcoding::FieldPlan;
using transcoding::HttpTemplate;
using transcoding::MessagePlan;

constexpr size_t kLongName = 256;  // bytes of a dotted name; one of many times as much counts as as many fields

class Collector {
 public:
  Collector(const std::set<std::string>& bound, Form form, size_t max_fields) : bound_(bound), form_(form), max_fields_(max_fields) {}

  void Add(const MessagePlan& message, const std::string& path, const std::string& name, bool required, bool deprecated) {
    open_.push_back(&message);
    for (const FieldPlan& field : message.fields()) {
      if (found.cut != QueryFields::Cut::kNo) break;
      if (found.looked_at >= max_fields_) {
        found.cut = QueryFields::Cut::kFields;
        break;
      }
      found.looked_at += 1 + (path.size() + field.name.size()) / kLongName;
      const std::string dotted = path + field.name;
      const Behaviour behaviour = BehaviourOf(field);
      if (field.map || field.extension || behaviour.output_only || bound_.contains(dotted)) continue;
      const bool old = deprecated || field.descriptor->options().deprecated();
      const std::string spelled = name + NameOf(field, form_);
      if (field.message == nullptr || field.message->scalar_form()) {
        if (found.fields.size() == kMaxQueryParameters) {
          found.cut = QueryFields::Cut::kParameters;
        } else {
          found.fields.push_back({spelled, &field, required && behaviour.required, old});
        }
      } else if (!field.repeated && !field.message->special_form() && open_.size() < kMaxQueryLevels &&
                 std::ranges::find(open_, field.message) == open_.end()) {
        Add(*field.message, dotted + ".", spelled + ".", required && behaviour.required, old);
      }
    }
    open_.pop_back();
  }

  QueryFields found;

 private:
  const std::set<std::string>& bound_;
  const Form form_;
  const size_t max_fields_;
  std::vector<const MessagePlan*> open_;
};

// The field of a wrapper: in a URL nothing is null.
const FieldPlan& WrappedIn(const FieldPlan& field) {
  const bool wrapped = field.message != nullptr && field.message->well_known() == transcoding::WellKnown::kWrapper;
  return wrapped ? field.message->fields().front() : field;
}

void WriteSchema(const FieldPlan& field, Form form, Schemas& schemas, JsonOut& out) {
  const FieldPlan& value = WrappedIn(field);
  if (!field.repeated) return schemas.Value(value, form, out);
  out.Text("type", "array");
  out.Open("items");
  schemas.Value(value, form, out);
  out.Close();
}

const FieldPlan* FindField(const MessagePlan& message, const std::vector<std::string>& path) {
  const MessagePlan* in = &message;
  const FieldPlan* field = nullptr;
  for (const std::string& name : path) {
    field = in == nullptr ? nullptr : in->Find(name);
    in = field == nullptr ? nullptr : field->message;
  }
  return field;
}

// "shelves/{shelvesId}/books/{booksId}": what the variable is made of.
std::string MadeOf(const HttpTemplate& parsed, int variable, const std::vector<std::string>& names) {
  std::string text;
  size_t next = 0;
  for (int i = 0; i < static_cast<int>(parsed.segments.size()); ++i) {
    const bool literal = parsed.segments[i].kind == HttpTemplate::SegmentKind::kLiteral;
    const std::string part = literal ? parsed.segments[i].literal : "{" + names[next] + "}";
    if (!literal) ++next;
    const HttpTemplate::Variable& of = parsed.variables[variable];
    if (i >= of.begin && i < of.end) text += (text.empty() ? "" : "/") + part;
  }
  return text;
}

}  // namespace

QueryFields QueryFieldsOf(const MessagePlan& message, const std::set<std::string>& bound, Form form, size_t max_fields) {
  Collector collector(bound, form, max_fields);
  message.Complete();
  if (!message.special_form()) collector.Add(message, "", "", true, false);
  return std::move(collector.found);
}

void WriteQueryParameter(const QueryField& query, Form form, Schemas& schemas, JsonOut& out) {
  out.Open();
  out.Text("name", query.name);
  out.Text("in", "query");
  if (const std::string text = Readable(schemas.comments().Find(query.field->descriptor->full_name())); !text.empty()) out.Text("description", text);
  if (query.required) out.Flag("required", true);
  if (query.deprecated) out.Flag("deprecated", true);
  out.Open("schema");
  WriteSchema(*query.field, form, schemas, out);
  out.Close();
  out.Close();
}

void WritePathParameters(const ApiPath& path, const std::vector<std::string>& names, const HttpTemplate& parsed,
                         const MessagePlan& message, Form form, Schemas& schemas, JsonOut& out) {
  for (size_t i = 0; i < path.parameters.size(); ++i) {
    if (out.full()) return;
    const ApiPath::Parameter& parameter = path.parameters[i];
    const HttpTemplate::Variable* const variable = parameter.variable < 0 ? nullptr : &parsed.variables[parameter.variable];
    const FieldPlan* const field = variable == nullptr ? nullptr : FindField(message, variable->field_path);
    std::string description;
    if (field != nullptr) description = Readable(schemas.comments().Find(field->descriptor->full_name()));
    if (variable == nullptr) {
      AddParagraph(description, "Any value: it has no meaning.");
    } else if (!parameter.whole) {
      AddParagraph(description, "Part of `" + Dotted(variable->field_path) + "`, which is `" + MadeOf(parsed, parameter.variable, names) + "`.");
    } else if (names[i] != Dotted(variable->field_path)) {
      AddParagraph(description, "Sets `" + Dotted(variable->field_path) + "`.");
    }
    if (parameter.any_segments) AddParagraph(description, "Any number of path segments: slashes stand for themselves and are not escaped.");
    out.Open();
    out.Text("name", names[i]);
    out.Text("in", "path");
    if (!description.empty()) out.Text("description", description);
    out.Flag("required", true);
    out.Open("schema");
    if (field != nullptr && parameter.whole && !parameter.any_segments) {
      WriteSchema(*field, form, schemas, out);
    } else {
      out.Text("type", "string");
    }
    out.Close();
    if (field != nullptr && parameter.whole) {
      out.Key("example");
      WriteExample(WrappedIn(*field), form, out);
    }
    if (parameter.any_segments) out.Flag("x-multi-segment", true);
    out.Close();
  }
}

}  // namespace dragoman::openapi
