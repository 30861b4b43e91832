#pragma once

#include <string_view>

namespace dragoman {

// Whether a header's name, in lower case, says that its value is a secret, whoever has made it up: "authorization", "x-api-key", "x-auth-token".
bool SoundsSecret(std::string_view name);

}  // namespace dragoman
