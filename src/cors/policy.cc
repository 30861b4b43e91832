#include "cors/policy.h"

#include <algorithm>
#include <chrono>

#include "exchange/characters.h"

namespace dragoman::cors {
namespace {

constexpr size_t kMaxOriginBytes = 300;  // longer ones are not looked at

// What the gateway itself tells in headers that are not safelisted.
constexpr std::string_view kOwnHeaders[] = {
    "allow", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate", "x-partial", "x-request-id"};

template <typename Names>
void AppendList(const Names& names, std::string& text) {
  for (const auto& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
}

}  // namespace

Policy::Policy(const config::Cors& cors)
    : credentials_(cors.credentials),
      max_age_(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(cors.max_age).count())) {
  for (const config::CorsOrigin& origin : cors.origins) {
    const size_t star = origin.text.find('*');
    if (origin.text == "*") {
      everybody_ = true;
    } else if (star == std::string::npos) {
      origins_.insert(origin.text);
    } else {
      domains_.insert(origin.text.substr(0, star) + origin.text.substr(star + 1));
    }
    description_ += (description_.empty() ? "" : ", ") + (origin.text == "*" ? "every page" : origin.text);
  }
  AppendList(cors.headers, headers_);
  AppendList(kOwnHeaders, exposed_);
  for (const std::string& name : cors.exposed) {
    if (std::find(std::begin(kOwnHeaders), std::end(kOwnHeaders), name) == std::end(kOwnHeaders))
      exposed_ += ", " + name;
  }
  if (description_.empty()) description_ = "no page";
  if (credentials_) description_ += ", with credentials";
}

bool Policy::Allows(std::string_view origin) const {
  if (origin.empty()) return false;
  if (everybody_) return true;
  if (origin.size() > kMaxOriginBytes) return false;
  return origins_.contains(origin) || (!domains_.empty() && IsBelow(origin));
}

// Whether one of the domains is behind a dot of its host: "https://a.b.example.com" is looked up as
// "https://.b.example.com", then as "https://.example.com" …
bool Policy::IsBelow(std::string_view origin) const {
  const size_t mark = origin.find("://");
  if (mark == std::string_view::npos) return false;
  const std::string_view scheme = origin.substr(0, mark + 3);
  const std::string_view host = origin.substr(mark + 3);
  const auto fits = [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.'; };
  std::string domain;
  for (size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    if (dot == 0 || !EveryCharacter(host.substr(0, dot), fits)) return false;
    domain.assign(scheme).append(host.substr(dot));
    if (domains_.contains(domain)) return true;
  }
  return false;
}

void Policy::AppendTo(std::string_view origin, Headers& headers) const {
  const bool allowed = everybody_ || Allows(origin);
  if (allowed) {
    headers.push_back({"access-control-allow-origin", everybody_ ? "*" : origin});
    if (credentials_) headers.push_back({"access-control-allow-credentials", "true"});
    headers.push_back({"access-control-expose-headers", exposed_});
  }
  if (!everybody_ && !nobody()) headers.push_back({"vary", "Origin"});
}

}  // namespace dragoman::cors
