#include "transcoding/status.h"

#include <array>
#include <utility>

namespace dragoman {
namespace {

struct CodeFacts {
  std::string_view name;
  int http_status;
};

constexpr std::array<CodeFacts, 17> kCodes = {{{"OK", 200},
                                               {"CANCELLED", 499},
                                               {"UNKNOWN", 500},
                                               {"INVALID_ARGUMENT", 400},
                                               {"DEADLINE_EXCEEDED", 504},
                                               {"NOT_FOUND", 404},
                                               {"ALREADY_EXISTS", 409},
                                               {"PERMISSION_DENIED", 403},
                                               {"RESOURCE_EXHAUSTED", 429},
                                               {"FAILED_PRECONDITION", 400},
                                               {"ABORTED", 409},
                                               {"OUT_OF_RANGE", 400},
                                               {"UNIMPLEMENTED", 501},
                                               {"INTERNAL", 500},
                                               {"UNAVAILABLE", 503},
                                               {"DATA_LOSS", 500},
                                               {"UNAUTHENTICATED", 401}}};

constexpr std::array<ReasonFacts, 25> kReasons = {{{"", 500, Code::kUnknown},
                                                   {"ROUTE_NOT_FOUND", 404, Code::kNotFound},
                                                   {"METHOD_NOT_ALLOWED", 405, Code::kUnimplemented},
                                                   {"INVALID_REQUEST", 400, Code::kInvalidArgument},
                                                   {"INVALID_JSON", 400, Code::kInvalidArgument},
                                                   {"INVALID_FIELD", 400, Code::kInvalidArgument},
                                                   {"UNKNOWN_FIELD", 400, Code::kInvalidArgument},
                                                   {"REQUEST_TIMEOUT", 408, Code::kInvalidArgument},
                                                   {"BODY_TOO_LARGE", 413, Code::kResourceExhausted},
                                                   {"URI_TOO_LONG", 414, Code::kInvalidArgument},
                                                   {"UNSUPPORTED_MEDIA_TYPE", 415, Code::kInvalidArgument},
                                                   {"HEADERS_TOO_LARGE", 431, Code::kResourceExhausted},
                                                   {"DRAINING", 503, Code::kUnavailable},
                                                   {"OVERLOADED", 503, Code::kUnavailable},
                                                   {"BACKEND_UNAVAILABLE", 503, Code::kUnavailable},
                                                   {"DEADLINE_EXCEEDED", 504, Code::kDeadlineExceeded},
                                                   {"BACKEND_PROTOCOL_ERROR", 502, Code::kInternal},
                                                   {"RESPONSE_TOO_LARGE", 502, Code::kInternal},
                                                   {"REPLY_NOT_RENDERABLE", 500, Code::kInternal},
                                                   {"UNAUTHENTICATED", 401, Code::kUnauthenticated},
                                                   {"FORBIDDEN", 403, Code::kPermissionDenied},
                                                   {"BANNED", 403, Code::kPermissionDenied},
                                                   {"ADDRESS_DENIED", 403, Code::kPermissionDenied},
                                                   {"RATE_LIMITED", 429, Code::kResourceExhausted},
                                                   {"QUOTA_EXCEEDED", 429, Code::kResourceExhausted}}};
static_assert(kReasons.size() == static_cast<size_t>(Reason::kQuotaExceeded) + 1);

}  // namespace

std::string_view CodeName(Code code) { return kCodes[static_cast<size_t>(code)].name; }

Code CodeFromNumber(int64_t number) {
  return number >= 0 && number < static_cast<int64_t>(kCodes.size()) ? static_cast<Code>(number) : Code::kUnknown;
}

int HttpStatusOf(Code code) { return kCodes[static_cast<size_t>(code)].http_status; }

const ReasonFacts& FactsOf(Reason reason) { return kReasons[static_cast<size_t>(reason)]; }

Status::Status(Code code, std::string message)
    : rep_(new Rep{.code = code, .message = std::move(message), .details = {}, .violations = {}, .headers = {}}) {}

Status::Status(Reason reason, std::string message)
    : rep_(new Rep{.code = FactsOf(reason).code,
                   .reason = reason,
                   .message = std::move(message),
                   .details = {},
                   .violations = {},
                   .headers = {}}) {}

Status::Status(const Status& other) : rep_(other.rep_ ? new Rep(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_.reset(other.rep_ ? new Rep(*other.rep_) : nullptr);
  return *this;
}

int Status::http_status() const {
  if (rep_ && rep_->http_status != 0) return rep_->http_status;
  return reason() == Reason::kNone ? HttpStatusOf(code()) : FactsOf(reason()).http_status;
}

const std::vector<FieldViolation>& Status::violations() const {
  static const std::vector<FieldViolation> kEmpty;
  return rep_ ? rep_->violations : kEmpty;
}

const std::vector<std::pair<std::string, std::string>>& Status::headers() const {
  static const std::vector<std::pair<std::string, std::string>> kEmpty;
  return rep_ ? rep_->headers : kEmpty;
}

const std::vector<std::pair<std::string, std::string>>& Status::facts() const {
  static const std::vector<std::pair<std::string, std::string>> kEmpty;
  return rep_ ? rep_->facts : kEmpty;
}

Status Status::With(FieldViolation violation) && {
  rep_->violations.push_back(std::move(violation));
  return std::move(*this);
}

Status Status::WithHeader(std::string name, std::string value) && {
  rep_->headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

Status Status::WithRule(std::string rule) && {
  rep_->rule = std::move(rule);
  return std::move(*this);
}

Status Status::WithFact(std::string name, std::string value) && {
  rep_->facts.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

Status Status::WithDetails(std::string serialized_status) && {
  rep_->details = std::move(serialized_status);
  return std::move(*this);
}

Status Status::WithHttpStatus(int http_status) && {
  rep_->http_status = http_status;
  return std::move(*this);
}

}  // namespace dragoman
