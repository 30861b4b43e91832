#include "composition/inputs.h"

#include <algorithm>
#include <utility>

#include "auth/identity_value.h"
#include "composition/declared_types.h"
#include "composition/expression.h"
#include "transcoding/nearest.h"
#include "transcoding/percent.h"
#include "transcoding/quote.h"
#include "transcoding/request_text.h"
#include "transcoding/utf8.h"

namespace dragoman::composition {
namespace {

using google::protobuf::FieldDescriptor;
using transcoding::FieldPlan;
using transcoding::HttpTemplate;
using transcoding::InvalidRequest;
using transcoding::Quote;

constexpr std::string_view kFields = "fields";

Type TextType() {
  Type type;
  type.kind = Kind::kString;
  return type;
}

// A text that a request brings, or does not.
struct Told {
  std::string root;  // "headers", "claims", "consumer"
  std::string name;
  config::IdentityValue value;  // of the two others
  Variable variable;
};

// A variable of the path, or a query parameter.
struct Parameter {
  std::string name;
  const FieldPlan* field = nullptr;
  Variable variable;
  Term value;  // the field of the message that all parameters are read into
  bool required = false;
  std::string otherwise;  // the default's tag and value; empty: it has none
  bool multi_segment = false;
};

std::unique_ptr<Term> VariableTerm(size_t number, const Type& type) {
  auto term = std::make_unique<Term>();
  term->op = Term::Op::kVariable;
  term->number = number;
  term->type = type;
  return term;
}

}  // namespace

struct Inputs::State {
  DeclaredTypes types;
  std::vector<Parameter> path;  // in the order of the template
  std::vector<Parameter> query;
  std::vector<Told> told;
  size_t parameters = 0;  // the variable of their message
  std::optional<Variable> body;
  bool fields = false;

  explicit State(DeclaredTypes declared) : types(std::move(declared)) {}

  void Add(const config::CompositionParameter& declared, std::string_view root, std::vector<Parameter>& to,
           size_t& next_variable, Problems& problems);
  Status ReadPath(const Request& request, Buffer& bytes) const;
  Status ReadQuery(const Request& request, const transcoding::RequestOptions& options, Buffer& bytes,
                   std::string& fields) const;
  Status ReadBody(const Request& request, const transcoding::RequestOptions& options, transcoding::JsonCodec& codec,
                  Buffer& bytes) const;
  Status Tell(const Told& one, const Request& request, Bindings& bindings, Buffer& bytes,
              std::vector<std::pair<const Told*, size_t>>& appended) const;
  std::string WhyNotInQuery(std::string_view name) const;
};

Inputs::Inputs() = default;
Inputs::Inputs(Inputs&&) noexcept = default;
Inputs& Inputs::operator=(Inputs&&) noexcept = default;
Inputs::~Inputs() = default;
Inputs::Inputs(std::unique_ptr<State> state) : state_(std::move(state)) {}

void Inputs::State::Add(const config::CompositionParameter& declared, std::string_view root, std::vector<Parameter>& to,
                        size_t& next_variable, Problems& problems) {
  Parameter& parameter = to.emplace_back();
  parameter.name = declared.name;
  parameter.field = types.parameters().Find(declared.name);
  parameter.required = declared.required;
  parameter.variable.number = next_variable++;
  parameter.variable.type = TypeOf(*parameter.field, std::string(root) + "." + declared.name);
  Type message;
  message.kind = Kind::kMessage;
  message.message = &types.parameters();
  parameter.value.op = Term::Op::kField;
  parameter.value.type = parameter.variable.type;
  parameter.value.field = parameter.field;
  parameter.value.operands.push_back(VariableTerm(parameters, message));
  if (!declared.otherwise) return;
  Buffer record;
  if (Status no = transcoding::TextToField(*parameter.field, *declared.otherwise, record); !no.ok()) {
    problems.push_back(
        {declared.at.ToString(), "the default of " + Quote(declared.name) + ": " + std::string(no.message())});
  }
  parameter.otherwise = record.view();
}

std::optional<Inputs> Inputs::Build(const config::Composition& composition, const transcoding::Schema& schema,
                                    const transcoding::PlanSet& plans, size_t& next_variable, Problems& problems) {
  const size_t before = problems.size();
  const std::string here = composition.at.ToString();
  const auto path = HttpTemplate::Parse(composition.path);
  if (!path) {
    problems.push_back({here, "path template, " + path.error()});
    return std::nullopt;
  }
  // What the path's variables are, then the query's parameters.
  std::vector<config::CompositionParameter> all;
  for (const HttpTemplate::Variable& variable : path->variables) {
    const std::string& name = variable.field_path.front();
    if (variable.field_path.size() > 1) {
      problems.push_back({here, "path variable {" + name + "." + variable.field_path[1] +
                                    "…}: expected one name; a composition's path sets no fields"});
      continue;
    }
    if (std::ranges::find(all, name, &config::CompositionParameter::name) != all.end()) {
      problems.push_back({here, "path variable {" + name + "} stands twice"});
      continue;
    }
    const auto declared = std::ranges::find(composition.parameters, name, &config::CompositionParameter::name);
    if (declared == composition.parameters.end()) {
      config::CompositionParameter text;
      text.name = name;
      text.at = composition.at;
      all.push_back(std::move(text));
      continue;
    }
    if (declared->repeated || declared->otherwise || declared->required) {
      problems.push_back({declared->at.ToString(), "parameter " + Quote(name) +
                                                       " is a variable of the path, which is one "
                                                       "value and always there; expected its type alone"});
    }
    all.push_back(*declared);
  }
  const size_t of_path = all.size();
  for (const config::CompositionParameter& declared : composition.parameters) {
    if (std::ranges::find(all, declared.name, &config::CompositionParameter::name) != all.end()) continue;
    if (composition.fields && declared.name == kFields) {
      problems.push_back({declared.at.ToString(), "parameter \"fields\": `fields: true` gives it a meaning already"});
    }
    all.push_back(declared);
  }
  std::optional<DeclaredTypes> types = DeclaredTypes::Build(composition, all, schema, plans, problems);
  if (!types || problems.size() > before) return std::nullopt;

  auto state = std::make_unique<State>(*std::move(types));
  state->fields = composition.fields;
  state->parameters = next_variable++;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i < of_path) {
      state->Add(all[i], "path", state->path, next_variable, problems);
      state->path.back().multi_segment = path->variables[i].multi_segment;
    } else {
      state->Add(all[i], "query", state->query, next_variable, problems);
    }
  }
  if (const transcoding::MessagePlan* body = state->types.body()) {
    Variable& variable = state->body.emplace();
    variable.number = next_variable++;
    variable.type.kind = Kind::kMessage;
    variable.type.message = body;
    variable.type.place = "body";
  }
  if (problems.size() > before) return std::nullopt;
  return Inputs(std::move(state));
}

tl::expected<Variable, std::string> Inputs::Find(std::string_view root, std::string_view name, size_t& next_variable) {
  if (root == "path" || root == "query") {
    std::vector<std::string_view> known;
    for (const Parameter& parameter : root == "path" ? state_->path : state_->query) {
      if (parameter.name == name) return parameter.variable;
      known.push_back(parameter.name);
    }
    const std::string nearest = DidYouMean(name, known);
    if (root == "path") return tl::unexpected("path has no " + Quote(name) + nearest);
    return tl::unexpected("query." + std::string(name) + " is not declared; " +
                          (nearest.empty() ? "add it to parameters" : nearest.substr(2)));
  }
  Told one{.root = std::string(root), .name = std::string(name), .value = {}, .variable = {}};
  if (root == "headers") {
    std::ranges::transform(one.name, one.name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  } else if (root == "claims") {
    one.value = {config::IdentityValue::Of::kClaim, one.name};
  } else if (name == "name") {
    one.value.of = config::IdentityValue::Of::kConsumerName;
  } else if (name == "tenant") {
    one.value.of = config::IdentityValue::Of::kTenant;
  } else if (name == "tier") {
    one.value.of = config::IdentityValue::Of::kTier;
  } else {
    return tl::unexpected(std::string(root) + " has no " + Quote(name) + "; expected name, tenant or tier");
  }
  for (const Told& other : state_->told) {
    if (other.root == one.root && other.name == one.name) return other.variable;
  }
  one.variable.number = next_variable++;
  one.variable.type = TextType();
  state_->told.push_back(one);
  return one.variable;
}

std::optional<Variable> Inputs::body() const { return state_->body; }

const transcoding::MessagePlan& Inputs::parameters() const { return state_->types.parameters(); }
bool Inputs::fields() const { return state_->fields; }

std::vector<std::string> Inputs::names(std::string_view root) const {
  std::vector<std::string> names;
  for (const Parameter& parameter : root == "path" ? state_->path : state_->query) names.push_back(parameter.name);
  return names;
}

Status Inputs::State::ReadPath(const Request& request, Buffer& bytes) const {
  std::string scratch;
  for (size_t i = 0; i < path.size() && i < request.captures.size(); ++i) {
    const std::string subject = "path variable {" + path[i].name + "}: ";
    const auto text = transcoding::PercentDecode(
        request.captures[i],
        path[i].multi_segment ? transcoding::PercentDecoding::kKeepSlash : transcoding::PercentDecoding::kFull,
        scratch);
    if (!text) return InvalidRequest(path[i].name, subject + text.error());
    if (Status no = transcoding::TextToField(*path[i].field, *text, bytes); !no.ok()) {
      return InvalidRequest(path[i].name, subject + std::string(no.message()));
    }
  }
  return {};
}

// What a request may give instead of a parameter that there is not.
std::string Inputs::State::WhyNotInQuery(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const Parameter& parameter : query) known.push_back(parameter.name);
  if (fields) known.push_back(kFields);
  return "query parameter " + Quote(name) + ": there is no such parameter" + DidYouMean(name, known);
}

Status Inputs::State::ReadQuery(const Request& request, const transcoding::RequestOptions& options, Buffer& bytes,
                                std::string& fields_text) const {
  std::vector<bool> given(query.size());
  bool fields_given = false;
  fields_text.clear();
  const auto twice = [](std::string_view name) {
    return InvalidRequest(name, "query parameter " + Quote(name) + " is given twice, but holds a single value");
  };
  transcoding::QueryReader reader(request.query, options.ignored_query);
  while (reader.Next()) {
    if (fields && reader.key() == kFields) {
      if (std::exchange(fields_given, true)) return twice(kFields);
      fields_text = reader.value();
      continue;
    }
    const auto parameter = std::ranges::find(query, reader.key(), &Parameter::name);
    if (parameter == query.end()) {
      if (options.ignore_unknown_query) continue;
      return InvalidRequest(transcoding::Excerpt(reader.key()), WhyNotInQuery(reader.key()));
    }
    const auto place = static_cast<size_t>(parameter - query.begin());
    if (given[place] && !parameter->field->repeated) return twice(parameter->name);
    given[place] = true;
    // `?flag` and `?flag=` switch a bool on.
    const bool flag = reader.value().empty() && parameter->field->type == FieldDescriptor::TYPE_BOOL;
    if (Status no = transcoding::TextToField(*parameter->field, flag ? "true" : reader.value(), bytes); !no.ok()) {
      return InvalidRequest(parameter->name,
                            "query parameter " + Quote(parameter->name) + ": " + std::string(no.message()));
    }
  }
  if (!reader.status().ok()) return reader.TakeStatus();
  for (size_t i = 0; i < query.size(); ++i) {
    if (given[i]) continue;
    if (query[i].required) {
      return InvalidRequest(query[i].name, "query parameter " + Quote(query[i].name) + " is missing");
    }
    bytes.Append(query[i].otherwise);
  }
  return {};
}

Status Inputs::State::ReadBody(const Request& request, const transcoding::RequestOptions& options,
                               transcoding::JsonCodec& codec, Buffer& bytes) const {
  if (request.body == nullptr || request.body->empty()) return {};
  if (!body) return transcoding::ExpectNoBody(request.body->view());
  return codec.ReadMessage(*body->type.message, *request.body, options.json, bytes);
}

// Binds a header; notes in `appended` what was put into `bytes` for an identity's text, which may still move.
Status Inputs::State::Tell(const Told& one, const Request& request, Bindings& bindings, Buffer& bytes,
                           std::vector<std::pair<const Told*, size_t>>& appended) const {
  if (one.root != "headers") {
    if (auth::AppendText(request.identity, one.value, bytes, auth::TextForm::kPlain)) {
      appended.emplace_back(&one, bytes.size());
    }
    return {};
  }
  const auto header = std::ranges::find(request.head.headers, one.name, &Header::name);
  if (header == request.head.headers.end()) return {};
  if (!transcoding::IsUtf8(header->value)) return InvalidRequest({}, "header " + Quote(one.name) + " is not UTF-8");
  bindings.variables[one.variable.number] = Value::Text(header->value);
  return {};
}

Status Inputs::Bind(const Request& request, const transcoding::RequestOptions& options, transcoding::JsonCodec& codec,
                    Bindings& bindings, Buffer& bytes, std::string& fields) const {
  const size_t begin = bytes.size();
  if (Status no = state_->ReadPath(request, bytes); !no.ok()) return no;
  if (Status no = state_->ReadQuery(request, options, bytes, fields); !no.ok()) return no;
  const size_t body = bytes.size();
  if (Status no = state_->ReadBody(request, options, codec, bytes); !no.ok()) return no;
  size_t at = bytes.size();
  std::vector<std::pair<const Told*, size_t>> appended;
  for (const Told& one : state_->told) {
    if (Status no = state_->Tell(one, request, bindings, bytes, appended); !no.ok()) return no;
  }
  // Nothing is appended any more, so views hold.
  const std::string_view all = bytes.view();
  if (state_->body) {
    bindings.variables[state_->body->number] = Value::Message(*state_->body->type.message, all.substr(body, at - body));
  }
  for (const auto& [one, end] : appended) {
    bindings.variables[one->variable.number] = Value::Text(all.substr(at, end - at));
    at = end;
  }
  bindings.variables[state_->parameters] = Value::Message(state_->types.parameters(), all.substr(begin, body - begin));
  for (const std::vector<Parameter>* parameters : {&state_->path, &state_->query}) {
    for (const Parameter& parameter : *parameters) {
      Result<Value> value = Evaluate(parameter.value, bindings);
      if (!value) return std::move(value.error());
      bindings.variables[parameter.variable.number] = *value;
    }
  }
  return {};
}

}  // namespace dragoman::composition
