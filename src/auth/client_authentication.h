#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dragoman::auth {

using FormFields = std::vector<std::pair<std::string_view, std::string_view>>;

inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// Text as application/x-www-form-urlencoded has it: "a b&ü" → "a+b%26%C3%BC" (RFC 6749, Appendix B).
std::string FormEncode(std::string_view text);
// "grant_type=client_credentials&scope=read+write"; fields without a value are left out.
std::string FormBody(const FormFields& fields);
// The value of `authorization` by which a client shows its identifier and secret: "Basic bWFwczpzM2NyZXQ=". Both are
// form-encoded before they are joined (RFC 6749, 2.3.1).
std::string BasicAuthorization(std::string_view client_id, std::string_view client_secret);

}  // namespace dragoman::auth
