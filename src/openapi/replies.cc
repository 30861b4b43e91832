// The half of `Operations` that writes what comes back: replies and errors.
#include "openapi/answers.h"
#include "openapi/call.h"
#include "openapi/operations.h"
#include "openapi/words.h"
#include "transcoding/error_body.h"

namespace dragoman::openapi {
namespace {

constexpr std::string_view kBinary = R"({"schema":{"type":"string","format":"binary"}})";
constexpr std::string_view kUnauthenticated = "Unauthenticated";
constexpr std::string_view kForbidden = "Forbidden";
constexpr std::string_view kTooManyRequests = "TooManyRequests";

std::string Reference(std::string_view section, std::string_view name) {
  return "#/components/" + std::string(section) + "/" + std::string(name);
}

// Which of the gateway's own refusals a client of the operation may see, but for those that have responses of their own.
std::vector<Reason> ReasonsOf(const Generation& generation, bool has_body, bool waits) {
  std::vector<Reason> reasons = {Reason::kInvalidRequest};
  if (has_body) {
    for (const Reason reason : {Reason::kInvalidJson, Reason::kInvalidField, Reason::kUnknownField, Reason::kBodyTooLarge,
                                Reason::kUnsupportedMediaType, Reason::kRequestTimeout}) {
      reasons.push_back(reason);
    }
  }
  if (generation.guard != nullptr) reasons.push_back(Reason::kBanned), reasons.push_back(Reason::kAddressDenied);
  if (waits) reasons.push_back(Reason::kOverloaded);
  for (const Reason reason : {Reason::kBackendUnavailable, Reason::kDeadlineExceeded, Reason::kBackendProtocolError, Reason::kResponseTooLarge,
                              Reason::kReplyNotRenderable, Reason::kDraining}) {
    reasons.push_back(reason);
  }
  return reasons;
}

}  // namespace

void Operations::WriteResponses(const Call& call, JsonOut& out) {
  out.Open("responses");
  WriteReply(call, out);
  WriteErrors(call, out);
  out.Close();
}

void Operations::ReplySchema(const Call& call, JsonOut& out) {
  if (call.composition != nullptr) return WriteAnswer(*call.composition, call.reply, schemas_, out);
  if (call.reply_field == nullptr) return schemas_.Message(*call.output, call.reply, out);
  // What is not set is the default, and null for a message.
  const transcoding::FieldPlan& field = *call.reply_field;
  if (field.repeated || field.message == nullptr) return schemas_.Field(field, call.reply, out);
  out.OpenList("anyOf");
  out.Open();
  schemas_.Value(field, call.reply, out);
  out.Close();
  out.Raw(R"({"type":"null"})");
  out.CloseList();
}

void Operations::WriteReply(const Call& call, JsonOut& out) {
  const bool pieces = call.composition != nullptr;
  const bool many = call.route.streaming.replies;
  out.Open("200");
  std::string description = many ? "The replies, as they come." : pieces ? "The answer." : "The reply.";
  if (many && !call.raw_reply) {
    AddParagraph(description,
                 "`Accept` chooses: a message a line (`application/x-ndjson`, which is the default), events (`text/event-stream`: the message is the event's "
                 "`data`; after the last one comes `event: end`) or one JSON array (`application/json`). A stream that fails later ends with a line "
                 "`{\"@error\":…}`, with `event: error`, or is cut off.");
  } else if (pieces) {
    AddParagraph(description, "With `Accept: application/x-ndjson` or `text/event-stream` it comes in pieces, objects with the members that have come to be.");
  }
  out.Text("description", description);
  if (pieces) {
    out.Raw("headers", R"({"x-partial":{"description":"The calls that failed, where something is missing.","schema":{"type":"string"}}})");
  }
  if (call.route.http_method == "HEAD") {
    out.Close();
    return;
  }
  out.Open("content");
  if (call.raw_reply) {
    out.Raw("*/*", kBinary);
  } else {
    out.Open("application/json");
    out.Open("schema");
    if (many) {
      out.Text("type", "array");
      out.Open("items");
    }
    ReplySchema(call, out);
    if (many) out.Close();
    out.Close();
    out.Close();
    for (const std::string_view type : {"application/x-ndjson", "text/event-stream"}) {
      if (!many && !pieces) break;
      out.Open(type);
      out.Raw("schema", R"({"type":"string"})");
      out.Open("x-itemSchema");
      ReplySchema(call, out);
      out.Close();
      out.Close();
    }
  }
  out.Close();
  out.Close();
}

void Operations::WriteErrors(const Call& call, JsonOut& out) {
  const auto refer = [&](std::string_view status, std::string_view name) {
    shared_.insert(name);
    out.Open(status);
    out.Text("$ref", Reference("responses", name));
    out.Close();
  };
  if (!generation_.auth->schemes().empty() && !call.rules.access.open()) {
    refer("401", kUnauthenticated);
    refer("403", kForbidden);
  }
  if (!call.rules.limits.empty()) refer("429", kTooManyRequests);
  std::string reasons;
  for (const Reason reason : ReasonsOf(generation_, call.body != nullptr, !call.rules.gates.empty())) {
    const ReasonFacts& facts = FactsOf(reason);
    reasons += (reasons.empty() ? "" : ", ") + std::to_string(facts.http_status) + " `" + std::string(facts.name) + "`";
  }
  out.Open("default");
  out.Text("description", "An error: of the service, or one of the gateway's own, whose `ErrorInfo` has the reason: " + reasons + ".");
  WriteErrorContent(out);
  out.Close();
}

void Operations::WriteErrorContent(JsonOut& out) const {
  out.Open("content");
  out.Open(generation_.config.error_format == ErrorFormat::kProblem ? "application/problem+json" : "application/json");
  out.Open("schema");
  out.Text("$ref", Reference("schemas", kError));
  out.Close();
  out.Close();
  out.Close();
}

void Operations::WriteResponses(JsonOut& out) const {
  for (const std::string_view name : shared_) {
    out.Open(name);
    if (name == kUnauthenticated) {
      out.Text("description", "`UNAUTHENTICATED`: no credential, or one that does not hold.");
      out.Raw("headers", R"({"www-authenticate":{"description":"How to show who one is.","schema":{"type":"string"}}})");
    } else if (name == kForbidden) {
      out.Text("description", "`FORBIDDEN`: the caller is known and may not do this.");
    } else {
      out.Text("description", "`RATE_LIMITED` or `QUOTA_EXCEEDED`: too many requests.");
      out.Raw("headers",
              R"({"retry-after":{"description":"Seconds after which it may be tried again.","required":true,"schema":{"type":"integer"}},)"
              R"("ratelimit-policy":{"description":"The limits.","schema":{"type":"string"}},)"
              R"("ratelimit":{"description":"What is left of them.","schema":{"type":"string"}}})");
    }
    WriteErrorContent(out);
    out.Close();
  }
}

void Operations::WriteErrorSchemas(JsonOut& out) const {
  const std::string details = R"("details":{"type":"array","items":{"$ref":")" + Reference("schemas", kErrorDetail) + R"("}})";
  const std::string message = R"("message":{"type":"string","description":"What is wrong, for people."},)";
  out.Key(kError);
  switch (generation_.config.error_format) {
    case ErrorFormat::kStatus:
      out.Raw(R"({"type":"object","properties":{"code":{"type":"integer","description":"The gRPC code: 5 for NOT_FOUND."},)" + message + details +
              R"(},"required":["code","message","details"]})");
      break;
    case ErrorFormat::kAip193:
      out.Raw(R"({"type":"object","properties":{"error":{"type":"object","properties":{"code":{"type":"integer","description":"The HTTP status."},)"
              R"("status":{"type":"string","examples":["NOT_FOUND"]},)" +
              message + details + R"(},"required":["code","status","message","details"]}},"required":["error"]})");
      break;
    case ErrorFormat::kProblem:
      out.Raw(R"({"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer","description":"The HTTP status."},)"
              R"("detail":{"type":"string","description":"What is wrong, for people."},"code":{"type":"string","examples":["NOT_FOUND"]},"reason":{"type":"string","description":"Of the gateway's own errors."},)" +
              details + R"(},"required":["type","title","status","detail","code","details"]})");
      break;
  }
  out.Raw(kErrorDetail,
          R"({"type":"object","description":"A message of any type, which `@type` names. `google.rpc.ErrorInfo` has the `reason`; `google.rpc.BadRequest` has `fieldViolations`.",)"
          R"("properties":{"@type":{"type":"string","examples":["type.googleapis.com/google.rpc.ErrorInfo"]}},"required":["@type"],"additionalProperties":true})");
}

}  // namespace dragoman::openapi
