#include "reflection/inquiry.h"

#include <google/protobuf/stubs/logging.h>
#include <openssl/sha.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/listed.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "transcoding/built_in_files.h"
#include "transcoding/descriptor_scan.h"
#include "transcoding/quote.h"
#include "transcoding/status.h"
#include "transcoding/wire.h"

namespace dragoman::reflection {

namespace v1 = ::grpc::reflection::v1;

namespace {

using transcoding::Quote;

// Questions that are under way at once, so that a distant server with a thousand services is asked in time. Answers come in
// the order of the questions. It begins with one: the first answer often brings what the others would ask for.
constexpr size_t kAhead = 32;

// Services that every server may have and that nobody serves over HTTP.
bool IsOfEveryServer(std::string_view service) {
  return service.starts_with("grpc.reflection.") || service.starts_with("grpc.health.");
}

// Of a server that lists nothing to be served: "… only grpc.health.v1.Health, grpc.reflection.v1.ServerReflection".
std::string OnlyThose(const google::protobuf::RepeatedPtrField<v1::ServiceResponse>& listed) {
  constexpr size_t kShown = 5;
  if (listed.empty()) return "lists no service at all";
  std::vector<std::string> names;
  for (const v1::ServiceResponse& service : listed) names.emplace_back(transcoding::Excerpt(service.name()));
  return "lists no service of its own, only " + Listed(names, kShown);
}

bool Answers(const v1::ServerReflectionRequest& original, const v1::ServerReflectionRequest& asked) {
  return original.message_request_case() == asked.message_request_case() &&
         original.list_services() == asked.list_services() &&
         original.file_containing_symbol() == asked.file_containing_symbol() &&
         original.file_by_filename() == asked.file_by_filename();
}

Failure Fail(Failure::Kind kind, std::string what) { return {kind, std::move(what)}; }

// Of a message: which fields are messages, too.
struct Shape {
  int32_t number;
  std::span<const Shape> below;
};
constexpr Shape kShapeOfRequest[] = {{v1::ServerReflectionRequest::kFileContainingExtensionFieldNumber, {}}};
constexpr Shape kShapeOfServices[] = {{v1::ListServiceResponse::kServiceFieldNumber, {}}};
constexpr Shape kShape[] = {{v1::ServerReflectionResponse::kOriginalRequestFieldNumber, kShapeOfRequest},
                            {v1::ServerReflectionResponse::kFileDescriptorResponseFieldNumber, {}},
                            {v1::ServerReflectionResponse::kAllExtensionNumbersResponseFieldNumber, {}},
                            {v1::ServerReflectionResponse::kListServicesResponseFieldNumber, kShapeOfServices},
                            {v1::ServerReflectionResponse::kErrorResponseFieldNumber, {}}};

// A parsed field takes up to a hundred bytes, also one that nobody knows, and two on the wire.
constexpr size_t kMostFields = 200'000;

// How many fields `message` and its messages have, counted as far as somewhat more than kMostFields.
size_t FieldsOf(std::string_view message, std::span<const Shape> shape) {
  size_t fields = 0;
  transcoding::WireCursor cursor(message);
  uint32_t tag = 0;
  while (fields <= kMostFields && !cursor.done() && cursor.ReadTag(tag)) {
    ++fields;
    const auto is_message = std::ranges::find(shape, transcoding::NumberOf(tag), &Shape::number);
    std::string_view content;
    if (is_message == shape.end() || transcoding::WireTypeOf(tag) != transcoding::WireType::kLength) {
      const char* const at = cursor.at();
      if (!cursor.Skip(tag)) break;
      // Within a group, whatever there is takes at least a byte.
      if (transcoding::WireTypeOf(tag) == transcoding::WireType::kStartGroup) fields += static_cast<size_t>(cursor.at() - at);
    } else if (cursor.ReadLengthDelimited(content)) {
      fields += FieldsOf(content, is_message->below);
    } else {
      break;
    }
  }
  return fields;
}

Failure TooMuch(std::string what, size_t most, std::string_view unit) {
  return Fail(Failure::Kind::kTooMuch, std::move(what) + " over " + std::to_string(most) + " " + std::string(unit));
}

v1::ServerReflectionRequest RequestOf(const Question& question) {
  v1::ServerReflectionRequest request;
  switch (question.kind) {
    case Question::Kind::kServices:
      request.set_list_services("*");
      break;
    case Question::Kind::kSymbol:
      request.set_file_containing_symbol(question.name);
      break;
    case Question::Kind::kFile:
      request.set_file_by_filename(question.name);
      break;
  }
  return request;
}

// As it is named in what went wrong.
std::string Told(const Question& question) {
  switch (question.kind) {
    case Question::Kind::kServices:
      return "list_services";
    case Question::Kind::kSymbol:
      return "the file of service " + Quote(question.name);
    case Question::Kind::kFile:
      return "file " + Quote(question.name) + ", which " + Quote(question.importer) + " imports";
  }
  return {};
}

// Nothing: the gateway can do without.
std::optional<Failure> FailureOf(const Question& question, const v1::ErrorResponse& error) {
  const Code code = CodeFromNumber(error.error_code());
  if (question.kind == Question::Kind::kFile && transcoding::FindBuiltIn(question.name) != nullptr) return {};
  const std::string said = std::string(CodeName(code)) + " " + Quote(error.error_message());
  switch (question.kind) {
    case Question::Kind::kServices:
      if (code == Code::kUnimplemented) return Fail(Failure::Kind::kNotImplemented, "answers list_services with " + said);
      return Fail(Failure::Kind::kRefused, "answers list_services with " + said);
    case Question::Kind::kSymbol:
      return Fail(Failure::Kind::kIncomplete, "lists service " + Quote(question.name) +
                                                  ", but has no file for it: " + said +
                                                  "; register the service's descriptors with its reflection");
    case Question::Kind::kFile:
      return Fail(Failure::Kind::kIncomplete,
                  "has no " + Told(question) + ": " + said + "; link that file's descriptors into the server, under that name");
  }
  return {};
}

}  // namespace

Inquiry::Inquiry(const Bounds& bounds) : bounds_(bounds) { questions_.push_back({Question::Kind::kServices, "", ""}); }

bool Inquiry::Known(const Question& question) const {
  switch (question.kind) {
    case Question::Kind::kServices:
      return false;
    case Question::Kind::kSymbol:
      return found_.contains(question.name);
    case Question::Kind::kFile:
      return files_.contains(question.name);
  }
  return false;
}

std::optional<std::string> Inquiry::Next() {
  if (asked_.size() >= std::min(kAhead, std::max<size_t>(answers_, 1))) return std::nullopt;
  while (!questions_.empty()) {
    Question question = std::move(questions_.front());
    questions_.pop_front();
    if (Known(question)) continue;
    std::string bytes = RequestOf(question).SerializeAsString();
    asked_.push_back(std::move(question));
    return bytes;
  }
  if (phase_ != Phase::kFiles || !asked_.empty()) return std::nullopt;
  phase_ = Phase::kServicesAgain;
  asked_.push_back({Question::Kind::kServices, "", ""});
  return RequestOf(asked_.back()).SerializeAsString();
}

// The question that an answer is to: the earliest one, unless it says that it is to another.
Question Inquiry::TakeQuestion(const v1::ServerReflectionResponse& answer) {
  auto which = asked_.begin();
  if (answer.has_original_request()) {
    const auto same = [&](const Question& question) { return Answers(answer.original_request(), RequestOf(question)); };
    const auto found = std::find_if(asked_.begin(), asked_.end(), same);
    if (found != asked_.end()) which = found;
  }
  Question question = std::move(*which);
  asked_.erase(which);
  return question;
}

std::optional<Failure> Inquiry::Take(std::string_view bytes) {
  received_ += bytes.size();
  if (received_ > bounds_.received_bytes) return TooMuch("sends answers", bounds_.received_bytes, "bytes together");
  if (asked_.empty()) return Fail(Failure::Kind::kBadAnswer, "sends an answer to which there is no question");
  if (FieldsOf(bytes, kShape) > kMostFields) return TooMuch("sends an answer", kMostFields, "fields");
  const google::protobuf::LogSilencer silence;  // what is wrong is told, in our words
  v1::ServerReflectionResponse answer;
  if (!answer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Fail(Failure::Kind::kBadAnswer,
                "answers " + Told(asked_.front()) + " with bytes that are no ServerReflectionResponse");
  }
  ++answers_;
  const Question question = TakeQuestion(answer);
  if (answer.has_error_response()) {
    if (std::optional<Failure> failure = FailureOf(question, answer.error_response())) return failure;
  } else if (question.kind == Question::Kind::kServices ? !answer.has_list_services_response()
                                              : !answer.has_file_descriptor_response()) {
    return Fail(Failure::Kind::kBadAnswer, "answers " + Told(question) + " with something else");
  } else if (std::optional<Failure> failure =
                 question.kind == Question::Kind::kServices ? TakeServices(answer) : TakeFiles(question, answer)) {
    return failure;
  }
  return std::nullopt;
}

std::optional<Failure> Inquiry::TakeServices(const v1::ServerReflectionResponse& answer) {
  const auto& listed = answer.list_services_response().service();
  if (static_cast<size_t>(listed.size()) > bounds_.services) return TooMuch("lists services", bounds_.services, "of them");
  std::vector<std::string> services;
  for (const v1::ServiceResponse& service : listed) {
    if (!IsOfEveryServer(service.name())) services.push_back(service.name());
  }
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  if (phase_ == Phase::kServicesAgain) {
    if (services != services_) {
      return Fail(Failure::Kind::kChanged, "lists other services than a moment ago: it changed while it was asked");
    }
    phase_ = Phase::kDone;
    return {};
  }
  if (services.empty()) {
    return Fail(Failure::Kind::kNothing, OnlyThose(listed) +
                                             ": is this the right server? Its services must be registered before it starts, and known to its "
                                             "reflection; else give their descriptors as a file (descriptors: [{file: api.pb}], or "
                                             "--descriptors api.pb)");
  }
  services_ = std::move(services);
  for (const std::string& service : services_) questions_.push_back({Question::Kind::kSymbol, service, ""});
  phase_ = Phase::kFiles;
  return {};
}

std::optional<Failure> Inquiry::TakeFiles(const Question& question, const v1::ServerReflectionResponse& answer) {
  for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
    if (std::optional<Failure> failure = TakeFile(bytes)) return failure;
  }
  if (Known(question)) return {};
  if (question.kind == Question::Kind::kFile && transcoding::FindBuiltIn(question.name) != nullptr) return {};
  return Fail(Failure::Kind::kIncomplete, "answers " + Told(question) + " with other files");
}

std::optional<Failure> Inquiry::TakeFile(const std::string& bytes) {
  if (bytes.size() > bounds_.file_bytes) return TooMuch("sends a file", bounds_.file_bytes, "bytes");
  Digest digest;
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digest.data());
  if (!seen_.insert(digest).second) return {};
  if (seen_.size() > bounds_.files) return TooMuch("sends files", bounds_.files, "of them");
  if (const auto scan = transcoding::ScanFileDescriptor(bytes); scan.outcome == transcoding::DescriptorScan::Outcome::kTooMuch) {
    return Fail(Failure::Kind::kTooMuch, "sends a file that " + transcoding::WhyTooMuch(scan));
  }
  std::optional<File> file = ReadFile(bytes);
  if (!file) return Fail(Failure::Kind::kBadAnswer, "sends a file that is no FileDescriptorProto");
  if (const auto known = files_.find(file->name); known != files_.end()) {
    if (known->second.bytes == file->bytes) return {};
    return Fail(Failure::Kind::kChanged, "sends file " + Quote(file->name) + " twice, and not the same");
  }
  bytes_ += file->bytes.size();
  if (bytes_ > bounds_.bytes) return TooMuch("sends files", bounds_.bytes, "bytes together");
  found_.insert(file->services.begin(), file->services.end());
  for (const std::string& import : file->imports) {
    if (files_.contains(import) || !wanted_files_.insert(import).second) continue;
    if (wanted_files_.size() > bounds_.files) return TooMuch("imports files", bounds_.files, "of them");
    questions_.push_back({Question::Kind::kFile, import, file->name});
  }
  std::string name = file->name;
  files_.emplace(std::move(name), *std::move(file));
  return {};
}

Descriptors Inquiry::Finish() && { return MakeDescriptors(files_, std::move(services_)); }

}  // namespace dragoman::reflection
