#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "exchange/exchange.h"

namespace dragoman::auth {

// A place in a request where clients put a credential.
struct Place {
  config::CredentialPlace::In in = config::CredentialPlace::In::kHeader;
  std::string name;  // of a header in lower case
  std::string_view
      prefix{};  // the authentication scheme in `authorization` ("Bearer", "Basic"); empty: the whole value

  bool operator==(const Place&) const = default;
  std::string ToString() const;  // `header "x-api-key"`
};

// The credential at a place of one request.
struct Found {
  enum class What : uint8_t { kNothing, kCredential, kAmbiguous, kMalformed };  // ambiguous: it stands there twice
  What what = What::kNothing;
  std::string_view text;
};

// Looks at one place. `scratch` holds the text where it had to be decoded: it must outlive the result.
//
// An `authorization` of another scheme is nothing. Malformed: an escape in the query that is none, an empty credential.
// Spec: RFC 9110, 11.4 (schemes are case-insensitive); RFC 6265, 5.4; the query as the transcoder reads it.
Found FindCredential(const RequestHead& head, const Place& place, std::string& scratch);

}  // namespace dragoman::auth
