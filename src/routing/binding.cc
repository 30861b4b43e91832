#include "routing/binding.h"

#include <utility>

#include "routing/policy_map.h"
#include "transcoding/http_bindings.h"

namespace dragoman::routing {

using google::protobuf::MethodDescriptor;

std::vector<Binding> AnnotatedBindings(const MethodDescriptor& method, const transcoding::Declarations& declarations, Problems& problems) {
  const transcoding::AnnotationPlace place = transcoding::PlaceOfAnnotation(method, declarations);
  const Binding common{.method = &method,
                 .subject = method.full_name(),
                 .origin = "annotation of " + method.full_name(),
                 .where = place.text,
                 .where_names_subject = place.names_method};
  std::vector<Binding> bindings;
  std::vector<std::string> faults;
  for (transcoding::HttpBinding& each : transcoding::AnnotatedBindings(method, faults)) {
    Binding& binding = bindings.emplace_back(common);
    binding.http_method = std::move(each.http_method);
    binding.path = std::move(each.path);
    binding.body = std::move(each.body);
    binding.response_body = std::move(each.response_body);
  }
  for (std::string& fault : faults) problems.push_back(ProblemOf(common, std::move(fault)));
  return bindings;
}

Problem ProblemOf(const Binding& binding, std::string what) {
  return {.where = binding.where, .what = binding.where_names_subject ? std::move(what) : binding.subject + ": " + what};
}

std::vector<Binding> ConfiguredBindings(const MethodDescriptor& method, const config::HttpRule& rule,
                                        Problems& problems) {
  std::vector<Binding> bindings;
  const auto add = [&](const config::HttpRule& pattern) {
    const std::string where = pattern.at.ToString();
    if (pattern.http_method.empty() && pattern.path.empty()) {
      problems.push_back({.where = where, .what = transcoding::kRuleWithoutPath});
      return;
    }
    bindings.push_back({.method = &method,
                        .subject = method.full_name(),
                        .http_method = pattern.http_method,
                        .path = pattern.path,
                        .body = pattern.body,
                        .response_body = pattern.response_body,
                        .origin = where,
                        .where = where});
  };
  add(rule);
  for (const config::HttpRule& additional : rule.additional_bindings) {
    add(additional);
    if (!additional.additional_bindings.empty()) {
      problems.push_back({.where = additional.at.ToString(), .what = transcoding::kNestedRules});
    }
  }
  return bindings;
}

Binding ExposedBinding(const MethodDescriptor& method, const config::Service& entry) {
  return {.method = &method,
          .subject = method.full_name(),
          .http_method = "POST",
          .path = "/" + method.service()->full_name() + "/" + method.name(),
          .body = "*",
          .response_body = {},
          .origin = "expose: all",
          .where = entry.at.ToString()};
}

Binding BindingOf(const config::Composition& composition) {
  const std::string where = composition.at.ToString();
  return {.subject = std::string(kCompositions) + composition.name,
          .http_method = composition.http_method,
          .path = composition.path,
          .body = composition.body ? "*" : "",
          .origin = where,
          .where = where};
}

}  // namespace dragoman::routing
