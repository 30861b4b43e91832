#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/config.h"
#include "http_client/client.h"

// What is said to a token endpoint and what it answers: OAuth 2.0, client credentials grant (RFC 6749, section 4.4).
namespace dragoman::auth {

// How long a token is used whose answer does not say it (`expires_in` is only recommended).
inline constexpr std::chrono::seconds kDefaultTokenLifetime{300};
// However long it is said to hold.
inline constexpr std::chrono::seconds kMaxTokenLifetime{366 * 24 * 3600};
inline constexpr size_t kMaxAccessToken = 16 << 10;  // bytes

struct GrantedToken {
  std::string access_token;
  std::chrono::seconds lifetime{};
};

// The token request (4.4.2) with the client's authentication (2.3.1).
http_client::Request TokenRequest(const config::OAuth2Client& client, std::string_view client_secret);

// The answer's token (5.1). Errors, without anything of the token: "answers 401 (invalid_client)", "answers without an
// access_token"; the server's own words only as far as they are an error code (5.2).
tl::expected<GrantedToken, std::string> ReadTokenAnswer(const http_client::Response& response);

// Whether a text may stand behind "Bearer ": the credentials of RFC 6750, section 2.1.
bool IsBearerToken(std::string_view text);

}  // namespace dragoman::auth
