#include "played_reflection.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <utility>

#include "grpc/reflection/v1/reflection.pb.h"

namespace dragoman {

namespace pb = google::protobuf;
namespace v1 = grpc::reflection::v1;

namespace {

std::vector<std::string> ServicesIn(const pb::FileDescriptorProto& file) {
  std::vector<std::string> names;
  for (const auto& service : file.service()) names.push_back(file.package() + "." + service.name());
  return names;
}

}  // namespace

std::string PlayedFile(const std::string& name, const std::string& package, const std::vector<std::string>& services,
                       const std::vector<std::string>& imports) {
  pb::FileDescriptorProto file;
  file.set_name(name);
  file.set_package(package);
  file.set_syntax("proto3");
  for (const std::string& import : imports) file.add_dependency(import);
  for (const std::string& service : services) file.add_service()->set_name(service);
  return file.SerializeAsString();
}

PlayedReflection::PlayedReflection(std::map<std::string, std::string> named, Brings brings)
    : files(std::move(named)), brings_(brings) {
  for (const auto& [name, bytes] : files) {
    pb::FileDescriptorProto file;
    if (!file.ParseFromString(bytes)) continue;
    for (std::string& service : ServicesIn(file)) services.push_back(std::move(service));
  }
  std::sort(services.begin(), services.end());
}

std::string PlayedReflection::Answer(std::string_view question) {
  v1::ServerReflectionRequest request;
  if (!request.ParseFromArray(question.data(), static_cast<int>(question.size()))) return Error(3, "no request");
  switch (request.message_request_case()) {
    case v1::ServerReflectionRequest::kListServices:
      asked_.emplace_back("list");
      return List(services);
    case v1::ServerReflectionRequest::kFileContainingSymbol:
      asked_.push_back("symbol " + request.file_containing_symbol());
      for (const auto& [name, bytes] : files) {
        pb::FileDescriptorProto file;
        if (!file.ParseFromString(bytes)) continue;
        const std::vector<std::string> here = ServicesIn(file);
        if (std::find(here.begin(), here.end(), request.file_containing_symbol()) != here.end()) return AnswerWith(name);
      }
      return Error(5, "symbol not found");
    case v1::ServerReflectionRequest::kFileByFilename:
      asked_.push_back("file " + request.file_by_filename());
      return files.contains(request.file_by_filename()) ? AnswerWith(request.file_by_filename()) : Error(5, "file not found");
    default:
      return Error(12, "not known");
  }
}

std::string PlayedReflection::AnswerWith(const std::string& name) const {
  if (brings_ == Brings::kOneFile) return Files({files.at(name)});
  std::vector<std::string> out;
  std::set<std::string> seen;
  Collect(name, seen, out);
  if (brings_ == Brings::kBackwards) {
    std::reverse(out.begin(), out.end());
    out.push_back(out.front());
  }
  return Files(out);
}

void PlayedReflection::Collect(const std::string& name, std::set<std::string>& seen, std::vector<std::string>& out) const {
  const auto found = files.find(name);
  if (found == files.end() || !seen.insert(name).second) return;
  out.push_back(found->second);
  pb::FileDescriptorProto file;
  if (!file.ParseFromString(found->second)) return;
  for (const std::string& import : file.dependency()) Collect(import, seen, out);
}

std::vector<std::string> PlayedReflection::Script() {
  std::vector<std::string> answers = {List(services)};
  std::set<std::string> brought;
  for (const std::string& service : services) {
    if (brought.contains(service)) continue;
    v1::ServerReflectionRequest request;
    request.set_file_containing_symbol(service);
    answers.push_back(Answer(request.SerializeAsString()));
    v1::ServerReflectionResponse answer;
    (void)answer.ParseFromString(answers.back());
    for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
      pb::FileDescriptorProto file;
      if (!file.ParseFromString(bytes)) continue;
      for (std::string& name : ServicesIn(file)) brought.insert(std::move(name));
    }
  }
  answers.push_back(List(services));
  return answers;
}

std::string PlayedReflection::List(const std::vector<std::string>& services) {
  v1::ServerReflectionResponse response;
  response.mutable_list_services_response();
  for (const std::string& name : services) response.mutable_list_services_response()->add_service()->set_name(name);
  return response.SerializeAsString();
}

std::string PlayedReflection::Files(const std::vector<std::string>& files) {
  v1::ServerReflectionResponse response;
  response.mutable_file_descriptor_response();
  for (const std::string& bytes : files) response.mutable_file_descriptor_response()->add_file_descriptor_proto(bytes);
  return response.SerializeAsString();
}

std::string PlayedReflection::Error(int code, const std::string& message) {
  v1::ServerReflectionResponse response;
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(message);
  return response.SerializeAsString();
}

}  // namespace dragoman
