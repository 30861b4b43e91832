#include "errors.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <algorithm>
#include <cctype>

namespace shop {
namespace {

grpc::Status WithDetails(grpc::StatusCode code, const std::string& message,
                         std::initializer_list<const google::protobuf::Message*> details) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  for (const google::protobuf::Message* detail : details) status.add_details()->PackFrom(*detail);
  return grpc::Status(code, message, status.SerializeAsString());
}

google::rpc::ErrorInfo Info(const std::string& reason, const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("shop.example");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  return info;
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

grpc::Status Refuse(grpc::StatusCode code, const std::string& reason, const std::string& message,
                    const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info = Info(reason, metadata);
  return WithDetails(code, message, {&info});
}

grpc::Status NotFound(const std::string& type, const std::string& name) {
  google::rpc::ErrorInfo info = Info("NO_SUCH_" + Upper(type), {{type, name}});
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("shop.example/" + type);
  resource.set_resource_name(name);
  return WithDetails(grpc::StatusCode::NOT_FOUND, "no " + type + " \"" + name + "\"", {&info, &resource});
}

grpc::Status Invalid(const std::string& field, const std::string& description) {
  google::rpc::BadRequest bad;
  google::rpc::BadRequest::FieldViolation* violation = bad.add_field_violations();
  violation->set_field(field);
  violation->set_description(description);
  return WithDetails(grpc::StatusCode::INVALID_ARGUMENT, field + " " + description, {&bad});
}

grpc::Status NotNow(const std::string& type, const std::string& subject, const std::string& description) {
  google::rpc::PreconditionFailure failure;
  google::rpc::PreconditionFailure::Violation* violation = failure.add_violations();
  violation->set_type(type);
  violation->set_subject(subject);
  violation->set_description(description);
  return WithDetails(grpc::StatusCode::FAILED_PRECONDITION, description, {&failure});
}

}  // namespace shop
