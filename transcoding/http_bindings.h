#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "transcoding/declarations.h"

namespace dragoman::transcoding {

// One pattern of a google.api.http annotation, as it is written; nothing of it is checked yet.
struct HttpBinding {
  std::string http_method;  // "GET"; what `custom` names, "*" for any
  std::string path;         // a path template
  std::string body;         // "", "*" or a field's name
  std::string response_body;
};

// The bindings of a method's annotation, additional ones behind it; none if it has none. What is wrong with it is added
// to `faults`: a rule without a path, nested additional_bindings.
std::vector<HttpBinding> AnnotatedBindings(const google::protobuf::MethodDescriptor& method,
                                           std::vector<std::string>& faults);

// Where the annotation of a method stands, for problems.
struct AnnotationPlace {
  std::string text;           // "protos/shop/v1/catalog.proto:14:5"; where the sources do not tell, as below
  bool names_method = false;  // "annotation of shop.v1.Catalog.GetItem (shop/v1/catalog.proto)"
};
AnnotationPlace PlaceOfAnnotation(const google::protobuf::MethodDescriptor& method, const Declarations& declarations);

bool HasAnnotation(const google::protobuf::MethodDescriptor& method);

// What is wrong with a rule, wherever it is written.
inline constexpr char kRuleWithoutPath[] =
    "the rule has no path; expected one of get, put, post, delete, patch, custom";
inline constexpr char kNestedRules[] = "additional_bindings must not have additional_bindings of their own";

}  // namespace dragoman::transcoding
