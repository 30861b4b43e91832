#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dragoman {

// The canonical status codes (google/rpc/code.proto).
enum class Code : uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "NOT_FOUND" for kNotFound.
std::string_view CodeName(Code code);
// The code of a number from the wire; anything outside 0…16 is kUnknown (gRPC statuscodes).
Code CodeFromNumber(int64_t number);
// The HTTP status that a gRPC code becomes: 404 for kNotFound; 499 for kCancelled, as nginx has it.
int HttpStatusOf(Code code);

// Why the gateway itself refused. The names are promises to users: they never change their meaning.
enum class Reason : uint8_t {
  kNone,  // not the gateway's own
  kRouteNotFound,
  kMethodNotAllowed,
  kInvalidRequest,
  kInvalidJson,
  kInvalidField,
  kUnknownField,
  kRequestTimeout,
  kBodyTooLarge,
  kUriTooLong,
  kUnsupportedMediaType,
  kHeadersTooLarge,
  kDraining,
  kOverloaded,
  kBackendUnavailable,
  kDeadlineExceeded,
  kBackendProtocolError,
  kResponseTooLarge,
  kReplyNotRenderable,
  kUnauthenticated,
  kForbidden,
  kBanned,
  kAddressDenied,
  kRateLimited,
  kQuotaExceeded,
};

struct ReasonFacts {
  std::string_view name;  // "ROUTE_NOT_FOUND"
  int http_status;        // 404
  Code code;              // kNotFound
};
const ReasonFacts& FactsOf(Reason reason);

// How an error is spelled (configuration key errors.format).
enum class ErrorFormat : uint8_t {
  kStatus,   // {"code":5,"message":"…","details":[…]}                                       google.rpc.Status, flat
  kAip193,   // {"error":{"code":404,"status":"NOT_FOUND","message":"…","details":[…]}}      Google's REST envelope
  kProblem,  // {"type":"about:blank","title":"Not Found","status":404,"detail":"…", …}      RFC 9457
};

// One thing that was wrong with the input (google.rpc.BadRequest.FieldViolation).
struct FieldViolation {
  std::string field;        // "item.price.units": as the client named it; empty where no field is concerned
  std::string description;  // "line 1, column 14: expected an int32, got \"abc\""
};

// The outcome of anything that can fail, in the shape of google.rpc.Status. OK is a null pointer: cheap to make and to test.
//
// Three sorts: OK; the gateway's own refusals, which have a reason; what a backend answered, which has a code, a message and perhaps
// its serialized google.rpc.Status.
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;  // OK
  // What a backend said. `code` must not be kOk.
  Status(Code code, std::string message);
  // A refusal of the gateway's own; code and HTTP status follow from the reason.
  Status(Reason reason, std::string message);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  Status(const Status& other);
  Status& operator=(const Status& other);

  bool ok() const noexcept { return rep_ == nullptr; }
  Code code() const noexcept { return rep_ ? rep_->code : Code::kOk; }
  Reason reason() const noexcept { return rep_ ? rep_->reason : Reason::kNone; }
  std::string_view message() const noexcept { return rep_ ? std::string_view(rep_->message) : std::string_view(); }
  // What WithHttpStatus set, else the reason's HTTP status where there is one, else the code's.
  int http_status() const;
  const std::vector<FieldViolation>& violations() const;
  // Headers that belong to the refusal: Allow, Retry-After, WWW-Authenticate. Names in lower case.
  const std::vector<std::pair<std::string, std::string>>& headers() const;
  // Which of the operator's rules refused, where there are several: the name of a limit, "brute_force". Empty: none is named.
  std::string_view rule() const noexcept { return rep_ ? std::string_view(rep_->rule) : std::string_view(); }
  // What else is to be told of it, by name: {"part", "charge"}. They stand in the metadata of an ErrorInfo.
  const std::vector<std::pair<std::string, std::string>>& facts() const;
  // The serialized google.rpc.Status that a backend sent in grpc-status-details-bin; empty if none.
  std::string_view details() const noexcept { return rep_ ? std::string_view(rep_->details) : std::string_view(); }

  Status With(FieldViolation violation) &&;
  Status WithHeader(std::string name, std::string value) &&;
  Status WithRule(std::string rule) &&;
  Status WithFact(std::string name, std::string value) &&;
  Status WithDetails(std::string serialized_status) &&;
  // For the few refusals whose HTTP status is finer than their reason's: 505 for an INVALID_REQUEST of an unknown version.
  Status WithHttpStatus(int http_status) &&;

 private:
  struct Rep {
    Code code;
    Reason reason = Reason::kNone;
    int http_status = 0;  // 0: follows from reason or code
    std::string message;
    std::string details;
    std::string rule;
    std::vector<FieldViolation> violations;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::pair<std::string, std::string>> facts;
  };
  std::unique_ptr<Rep> rep_;
};

template <typename T>
using Result = tl::expected<T, Status>;

// `return Refuse(Reason::kInvalidField, "…");` in a function that returns a Result.
inline tl::unexpected<Status> Refuse(Reason reason, std::string message) {
  return tl::unexpected<Status>(Status(reason, std::move(message)));
}
inline tl::unexpected<Status> Refuse(Status status) { return tl::unexpected<Status>(std::move(status)); }

// Something wrong in what an operator gave us (configuration, descriptors, rules). All are collected and shown together.
struct Problem {
  std::string where;  // "dragoman.yaml:14:3", "shop.pb", "shop.v1.Catalog.GetItem (shop/v1/catalog.proto)"
  std::string what;   // "expected a duration such as 250ms, got \"fast\""
};
using Problems = std::vector<Problem>;

}  // namespace dragoman
