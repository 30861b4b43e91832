#include "routing/binding.h"

#include <string_view>
#include <utility>

#include "google/api/annotations.pb.h"
#include "routing/policy_map.h"

namespace dragoman::routing {
namespace {

using google::api::HttpRule;
using google::protobuf::MethodDescriptor;

constexpr std::string_view kNoPath = "the rule has no path; expected one of get, put, post, delete, patch, custom";
constexpr std::string_view kNested = "additional_bindings must not have additional_bindings of their own";

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

bool HasAnnotation(const MethodDescriptor& method) { return method.options().HasExtension(google::api::http); }

std::vector<Binding> AnnotatedBindings(const MethodDescriptor& method, Problems& problems) {
  std::vector<Binding> bindings;
  if (!HasAnnotation(method)) return bindings;
  const std::string origin = "annotation of " + method.full_name();
  const std::string where = origin + " (" + method.file()->name() + ")";
  const auto add = [&](const HttpRule& rule) {
    auto [http_method, path] = PatternOf(rule);
    if (rule.pattern_case() == HttpRule::PATTERN_NOT_SET) {
      problems.push_back({.where = where, .what = std::string(kNoPath)});
      return;
    }
    bindings.push_back({.method = &method,
                        .subject = method.full_name(),
                        .http_method = std::move(http_method),
                        .path = std::move(path),
                        .body = rule.body(),
                        .response_body = rule.response_body(),
                        .origin = origin,
                        .where = where,
                        .annotated = true});
  };
  const HttpRule& rule = method.options().GetExtension(google::api::http);
  add(rule);
  for (const HttpRule& additional : rule.additional_bindings()) {
    add(additional);
    if (additional.additional_bindings_size() > 0) problems.push_back({.where = where, .what = std::string(kNested)});
  }
  return bindings;
}

std::vector<Binding> ConfiguredBindings(const MethodDescriptor& method, const config::HttpRule& rule,
                                        Problems& problems) {
  std::vector<Binding> bindings;
  const auto add = [&](const config::HttpRule& pattern) {
    const std::string where = pattern.at.ToString();
    if (pattern.http_method.empty() && pattern.path.empty()) {
      problems.push_back({.where = where, .what = std::string(kNoPath)});
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
      problems.push_back({.where = additional.at.ToString(), .what = std::string(kNested)});
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
