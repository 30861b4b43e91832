#include <algorithm>
#include <string>
#include <utility>

#include "exchange/media_type.h"
#include "exchange/too_large.h"
#include "explain/explainer.h"
#include "rpc/message_error.h"
#include "transcoding/quote.h"
#include "transcoding/request_text.h"
#include "transcoding/stream_splitter.h"

// What the request becomes: the message, or of a stream the first ones, and where its fields came from.
namespace dragoman::explain {
namespace {

using transcoding::FieldOrigin;

constexpr size_t kMostMessages = 3;
constexpr size_t kMostValue = 256;  // bytes of a value that is shown

std::string_view NameOf(FieldOrigin::Source source) {
  switch (source) {
    case FieldOrigin::Source::kPath:
      return "path";
    case FieldOrigin::Source::kQuery:
      return "query";
    case FieldOrigin::Source::kForm:
      return "form";
    case FieldOrigin::Source::kBody:
      return "body";
    case FieldOrigin::Source::kMask:
      return "mask";
  }
  return {};
}

std::string Cut(std::string text) {
  if (text.size() <= kMostValue) return text;
  size_t end = kMostValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

void Explainer::MakeMessages() {
  Status no;
  if (websocket_) {
    const bool by_url = !route_->request.accepts_body();
    if (by_url) no = EncodeFirst({});
    if (no.ok() && by_url) no = AdmitMessage(message_.view());
    if (no.ok() && by_url) AddMessage(message_.view());
  } else {
    no = route_->streaming.requests ? ReadElements() : ReadWhole();
  }
  const bool complete = no.ok();
  TellFields(origins_, complete);
  if (messages_ > kMostMessages) out_.other_messages = messages_ - kMostMessages;
  Refuse(message_stage_, std::move(no));
}

// As RestDialect::ReadRequest.
Status Explainer::ReadWhole() {
  transcoding::RequestParts parts;
  if (!exchange_->bodyless()) {
    const Result<Buffer*> body = RunNow(exchange_->ReadBody());
    if (!body) return body.error();
    parts.body = *body;
    if (!parts.body->empty() && route_->request.accepts_body() && !route_->request.raw_body()) {
      const auto syntax = SyntaxOfBody(exchange_->head(), parts.body->view(), {.forms = route_->request.accepts_form()});
      if (!syntax) return syntax.error();
      parts.syntax = *syntax;
    }
  }
  if (Status no = EncodeFirst(parts); !no.ok()) return no;
  if (Status no = AdmitMessage(message_.view()); !no.ok()) return no;
  AddMessage(message_.view());
  return {};
}

Status Explainer::EncodeFirst(transcoding::RequestParts parts) {
  parts.captures = {match_.captures.data(), match_.captures.size()};
  parts.query = exchange_->head().query();
  if (parts.content_type.empty()) parts.content_type = exchange_->head().Find("content-type");
  message_.Clear();
  return route_->request.Trace(parts, rules_->json->request, codec_, message_, origins_);
}

// As RequestFeed, which hears the body piece by piece.
Status Explainer::ReadElements() {
  const bool takes_body = route_->request.accepts_body();
  if (!takes_body || route_->request.raw_body()) return ReadWhole();
  std::string body;
  while (!exchange_->bodyless()) {
    const Result<std::string_view> piece = RunNow(exchange_->ReadBodyPiece(Exchange::Patience::kBodyTimeout));
    if (!piece) return piece.error();
    if (piece->empty()) break;
    body += *piece;
  }
  if (body.empty()) return EncodeFirst({});  // which no message comes of, but what is wrong with path and query
  const auto syntax = SyntaxOfBody(exchange_->head(), body, {.forms = route_->request.accepts_form(), .streams = true});
  if (!syntax) return syntax.error();
  const uint64_t most = config_.limits.max_body_bytes;
  if (*syntax == transcoding::BodySyntax::kForm) {
    if (body.size() > most) return TooLarge("the form", most);
    Buffer form(body);
    if (Status no = EncodeFirst({.captures = {}, .query = {}, .body = &form, .content_type = {}, .syntax = *syntax}); !no.ok()) return no;
    if (Status no = AdmitMessage(message_.view()); !no.ok()) return no;
    AddMessage(message_.view());
    return {};
  }
  transcoding::StreamSplitter splitter(most, rules_->json->request.json.max_depth);
  splitter.Push(body);
  Buffer element;
  for (bool ended = false;;) {
    const Result<bool> there = ended ? splitter.Finish(element) : splitter.Next(element);
    if (!there) return rpc::MessageError("element", splitter.elements() + 1, there.error());
    if (!*there) {
      if (std::exchange(ended, true)) break;
      continue;
    }
    Status no;
    if (messages_ == 0) {
      transcoding::RequestParts parts;
      parts.body = &element;
      parts.body_begins = splitter.element_began();
      no = EncodeFirst(parts);
    } else {
      message_.Clear();
      no = route_->request.EncodeNext(element, splitter.element_began(), rules_->json->request, codec_, message_);
    }
    if (no.ok()) no = AdmitMessage(message_.view());
    if (!no.ok()) return rpc::MessageError("element", splitter.elements(), no);
    AddMessage(message_.view());
  }
  return messages_ == 0 ? EncodeFirst({}) : Status();
}

// As rpc::AdmitMessage.
Status Explainer::AdmitMessage(std::string_view wire) {
  if (proven_ && !taken_for_granted_ && rules_->access.reads_message()) {
    if (Status no = rules_->access.AdmitMessage(wire, identity_); !no.ok()) {
      AddMessage(wire);
      message_stage_ = "authorize";
      return no;
    }
  }
  if (!rules_->limits.reads_message() || !limiter_) return {};
  rate_limit::Admission later;
  auto verdict = limiter_->TryAdmitMessage(rules_->limits, Caller(), wire, messages_ == 0 ? admission_ : later);
  if (!verdict || verdict->ok()) return {};
  AddMessage(wire);
  message_stage_ = "limits";
  return *std::move(verdict);
}

void Explainer::AddMessage(std::string_view wire) {
  if (!has_message_) first_message_ = wire;
  has_message_ = true;
  if (++messages_ <= kMostMessages) out_.messages.push_back(Render(route_->method->input_type(), wire));
}

Explanation::Message Explainer::Render(const google::protobuf::Descriptor* type, std::string_view wire) {
  Explanation::Message message{.wire_bytes = wire.size(), .json = {}, .note = {}};
  Buffer json;
  const transcoding::JsonWriteOptions how{.emit_defaults = false, .max_depth = config_.limits.max_json_depth};
  if (Status no = codec_.WriteMessage(generation_.plans->Get(type), wire, how, json); no.ok()) {
    message.json.text = json.view();
  } else {
    message.note = "it has no JSON: " + std::string(no.message());
  }
  return message;
}

void Explainer::TellFields(const std::vector<FieldOrigin>& origins, bool complete) {
  for (const FieldOrigin& origin : origins) {
    Explanation::Field field{.field = origin.field,
                             .source = std::string(NameOf(origin.source)),
                             .name = origin.name,
                             .value = Cut(origin.value),
                             .note = {}};
    if (origin.fate == FieldOrigin::Fate::kSame) field.note = "the path says the same";
    if (origin.fate == FieldOrigin::Fate::kUnknown) field.note = "no such field; query.unknown says to ignore it";
    if (origin.source == FieldOrigin::Source::kMask) field.note = "what the body holds";
    out_.fields.push_back(std::move(field));
  }
  if (!complete) return;
  // What no message gets.
  const std::vector<std::string> none;
  transcoding::QueryReader query(exchange_->head().query(), none);
  while (query.Next()) {
    const bool taken = std::any_of(origins.begin(), origins.end(), [&](const FieldOrigin& each) {
      return each.source == FieldOrigin::Source::kQuery && each.name == query.key();
    });
    if (taken) continue;
    Explanation::Field field{.field = {}, .source = "query", .name = std::string(query.key()), .value = Cut(std::string(query.value())), .note = {}};
    if (query.key() == rules_->json->request.fields_parameter && !query.key().empty()) {
      field.note = "chooses fields of the reply";
    } else if (HidesParameter(query.key())) {
      field.value = "(hidden)";
      field.note = "carries a credential";
    } else {
      field.note = "query.ignore drops it";
    }
    out_.fields.push_back(std::move(field));
  }
}

}  // namespace dragoman::explain
