#include "transcoding/http_bindings.h"

#include <utility>

#include "google/api/annotations.pb.h"

namespace dragoman::transcoding {
namespace {

using google::api::HttpRule;
using google::protobuf::MethodDescriptor;

// HTTP method and path of a rule; both empty where it has neither.
std::pair<std::string, std::string> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

}  // namespace

AnnotationPlace PlaceOfAnnotation(const MethodDescriptor& method, const Declarations& declarations) {
  const SourcePlace place = declarations.OfAnnotation(method);
  if (place.line > 0) return {.text = place.ToString()};
  return {.text = "annotation of " + method.full_name() + " (" + place.file + ")", .names_method = true};
}

bool HasAnnotation(const MethodDescriptor& method) { return method.options().HasExtension(google::api::http); }

std::vector<HttpBinding> AnnotatedBindings(const MethodDescriptor& method, std::vector<std::string>& faults) {
  std::vector<HttpBinding> bindings;
  if (!HasAnnotation(method)) return bindings;
  const auto add = [&](const HttpRule& rule) {
    if (rule.pattern_case() == HttpRule::PATTERN_NOT_SET) {
      faults.emplace_back(kRuleWithoutPath);
      return;
    }
    auto [http_method, path] = PatternOf(rule);
    bindings.push_back({.http_method = std::move(http_method),
                        .path = std::move(path),
                        .body = rule.body(),
                        .response_body = rule.response_body()});
  };
  const HttpRule& rule = method.options().GetExtension(google::api::http);
  add(rule);
  for (const HttpRule& additional : rule.additional_bindings()) {
    add(additional);
    if (additional.additional_bindings_size() > 0) faults.emplace_back(kNestedRules);
  }
  return bindings;
}

}  // namespace dragoman::transcoding
