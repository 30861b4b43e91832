#include "openapi/operations.h"

#include <algorithm>

#include "openapi/call.h"
#include "openapi/examples.h"
#include "openapi/parameters.h"
#include "openapi/security.h"
#include "openapi/words.h"
#include "rate_limit/limit_text.h"

namespace dragoman::openapi {
namespace {

using google::protobuf::FieldDescriptor;
using transcoding::FieldPlan;
using transcoding::MessagePlan;

// What holds for callers of no tier.
std::string LimitsText(const rpc::Rules& rules) {
  std::string text;
  if (rules.limits.empty()) return text;
  const rate_limit::RpcLimits::Tier& tier = rules.limits.TierOf({});
  for (const auto* uses : {&tier.head, &tier.message}) {
    for (const rate_limit::RpcLimits::Use& use : *uses) {
      const config::RateLimit& limit = *use.limit->config;
      text += (text.empty() ? "" : "; ") + rate_limit::DescribeWindows(limit.windows) + " " + rate_limit::DescribeKey(limit.key);
    }
  }
  return text;
}

// The default of a composition's parameter, where its text is the JSON or becomes it by quotes.
void WriteDefault(const FieldPlan& field, const std::string& text, JsonOut& out) {
  const bool is_number = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos && (text == "0" || text[0] != '0');
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return out.Text("default", text);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text == "true" || text == "false") out.Raw("default", text);
      return;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      if (is_number) out.Raw("default", text);
      return;
    default:
      return;
  }
}

void WriteFieldsParameter(std::string_view name, JsonOut& out) {
  out.Open();
  out.Text("name", name);
  out.Text("in", "query");
  out.Text("description", "The fields of the reply that are wanted: paths, separated by commas. None, or `*`: all of them.");
  out.Raw("schema", R"({"type":"string"})");
  out.Text("example", "*");
  out.Close();
}

}  // namespace

Operations::Call::Call(const Operation& of, const Generation& generation, size_t max_query_fields)
    : operation(of),
      route(*of.route),
      rpc(generation.router.rpcs()[of.route->rpc_index]),
      rules(generation.rules[of.route->rpc_index]),
      path(transcoding::HttpTemplate::Parse(of.route->path).value_or(transcoding::HttpTemplate())),
      method(of.route->method) {
  const transcoding::JsonWriteOptions& json = rules.json->reply;
  request = Form::OfRequest(json);
  if (method == nullptr) {
    composition = &generation.compositions[*route.composition];
    if (const auto declared = composition->inputs.body()) body = declared->type.message;
    if (body != nullptr) body->Complete();
    reply = Form::OfReply(json, composition->inputs.fields());
  } else {
    input = &generation.plans->Get(method->input_type());
    output = &generation.plans->Get(method->output_type());
    for (const auto& variable : path.variables) captured.insert(Dotted(variable.field_path));
    std::set<std::string> bound = captured;
    if (!route.body.empty() && route.body != "*") bound.insert(route.body);
    if (route.body != "*") query = QueryFieldsOf(*input, bound, request, max_query_fields);
    if (!route.body.empty()) body = input;
    if (!route.body.empty() && route.body != "*") body_field = input->Find(route.body);
    if (!route.response_body.empty()) reply_field = output->Find(route.response_body);
    raw_body = route.request.raw_body();
    raw_reply = route.reply.raw_body();
    reply = Form::OfReply(json, !fields_parameter().empty());
  }
  limits = LimitsText(rules);
}

void Operations::Write(const Operation& operation, JsonOut& out) {
  const Call call(operation, generation_, std::min(kMaxQueryFields, kMaxAllQueryFields - query_fields_));
  query_fields_ += std::min(call.query.looked_at, kMaxAllQueryFields - query_fields_);
  out.Open();
  out.OpenList("tags");
  out.Text(operation.tag);
  out.CloseList();
  WriteWords(call, out);
  out.Text("operationId", operation.id);
  WriteParameters(call, out);
  WriteBody(call, out);
  WriteResponses(call, out);
  if (call.method != nullptr &&
      (call.method->options().deprecated() || call.method->service()->options().deprecated() || call.method->file()->options().deprecated())) {
    out.Flag("deprecated", true);
  }
  WriteSecurity(generation_, call.rpc, out);
  WriteExtensions(call, out);
  out.Close();
}

void Operations::WriteWords(const Call& call, JsonOut& out) const {
  std::string summary;
  std::string description;
  if (call.method != nullptr) {
    const std::string text = Readable(schemas_.comments().Find(call.method->full_name()));
    summary = text.empty() ? WordsOf(call.method->name()) : FirstSentence(text);
    if (text != summary) description = text;
  } else {
    summary = WordsOf(call.composition->configured->name);
    std::string calls;
    for (const composition::PlannedCall& part : call.composition->calls) calls += (calls.empty() ? "`" : ", `") + part.name + "`";
    description = "Several calls, one answer: " + calls + ".";
  }
  if (call.query.cut == QueryFields::Cut::kFields) {
    AddParagraph(description, "Not all query parameters are listed: any field of the request with a scalar form is one, by its path.");
  } else if (call.query.cut == QueryFields::Cut::kParameters) {
    AddParagraph(description, "There are more query parameters than the " + std::to_string(kMaxQueryParameters) +
                                  " that are listed: any field of the request with a scalar form, by its path.");
  }
  AddParagraph(description, AuthorizationText(call.rpc));
  if (!call.limits.empty()) AddParagraph(description, "Limits: " + call.limits + ".");
  out.Text("summary", summary);
  if (!description.empty()) out.Text("description", description);
}

void Operations::WriteParameters(const Call& call, JsonOut& out) {
  JsonOut list(out.room());
  const MessagePlan& message = call.method != nullptr ? *call.input : call.composition->inputs.parameters();
  WritePathParameters(*call.operation.path, *call.operation.names, call.path, message, call.request, schemas_, list);
  if (call.composition != nullptr) {
    const config::Composition& configured = *call.composition->configured;
    for (const config::CompositionParameter& parameter : configured.parameters) {
      const auto in_path = [&](const auto& variable) { return variable.field_path.front() == parameter.name; };
      const FieldPlan* const field = message.Find(parameter.name);
      if (field == nullptr || std::ranges::any_of(call.path.variables, in_path)) continue;
      list.Open();
      list.Text("name", parameter.name);
      list.Text("in", "query");
      if (parameter.required) list.Flag("required", true);
      list.Open("schema");
      schemas_.Field(*field, call.request, list);
      if (parameter.otherwise && !field->repeated) WriteDefault(*field, *parameter.otherwise, list);
      list.Close();
      list.Close();
    }
    if (call.composition->inputs.fields()) WriteFieldsParameter("fields", list);
    if (configured.writes()) {
      list.Raw(R"({"name":"idempotency-key","in":"header","description":"With it the whole request may be sent again: each step gets a key made from it.","schema":{"type":"string"}})");
    }
  } else {
    for (const QueryField& query : call.query.fields) WriteQueryParameter(query, call.request, schemas_, list);
    if (!call.fields_parameter().empty() && !call.raw_reply) WriteFieldsParameter(call.fields_parameter(), list);
  }
  if (list.view().empty()) return;
  out.OpenList("parameters");
  out.Members(list.view());
  out.CloseList();
}

void Operations::BodySchema(const Call& call, JsonOut& out) {
  const auto object = [&](const MessagePlan& message, const std::string& prefix) {
    const auto omits = [&](const std::string& captured) {
      if (!captured.starts_with(prefix)) return false;
      const FieldPlan* const field = message.Find(std::string_view(captured).substr(prefix.size()));
      return field != nullptr && captured == prefix + field->name;
    };
    if (message.special_form() || std::ranges::none_of(call.captured, omits)) return schemas_.Message(message, call.request, out);
    schemas_.Object(message, call.request, [&](const FieldPlan& field) { return call.captured.contains(prefix + field.name); }, out);
  };
  if (call.body_field == nullptr) return object(*call.body, "");
  const FieldPlan& field = *call.body_field;
  if (field.message != nullptr && !field.repeated) return object(*field.message, field.name + ".");
  schemas_.Field(field, call.request, out);
}

const Operations::Shape& Operations::ShapeOf(const MessagePlan& message) {
  const auto [entry, added] = shapes_.try_emplace(&message);
  Shape& shape = entry->second;
  if (!added) return shape;
  shape.flat = std::ranges::all_of(message.fields(), [](const FieldPlan& field) {
    return !field.map && (field.message == nullptr || field.message->scalar_form());
  });
  shape.demands = !message.special_form() && std::ranges::any_of(message.fields(), [](const FieldPlan& field) {
    const Behaviour behaviour = BehaviourOf(field);
    return behaviour.required && !behaviour.output_only;
  });
  return shape;
}

void Operations::WriteBody(const Call& call, JsonOut& out) {
  if (call.body == nullptr) return;
  out.Open("requestBody");
  const bool many = call.route.streaming.requests;
  if (call.body_field != nullptr) {
    if (const std::string text = Readable(schemas_.comments().Find(call.body_field->descriptor->full_name())); !text.empty()) out.Text("description", text);
  } else if (many && !call.raw_body) {
    out.Text("description", "Any number of messages: one on each line, or the elements of a JSON array. Each is sent on as soon as it has come.");
  }
  out.Open("content");
  if (call.raw_body) {
    out.Raw("*/*", R"({"schema":{"type":"string","format":"binary"}})");
  } else if (many) {
    out.Open("application/x-ndjson");
    out.Raw("schema", R"({"type":"string","description":"A message on each line."})");
    out.Open("x-itemSchema");
    BodySchema(call, out);
    out.Close();
    out.Close();
    out.Open("application/json");
    out.Open("schema");
    out.Text("type", "array");
    out.Open("items");
    BodySchema(call, out);
    out.Close();
    out.Close();
    out.Close();
  } else {
    const MessagePlan* const form = call.body_field == nullptr ? call.body : call.body_field->repeated ? nullptr : call.body_field->message;  // of one message
    // {}: of a body without fields, which shows nothing.
    JsonOut example(out.room());
    if (form != nullptr) {
      WriteExample(*form, call.request, call.captured, call.body_field == nullptr ? "" : call.body_field->name + ".", example);
    } else if (!call.body_field->map) {
      const bool list = call.body_field->repeated;
      if (list) example.OpenList();
      WriteExample(*call.body_field, call.request, example);
      if (list) example.CloseList();
    }
    const bool accepts_form = call.method != nullptr && call.route.request.accepts_form() && form != nullptr && ShapeOf(*form).flat;
    for (const std::string_view type : {"application/json", "application/x-www-form-urlencoded"}) {
      if (type != "application/json" && !accepts_form) continue;
      out.Open(type);
      out.Open("schema");
      BodySchema(call, out);
      out.Close();
      if (!example.view().empty() && example.view() != "{}") out.Raw("example", example.view());
      out.Close();
    }
  }
  out.Close();
  const MessagePlan* const whole = call.body_field != nullptr ? call.body_field->message : call.body;
  if ((whole != nullptr && ShapeOf(*whole).demands) || (call.body_field != nullptr && BehaviourOf(*call.body_field).required)) out.Flag("required", true);
  out.Close();
}

void Operations::WriteExtensions(const Call& call, JsonOut& out) const {
  out.Text("x-rpc", call.route.rpc);
  if (call.route.streaming.any()) out.Text("x-streaming", call.route.streaming.text());
  if (call.operation.websocket && call.route.streaming.any()) {
    out.Open("x-websocket");
    out.Text("description", call.route.streaming.requests
                                ? "A WebSocket on this path takes a message of JSON in each text message; an empty one says that there are no more. Replies come likewise."
                                : "A WebSocket on this path brings a reply of JSON in each text message.");
    out.Text("subprotocol", "dragoman.json");
    out.Close();
  }
  if (call.rules.limits.empty()) return;
  const rate_limit::RpcLimits::Tier& tier = call.rules.limits.TierOf({});
  out.OpenList("x-rate-limits");
  for (const auto* uses : {&tier.head, &tier.message}) {
    for (const rate_limit::RpcLimits::Use& use : *uses) {
      for (const config::LimitWindow& window : use.limit->config->windows) {
        out.Open();
        out.Text("name", window.name);
        out.Text("kind", window.kind == config::LimitWindow::Kind::kRate ? "rate" : "quota");
        out.Number("amount", static_cast<int64_t>(window.amount));
        out.Number("milliseconds", window.per.count());
        if (window.kind == config::LimitWindow::Kind::kRate) out.Number("burst", static_cast<int64_t>(window.burst));
        out.Number("cost", static_cast<int64_t>(use.cost));
        out.Text("key", rate_limit::DescribeKey(use.limit->config->key));
        out.Close();
      }
    }
  }
  out.CloseList();
}

}  // namespace dragoman::openapi
