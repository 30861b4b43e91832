#include "transcoding/transcoder.h"

#include <optional>
#include <utility>
#include <vector>

#include "transcoding/http_bindings.h"
#include "transcoding/path_index.h"
#include "transcoding/quote.h"

namespace dragoman::transcoding {
namespace {

using google::protobuf::MethodDescriptor;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// "application/json; charset=utf-8" is the media type "application/json".
bool IsForm(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type.size() != kFormType.size()) return false;
  for (size_t i = 0; i < type.size(); ++i) {
    const char c = type[i] >= 'A' && type[i] <= 'Z' ? static_cast<char>(type[i] + ('a' - 'A')) : type[i];
    if (c != kFormType[i]) return false;
  }
  return true;
}

}  // namespace

struct Transcoder::State {
  State(Schema read, TranscoderOptions given)
      : schema(std::move(read)), plans(schema), options(std::move(given)), error_body(options.errors, plans) {}

  // `what` as a problem of the method's annotation; it names the method, if the place does not.
  Problem ProblemOf(const MethodDescriptor& method, std::string what) const;
  // "GET /v1/{id} of shop.v1.Catalog.GetItem (shop/v1/catalog.proto:14:5)"
  std::string TextOf(const Method& method) const;
  // Adds the method by each of its bindings to `methods` and `index_builder`.
  void Add(const MethodDescriptor& method, Problems& problems);

  Schema schema;
  PlanSet plans;
  TranscoderOptions options;
  ErrorBody error_body;
  std::vector<Method> methods;
  PathIndexBuilder index_builder;
  std::optional<PathIndex> index;
};

Problem Transcoder::State::ProblemOf(const MethodDescriptor& method, std::string what) const {
  AnnotationPlace place = PlaceOfAnnotation(method, schema.declarations());
  return {.where = std::move(place.text), .what = place.names_method ? std::move(what) : method.full_name() + ": " + what};
}

std::string Transcoder::State::TextOf(const Method& method) const {
  const AnnotationPlace place = PlaceOfAnnotation(*method.descriptor, schema.declarations());
  return method.http_method + " " + method.path + " of " + (place.names_method ? place.text : method.descriptor->full_name() + " (" + place.text + ")");
}

void Transcoder::State::Add(const MethodDescriptor& method, Problems& problems) {
  const auto report = [&](std::string what) { problems.push_back(ProblemOf(method, std::move(what))); };
  std::vector<std::string> faults;
  std::vector<HttpBinding> bindings = AnnotatedBindings(method, faults);
  for (std::string& fault : faults) report(std::move(fault));
  for (HttpBinding& binding : bindings) {
    auto path = HttpTemplate::Parse(binding.path);
    if (!path) {
      report("path template " + Quote(binding.path) + ", " + path.error());
      continue;
    }
    auto request = RequestPlan::Build(plans.Get(method.input_type()), *path, binding.body, binding.http_method);
    auto reply = ReplyPlan::Build(plans.Get(method.output_type()), binding.response_body);
    if (!request) report(binding.path + ": " + request.error());
    if (!reply) report(binding.path + ": " + reply.error());
    if (!request || !reply) continue;
    index_builder.Add(binding.http_method, *path, static_cast<uint32_t>(methods.size()));
    methods.push_back({.descriptor = &method,
                       .grpc_path = "/" + method.service()->full_name() + "/" + method.name(),
                       .http_method = std::move(binding.http_method),
                       .path = std::move(binding.path),
                       .request = *std::move(request),
                       .reply = *std::move(reply)});
  }
}

Transcoder::Transcoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transcoder::Transcoder(Transcoder&&) noexcept = default;
Transcoder& Transcoder::operator=(Transcoder&&) noexcept = default;
Transcoder::~Transcoder() = default;

tl::expected<Transcoder, Problems> Transcoder::Build(std::span<const Source> sources, TranscoderOptions options) {
  SchemaBuilder schema_builder;
  for (const Source& source : sources) schema_builder.Add(source.name, source.descriptor_set);
  auto schema = std::move(schema_builder).Build();
  if (!schema) return tl::unexpected(std::move(schema.error()));

  auto state = std::make_unique<State>(*std::move(schema), std::move(options));
  Problems problems;
  for (const auto* service : state->schema.services()) {
    for (int i = 0; i < service->method_count(); ++i) state->Add(*service->method(i), problems);
  }
  auto index = std::move(state->index_builder).Build();
  if (index) {
    state->index = *std::move(index);
  } else {
    for (const PathIndexBuilder::Clash& clash : index.error()) {
      const Method& first = state->methods[clash.first];
      const Method& second = state->methods[clash.second];
      problems.push_back(state->ProblemOf(
          *second.descriptor, second.http_method + " " + second.path + " matches the same requests as " + state->TextOf(first)));
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return Transcoder(std::move(state));
}

JsonCodec Transcoder::NewCodec() const { return JsonCodec(state_->plans); }

std::span<const Transcoder::Method> Transcoder::methods() const { return state_->methods; }

Result<const Transcoder::Method*> Transcoder::Translate(const HttpRequest& request, JsonCodec& codec,
                                                        Buffer& out) const {
  const size_t mark = request.target.find('?');
  const std::string_view path = request.target.substr(0, mark);
  Captures captures;
  const std::optional<uint32_t> found = state_->index->Match(request.http_method, path, captures);
  if (!found) {
    std::string allow;
    for (const std::string_view http_method : state_->index->HttpMethods(path)) {
      allow += (allow.empty() ? "" : ", ") + std::string(http_method);
    }
    if (allow.empty()) {
      return Refuse(Reason::kRouteNotFound, "no route for " + Excerpt(request.http_method) + " " + Quote(path));
    }
    return Refuse(Status(Reason::kMethodNotAllowed,
                         Excerpt(request.http_method) + " is not allowed for " + Quote(path) + "; allowed: " + allow)
                      .WithHeader("allow", allow));
  }
  const Method& method = state_->methods[*found];
  RequestParts parts{.captures = captures, .content_type = request.content_type};
  if (mark != std::string_view::npos) parts.query = request.target.substr(mark + 1);
  if (request.body != nullptr && method.request.raw_body()) {
    parts.raw = request.body->view();
  } else {
    parts.body = request.body;
    if (method.request.accepts_form() && IsForm(request.content_type)) parts.syntax = BodySyntax::kForm;
  }
  Status status = method.request.Encode(parts, state_->options.request, codec, out);
  if (status.ok()) return &method;
  return Refuse(std::move(status));
}

Result<std::string_view> Transcoder::Render(const Method& method, std::string_view reply, JsonCodec& codec, Buffer& out,
                                            std::string& type_scratch, const FieldSelection* selection) const {
  return method.reply.Render(reply, state_->options.reply, codec, out, type_scratch, selection);
}

std::string_view Transcoder::RenderError(const Status& error, JsonCodec& codec, Buffer& out) const {
  state_->error_body.Render(error, codec, out);
  return state_->error_body.content_type();
}

}  // namespace dragoman::transcoding
