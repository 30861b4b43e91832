#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>

// The shop's refusals: a code, a text for people, and google.rpc details for programs (domain "shop.example").
namespace shop {

// With an ErrorInfo: Refuse(FAILED_PRECONDITION, "CARD_DECLINED", "the card was declined", {{"decline_code",
// "expired"}}).
grpc::Status Refuse(grpc::StatusCode code, const std::string& reason, const std::string& message,
                    const std::map<std::string, std::string>& metadata = {});
// NOT_FOUND with ErrorInfo (NO_SUCH_ITEM) and ResourceInfo: NotFound("item", "teapot").
grpc::Status NotFound(const std::string& type, const std::string& name);
// INVALID_ARGUMENT with a BadRequest of one violation.
grpc::Status Invalid(const std::string& field, const std::string& description);
// FAILED_PRECONDITION with a PreconditionFailure of one violation.
grpc::Status NotNow(const std::string& type, const std::string& subject, const std::string& description);

}  // namespace shop
