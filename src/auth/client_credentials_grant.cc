#include "auth/client_credentials_grant.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "auth/client_authentication.h"
#include "jose/claims.h"

namespace dragoman::auth {
namespace {

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

// " (invalid_client)": the error of section 5.2, if it is one.
std::string ErrorCodeOf(const http_client::Response& response) {
  constexpr size_t kMaxCode = 64;
  const auto answer = jose::Claims::Parse(response.body);
  const std::string_view code = answer ? (*answer)->Text("error") : std::string_view();
  const bool sane = !code.empty() && code.size() <= kMaxCode &&
                    std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return sane ? " (" + std::string(code) + ")" : "";
}

// `expires_in`: a number, or one in a string, as some servers have it. Nothing if it is neither.
std::optional<double> SecondsOf(const rapidjson::Value& value) {
  if (value.IsNumber()) return value.GetDouble();
  if (!value.IsString()) return std::nullopt;
  double seconds = 0;
  const char* end = value.GetString() + value.GetStringLength();
  const auto [parsed, error] = std::from_chars(value.GetString(), end, seconds);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return seconds;
}

}  // namespace

http_client::Request TokenRequest(const config::OAuth2Client& client, std::string_view client_secret) {
  std::string scopes;
  for (const std::string& scope : client.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  FormFields fields = {{"grant_type", "client_credentials"}, {"scope", scopes}, {"audience", client.audience}};
  http_client::Request request;
  request.method = "POST";
  request.headers = {{"accept", "application/json"}};
  if (client.authenticate == config::OAuth2Client::Authenticate::kBody) {
    fields.emplace_back("client_id", client.client_id);
    fields.emplace_back("client_secret", client_secret);
  } else {
    request.headers.emplace_back("authorization", BasicAuthorization(client.client_id, client_secret));
  }
  request.body = FormBody(fields);
  request.content_type = kFormType;
  return request;
}

tl::expected<GrantedToken, std::string> ReadTokenAnswer(const http_client::Response& response) {
  const auto refuse = [](std::string why) { return tl::unexpected(std::move(why)); };
  if (response.status != 200) return refuse("answers " + std::to_string(response.status) + ErrorCodeOf(response));
  const auto answer = jose::Claims::Parse(response.body);
  if (!answer) return refuse("answers with something else than a JSON object");
  GrantedToken granted;
  granted.access_token = (*answer)->Text("access_token");
  if (granted.access_token.empty()) return refuse("answers without an access_token");
  if (granted.access_token.size() > kMaxAccessToken) {
    return refuse("answers with an access_token of more than " + std::to_string(kMaxAccessToken) + " bytes");
  }
  if (!IsBearerToken(granted.access_token)) return refuse("answers with an access_token that no header can carry");
  if (!EqualsIgnoringCase((*answer)->Text("token_type"), "bearer")) {
    return refuse("answers with a token_type other than Bearer");
  }
  granted.lifetime = kDefaultTokenLifetime;
  if (const rapidjson::Value* said = (*answer)->Find("expires_in"); said != nullptr && !said->IsNull()) {
    const std::optional<double> seconds = SecondsOf(*said);
    if (!seconds || !std::isfinite(*seconds)) return refuse("answers with an expires_in that is no number");
    if (*seconds < 1) return refuse("answers with a token that has expired already");
    const double most = static_cast<double>(kMaxTokenLifetime.count());
    granted.lifetime = std::chrono::seconds(static_cast<int64_t>(std::min(*seconds, most)));
  }
  return granted;
}

bool IsBearerToken(std::string_view text) {
  const size_t end = text.find_last_not_of('=');
  if (end == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end) + 1, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
  });
}

}  // namespace dragoman::auth
